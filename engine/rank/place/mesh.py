"""Where a rank stands among its crew: its number, and its index along each axis of the mode.

world size = product of the axes' degrees;   rank = ((index 0) * degree 1 + index 1) * degree 2 + index 2 ...
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

import torch

from engine.config import roles
from engine.config.mode import ComputeMode
from engine.rank.place.slowdown import Link

if TYPE_CHECKING:
    from torch.distributed import FileStore  # type: ignore[attr-defined]
    from torch.distributed.device_mesh import DeviceMesh


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a rank stands: its number, and its index along each axis of the mode's mesh.

    dp=2, tp=3:      tp 0   tp 1   tp 2
             dp 0    rank 0 rank 1 rank 2
             dp 1    rank 3 rank 4 rank 5
    """

    rank: int
    world_size: int
    device: torch.device
    mode: ComputeMode
    rendezvous: str
    link: Link = field(default_factory=Link)

    @cached_property
    def coordinates(self) -> dict[str, int]:
        """Index along each axis; the last axis counts fastest."""
        found, rest = {}, self.rank
        for key, degree in reversed(self.mode.degrees):
            rest, found[key] = divmod(rest, degree)
        return found

    def index(self, key: str) -> int:
        """Index along one axis; 0 where the mode has no such axis."""
        return self.coordinates.get(key, 0)

    def along(self, key: str) -> list[int]:
        """The ranks that differ from this one in that axis alone, this one among them."""
        degrees = list(self.mode.degrees)
        at = [k for k, _ in degrees].index(key)
        stride = prod(n for _, n in degrees[at + 1 :])
        first = self.rank - self.coordinates[key] * stride
        return [first + i * stride for i in range(degrees[at][1])]

    @property
    def data_axes(self) -> list[str]:
        """Axes along which ranks take different samples."""
        return list(roles.data_axes(self.mode))

    @property
    def replicas_axis(self) -> str:
        """The axis whose ranks take different samples with the same weights; "" if there is none."""
        return roles.replicas_axis(self.mode)

    @property
    def data_size(self) -> int:
        """Into how many slices the batch is cut."""
        return roles.data_size(self.mode)

    @property
    def data_rank(self) -> int:
        """Which slice of the batch this rank takes, from 0 to `data_size` - 1."""
        found = 0
        for key in self.data_axes:
            found = found * self.mode.degree(key) + self.index(key)
        return found

    @cached_property
    def store(self) -> "FileStore":
        """Where ranks leave each other notes: a file in shared memory."""
        from torch.distributed import FileStore  # type: ignore[attr-defined]

        return FileStore(self.rendezvous, self.world_size)

    @cached_property
    def mesh(self) -> "DeviceMesh":
        """torch's own view of the axes; made by all ranks at once, for it makes a process group an axis."""
        from torch.distributed.device_mesh import init_device_mesh

        shape = tuple(degree for _, degree in self.mode.degrees)
        return init_device_mesh(self.device.type, shape, mesh_dim_names=self.mode.keys)
