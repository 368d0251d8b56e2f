"""A technique: how a plain model is spread over ranks. The single process is the base that others change.

A file in `engine/rank/modes/` holds a `CARD` (read without importing it) and a class named `Technique` that derives
from this one and overrides what differs. A mode with several techniques applies them in the order of their axes:

    pp (layers)  ->  tp (matrices)  ->  fsdp (state) or dp (batch)

so that what is cut first is cut again by the next: a stage's matrices are shared, and each share is replicated.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

import torch
from torch import nn

from engine.anatomy import Traffic
from engine.config.cards import techniques
from engine.config.mode import ComputeMode
from engine.rank.slowdown import Link
from engine.rank.trace.host_trace import Trace

if TYPE_CHECKING:
    from torch.distributed import FileStore  # type: ignore[attr-defined]
    from torch.distributed.device_mesh import DeviceMesh

    from engine.rank.step.passes import Passes

DATA_SPLITS = ("batch", "state")
"""Techniques whose ranks take different samples."""


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
        return [key for key in self.mode.keys if techniques()[key].splits in DATA_SPLITS]

    @property
    def data_size(self) -> int:
        """Into how many slices the batch is cut."""
        return prod(self.mode.degree(key) for key in self.data_axes)

    @property
    def data_rank(self) -> int:
        """Which slice this rank takes."""
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


class SingleProcess:
    """One process, the whole model, the whole batch."""

    gradient_factor = 1
    """What a rank's loss is multiplied by before backward, so that after the technique's own reduction the gradient is
    that of the mean loss over the global batch."""

    needs_group = True
    """Ranks of this technique talk through torch.distributed."""

    is_even = True
    """All ranks have the same to compute."""

    def __init__(self, place: Place, key: str) -> None:
        self.place = place
        self.key = key

    def apply(self, model: nn.Module, passes: "Passes") -> None:
        """Spread `model` (which keeps its parameters' names), and change in `passes` how a step is made of it."""

    def reduce(self, trace: Trace) -> None:
        """After backward: what is left to do until every `parameter.grad` is that of the global loss."""

    takes_weights = True
    """This rank takes up weights when a state is loaded."""

    @property
    def share(self) -> tuple[int, int] | None:
        """Of what it holds, which part this rank writes into a state: (index, of how many that hold the same)."""
        return 0, 1

    def around(self, make_step: Callable[[], object]) -> Callable[[], object]:
        """The optimizer's step, with what the technique does before and after it."""
        return make_step

    def traffic(self) -> tuple[Traffic, ...]:
        """Messages of a step that torch.distributed knows nothing of."""
        return ()

    def counts(self) -> dict[str, int]:
        """What the technique counts over the segment."""
        return {}

    def settle(self) -> None:
        """At a boundary: wait for what other ranks still do to this rank's weights."""

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """In words, what this rank has of the model; "" if nothing differs."""
        return ""
