"""What carries a flat buffer between the ranks of one axis: an all-reduce, sum over ranks, the same result on each.

gloo    messages over TCP on the loopback interface, ring or halving-doubling, by torch.distributed
shm     memory that all ranks map: each adds up one n-th of the buffer (`engine/rank/shared_sum.py`)
"""

from typing import Protocol

import torch
import torch.distributed as dist
from torch import Tensor

from engine.rank.shared_sum import SharedSum
from engine.rank.technique import Place


class Transport(Protocol):
    """`outgoing` is filled by the caller; after `all_reduce` every rank's `sum` has the sum of all `outgoing`."""

    outgoing: Tensor
    sum: Tensor

    def all_reduce(self) -> None: ...


class GroupTransport:
    """torch.distributed's own all-reduce over one axis of the mesh, in place."""

    def __init__(self, place: Place, axis: str, numel: int, dtype: torch.dtype) -> None:
        self.outgoing = self.sum = torch.zeros(numel, dtype=dtype, device=place.device)
        self._group = place.mesh.get_group(axis) if len(place.mode.degrees) > 1 else None

    def all_reduce(self) -> None:
        """Sum over the ranks of the axis."""
        dist.all_reduce(self.sum, group=self._group)


def make_transport(name: str, place: Place, axis: str, numel: int, dtype: torch.dtype) -> Transport:
    """The transport for one axis; every rank of it asks for the same."""
    if name == "shm":
        return SharedSum(place, axis, numel, dtype)
    return GroupTransport(place, axis, numel, dtype)
