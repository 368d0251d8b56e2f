"""The weights a rank holds, as the optimizer sees them: plain tensors, whatever a technique made of the parameters.

    parameter W (names and shapes are the model's)     local part (what lies in this rank's memory)
    plain tensor                                        W itself
    DTensor, sharded over the mesh                      this rank's shard; no shard overlaps another
    on the meta device                                  nothing: another rank's pipeline stage has it

Optimizers here work element by element, so to step each shard by itself is to step the whole.
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
        self._all = list(self.parameters.values())
        self._pairs = [(self.parameters[name], local) for name, local in self.trained.items() if self.is_sharded]

    @property
    def held_bytes(self) -> int:
        """Memory of the weights in this rank."""
        return sum(local.numel() * local.element_size() for local in self.locals.values())

    def collect_gradients(self) -> None:
        """Give each local part its part of the gradient."""
        for parameter, local in self._pairs:
            gradient: Any = parameter.grad
            if gradient is not None and is_dtensor(gradient):
                if gradient.placements != parameter.placements:  # type: ignore[attr-defined]
                    gradient = gradient.redistribute(placements=parameter.placements)  # type: ignore[attr-defined]
                gradient = gradient.to_local()
            local.grad = gradient if gradient is not None else torch.zeros_like(local)

    def forget_gradients(self) -> None:
        """Set every gradient to None, as `zero_grad(set_to_none=True)` does, without its profiler's bookkeeping."""
        for parameter in self._all:
            parameter.grad = None
        for _, local in self._pairs:
            local.grad = None

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


def is_dtensor(tensor: Tensor) -> bool:
    """A tensor spread over a mesh."""
    return hasattr(tensor, "to_local")


def _local(parameter: Tensor) -> Tensor:
    return parameter.detach().to_local() if is_dtensor(parameter) else parameter  # type: ignore[attr-defined]
