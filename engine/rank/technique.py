"""A technique: how a plain model is spread over ranks. The single process is the base that others change.

A file in `engine/rank/modes/` holds a `CARD` (read without importing it) and a class named `Technique` that derives
from this one and overrides what differs.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.mode import ComputeMode
from engine.rank.trace import Trace


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a rank stands."""

    rank: int
    world_size: int
    device: torch.device
    mode: ComputeMode
    rendezvous: str


class SingleProcess:
    """One process, the whole model, the whole batch."""

    gradient_factor = 1
    """What a rank's loss is multiplied by before backward, so that after the technique's own reduction the gradient is
    that of the mean loss over the global batch."""

    communicated_bytes = 0
    """Payload this rank puts into collectives in one step."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def join(self) -> None:
        """Join the process group, if there is one."""

    def wrap(self, model: nn.Module) -> nn.Module:
        """The module to call in the forward pass. `model` itself keeps the parameters' names."""
        return model

    def backward(self, objective: Tensor, trace: Trace) -> None:  # noqa: ARG002
        """Gradients of the global loss into `parameter.grad`; a collective within is cut out of the span as such."""
        objective.backward()

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """In words, what this rank has of the model."""
        return "the whole model"

    def leave(self) -> None:
        """Leave the process group, if there is one."""
