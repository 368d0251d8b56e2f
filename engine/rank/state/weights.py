"""The weights a rank holds, as the optimizer sees them: plain tensors, whatever a technique made of the parameters.

    parameter W (names and shapes are the model's)     local part (what lies in this rank's memory)
    plain tensor                                        W itself
    DTensor, sharded over the mesh                      this rank's shard; no shard overlaps another
    on the meta device                                  nothing: another rank's pipeline stage has it

What is held is told apart from what is stepped: of replicas that share the optimizer's work each steps some rows alone.

    held      [ row 0 | row 1 | row 2 | row 3 ]        on both ranks
    stepped   [ rank 0 . . .  | rank 1 . . .  ]        views of what is held: a step of them changes it

Optimizers here work element by element, so to step each shard, or each row, by itself is to step the whole.
"""

from math import prod
from typing import Any

import torch
from torch import Tensor, nn


class Weights:
    """Parameters by name, their local parts, and the way of gradients from one to the other."""

    def __init__(self, model: nn.Module) -> None:
        self.parameters = {name: p for name, p in model.named_parameters() if p.device.type != "meta"}
        self.is_sharded = any(is_dtensor(p) for p in self.parameters.values())
        self.locals: dict[str, Tensor] = {name: _local(p) for name, p in self.parameters.items()}
        self.trained = {name: local for name, local in self.locals.items() if self.parameters[name].requires_grad}
        """Those the optimizer steps; the others are frozen."""
        self.stepped: dict[str, Tensor] = dict(self.trained)
        """What the optimizer steps: these, or of each the rows that are this rank's (`step_rows`)."""
        self.rows: dict[str, tuple[int, int]] = {}
        """By name: the first row that this rank steps, and the first that it does not, where it steps some alone."""
        self._all = list(self.parameters.values())
        self._pairs = [(name, local) for name, local in self.trained.items() if self.is_sharded]

    @property
    def held_bytes(self) -> int:
        """Memory of the weights in this rank."""
        return sum(local.numel() * local.element_size() for local in self.locals.values())

    def step_rows(self, name: str, begin: int, end: int) -> None:
        """Leave to the optimizer rows `begin` to `end` of a local part. Who does sees to their gradients by itself."""
        local = self.trained[name]
        self.rows[name] = begin, end
        self.stepped[name] = in_rows(local.detach())[begin:end]
        self._pairs = [pair for pair in self._pairs if pair[1] is not local]

    def gradient(self, name: str) -> Tensor | None:
        """The gradient of a local part as backward left it, in that part's shape; None where there is none."""
        gradient: Any = as_its_parameter(self.parameters[name])
        return gradient.to_local() if gradient is not None and is_dtensor(gradient) else gradient

    def collect_gradients(self) -> None:
        """Give each local part that is stepped whole its part of the gradient."""
        for name, local in self._pairs:
            gradient = self.gradient(name)
            local.grad = gradient if gradient is not None else torch.zeros_like(local)

    @property
    def gradients(self) -> list[Tensor]:
        """What this rank holds of gradients: of each parameter the whole of its part, or the rows it steps."""
        found: list[Tensor | None] = []
        for name, local in self.locals.items():
            held = local.grad if local.grad is not None else self.gradient(name)
            found.append(held if held is not None or name not in self.stepped else self.stepped[name].grad)
        return [gradient for gradient in found if gradient is not None]

    def forget_gradients(self) -> None:
        """Set every gradient to None, as `zero_grad(set_to_none=True)` does, without its profiler's bookkeeping."""
        for parameter in self._all:
            parameter.grad = None
        for _, local in self._pairs:
            local.grad = None
        for name in self.rows:
            self.stepped[name].grad = None

    def part(self, name: str, full: Tensor) -> Tensor:
        """This rank's part of a full tensor shaped as parameter `name`: a view of it."""
        parameter = self.parameters[name]
        if not is_dtensor(parameter) or full.dim() == 0:
            return full
        from torch.distributed.tensor._utils import compute_local_shape_and_global_offset

        mesh, placements = parameter.device_mesh, parameter.placements  # type: ignore[attr-defined]
        shape, offset = compute_local_shape_and_global_offset(full.shape, mesh, placements)
        if not prod(shape):
            return full.new_empty(shape)
        for dimension, (begin, length) in enumerate(zip(offset, shape, strict=True)):
            full = full.narrow(dimension, begin, length)
        return full

    def stepped_part(self, name: str, full: Tensor) -> Tensor:
        """The rows that this rank steps of a full tensor shaped as parameter `name`: a view of it."""
        part = self.part(name, full)
        return in_rows(part)[slice(*self.rows[name])] if name in self.rows else part


def in_rows(tensor: Tensor) -> Tensor:
    """A tensor as one of rows: a single number becomes a row of its own."""
    return tensor if tensor.dim() else tensor.view(1)


def as_its_parameter(parameter: Tensor) -> Tensor | None:
    """The gradient of a parameter, spread over the mesh as that is; None where there is none.

    Backward may leave it otherwise: of an embedding's table a rank has some rows, and gets the gradient of all.
    """
    gradient: Any = parameter.grad
    if gradient is not None and is_dtensor(gradient):
        placements = parameter.placements  # type: ignore[attr-defined]
        if gradient.placements != placements:
            gradient = gradient.redistribute(placements=placements)
    return gradient


def is_dtensor(tensor: Tensor) -> bool:
    """Whether a tensor is spread over a mesh."""
    return hasattr(tensor, "to_local")


def _local(parameter: Tensor) -> Tensor:
    return parameter.detach().to_local() if is_dtensor(parameter) else parameter  # type: ignore[attr-defined]
