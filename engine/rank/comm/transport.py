"""What carries a flat buffer between the ranks of one axis: an all-reduce, sum over ranks, the same result on each.

gloo    messages over TCP on the loopback interface, ring or halving-doubling, by torch.distributed
nccl    over NVLink or PCIe between GPUs, by torch.distributed
shm     memory that all ranks map: each adds up one n-th of the buffer (`engine/rank/comm/shared_sum.py`)
mpi     MPI_Iallreduce, in place; on one machine MPICH passes messages through shared memory
"""

from typing import Protocol

import torch
import torch.distributed as dist
from torch import Tensor

from engine.ipc.backoff import give_way
from engine.rank.comm import mpi_world
from engine.rank.comm.shared_sum import SharedSum
from engine.rank.place.mesh import Place

YIELDS = 20_000


class Transport(Protocol):
    """`outgoing` is filled by the caller; after `all_reduce` every rank's `sum` has the sum of all `outgoing`."""

    outgoing: Tensor
    sum: Tensor
    moved_bytes: int | None
    """What this rank has moved through memory that ranks share, since it began; None where it sends messages."""

    def all_reduce(self) -> None:
        """Add up `outgoing` over all ranks of the axis into `sum`; returns when that is done."""


class GroupTransport:
    """torch.distributed's own all-reduce over one axis of the mesh, in place."""

    def __init__(self, place: Place, axis: str, numel: int, dtype: torch.dtype) -> None:
        self.outgoing = self.sum = torch.zeros(numel, dtype=dtype, device=place.device)
        self.moved_bytes: int | None = None
        self._group = place.mesh.get_group(axis) if len(place.mode.degrees) > 1 else None

    def all_reduce(self) -> None:
        """Sum over the ranks of the axis."""
        dist.all_reduce(self.sum, group=self._group)


class MpiTransport:
    """MPI's all-reduce, asked for and then looked after: a rank that waits lends its core to those that compute.

    MPICH's own way to wait is to spin: with 4 ranks on 2 cores an all-reduce of 4 kB then takes 8 ms instead of 0.1.
    """

    def __init__(self, place: Place, axis: str, numel: int, dtype: torch.dtype) -> None:
        self.outgoing = self.sum = torch.zeros(numel, dtype=dtype)
        self.moved_bytes: int | None = 0
        self._world = mpi_world.join(place, axis)
        from mpi4py import MPI

        self._in_place = MPI.IN_PLACE
        self._buffer = self.sum.numpy()

    def all_reduce(self) -> None:
        """Sum over the ranks of the axis."""
        request = self._world.Iallreduce(self._in_place, self._buffer)
        looks = 0
        while not request.Test():
            looks += 1
            give_way(looks, YIELDS)
        assert self.moved_bytes is not None
        self.moved_bytes += 2 * self.sum.nbytes  # handed to MPI, and taken back; what lies in between is MPI's


def make_transport(name: str, place: Place, axis: str, numel: int, dtype: torch.dtype) -> Transport:
    """The transport for one axis; every rank of it asks for the same."""
    if name == "shm":
        return SharedSum(place, axis, numel, dtype)
    if name == "mpi":
        return MpiTransport(place, axis, numel, dtype)
    return GroupTransport(place, axis, numel, dtype)
