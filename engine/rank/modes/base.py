"""A technique: how a plain model is spread over ranks. The single process is the base that others change.

A file in `engine/rank/modes/` holds a `CARD` (read without importing it) and a class named `Technique` that derives
from this one and overrides what differs. A mode with several techniques applies them in the order their cards say:

    10 layers  ->  20 matrices  ->  30 state, batch

so that what is cut first is cut again by the next: a stage's matrices are shared, and each share is replicated. What a
card says it does (`engine/config/cards.py`) is all that others know of a technique; no file but its own knows its key.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

import torch
from torch import nn

from engine.anatomy import Traffic
from engine.config import roles
from engine.config.cards import techniques
from engine.config.mode import ComputeMode
from engine.rank.slowdown import Link
from engine.rank.trace.host_trace import Trace

if TYPE_CHECKING:
    from torch.distributed import FileStore  # type: ignore[attr-defined]
    from torch.distributed.device_mesh import DeviceMesh

    from engine.rank.step.passes import Passes


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
    def data_size(self) -> int:
        """Into how many slices the batch is cut."""
        return roles.data_size(self.mode)

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

    def __init__(self, place: Place, key: str) -> None:
        self.place = place
        self.key = key
        self.card = techniques()[key]

    def apply(self, model: nn.Module, passes: "Passes") -> None:
        """Spread `model` (which keeps its parameters' names), and change in `passes` how a step is made of it."""

    def reduce(self, trace: Trace) -> None:
        """After backward: what is left to do until every `parameter.grad` is that of the global loss."""

    @property
    def takes_weights(self) -> bool:
        """This rank takes up weights when a state is loaded. Of one copy that all share, the first rank does."""
        return "weights" not in self.card.shares or self.place.index(self.key) == 0

    @property
    def share(self) -> tuple[int, int] | None:
        """Of what it holds, which part this rank writes into a state: (index, of how many that hold the same).

        Replicas write an n-th each. Of one copy that all share the first rank writes all (None: nothing), and its
        optimizer's state stands for everyone's.
        """
        if "weights" in self.card.shares:
            return (0, 1) if self.place.index(self.key) == 0 else None
        if self.card.has_replicas:
            return self.place.index(self.key), self.place.mode.degree(self.key)
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
