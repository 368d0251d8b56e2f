"""What a workload's file must hand over: data, a model, a loss and a count of right answers. Nothing about modes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import torch
from torch import Tensor, nn

from engine.events import Points, Surface

Knobs = dict[str, int | float | str]


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One problem, built from its knobs and a seed; the same on every rank.

    `loss_sum(outputs, targets)` sums over the samples (not their mean: slices may differ in size, and the mean over
    the global batch is the sum of all ranks' sums over B). `num_correct` counts. `points` and `surface` are for
    problems in the plane: `surface(outputs, step, at_s)` draws what the model says of `surface_inputs`.

    The model is an `nn.Sequential` whose children with weights are its layers; a pipeline cuts it between them.
    """

    inputs: Tensor  # (train samples, features...)
    targets: Tensor  # (train samples,)
    validation_inputs: Tensor
    validation_targets: Tensor
    make_model: Callable[[], nn.Module]
    loss_sum: Callable[[Tensor, Tensor], Tensor]
    num_correct: Callable[[Tensor, Tensor], Tensor]
    points: Callable[[float], Points] | None = field(default=None)
    surface: Callable[[Tensor, int, float], Surface] | None = field(default=None)
    surface_inputs: Tensor | None = field(default=None)

    def to(self, device: torch.device, dtype: torch.dtype) -> "Workload":
        """The same data on a device, floating-point parts in `dtype`."""

        def move(tensor: Tensor) -> Tensor:
            return tensor.to(device, dtype) if tensor.is_floating_point() else tensor.to(device)

        return replace(
            self,
            inputs=move(self.inputs),
            targets=move(self.targets),
            validation_inputs=move(self.validation_inputs),
            validation_targets=move(self.validation_targets),
            surface_inputs=None if self.surface_inputs is None else move(self.surface_inputs),
        )


def build_mlp(sizes: list[int], activation: type[nn.Module]) -> nn.Module:
    """Linear layers of the given widths with `activation` between each two: (b, sizes[0]) -> (b, sizes[-1])."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])
