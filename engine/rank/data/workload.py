"""What a workload's file must hand over: sources of samples, a model, a loss and a score. No modes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from engine.events.evaluator import Points, Surface
from engine.pictures import AnyPicture
from engine.rank.data.source import Source
from engine.rank.data.subject import Scores, Subject, Try

Knobs = dict[str, int | float | str]
Code = Callable[[Mapping[str, Any], Any, Any], tuple[float, Callable[[], Mapping[str, Any]]]]
"""The model in code that is not torch's: of weights by name, inputs and targets, all as numpy arrays, it gives the sum
of the losses, and what gives, when it is called, the gradients of that sum by the weights' names."""


class Writing(NamedTuple):
    """How a model of language is asked to write on: the beginning of a held-back line, and what its numbers stand for.

    `prompt` (t,) is no longer than the lines the model is trained on, `context`. `text_of` spells numbers out.
    `reading` gives whoever scores what follows one line after the other; None: each passes through the whole model.
    """

    prompt: Tensor
    context: int
    text_of: Callable[[Tensor], str]
    reading: Callable[[Subject], Scores] | None = None


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One problem, built from its knobs and a seed; the same on every rank.

    `train` and `validation` (None: there is none) are where samples come from. `loss_sum(outputs, targets)`, with
    outputs (b, ...) and targets (b, ...), sums over all units of the samples, () (not their mean: slices may differ in
    size, and the mean over the global batch is the sum of all ranks' sums over its units). `score_sum(outputs,
    targets)` sums up what units score, (): their mean is what the card's `metric` tells; of an accuracy it counts those
    answered rightly. `points` and `surface` are for
    problems in the plane: `surface(outputs, step, at_s)` draws what the model says of `surface_inputs`. `writing` is
    for models of language, whose outputs are scores of the character that follows each, (b, t, characters). `looks` and
    `tries` are by the names that the card has for them: pictures of a model with the weights of a step, drawn as long
    as somebody looks, and what a person can have it answer (`engine/pictures.py`). `code` is the same model in code
    that is not torch's, by the names that the card has for it.

    What techniques must know of the model's build, the workload declares:

    layers   names of modules that follow each other: layer(n)(... layer(2)(layer(1)(inputs))) is the model, and a
             pipeline cuts it between them; each takes and gives one tensor, (b, ...). Where none are declared, the
             children of an `nn.Sequential` that have weights are its layers, and any other model has none
    splits   how ranks share matrices, by module's name: "column", "row", "heads" or "embedding", in the order in which
             data goes through them (`modes/tensor_splits.py` has the meaning). Where none are declared, the linear
             layers of a plain chain are split by columns and rows in turn, and no other model is split
    heads    how many heads a "heads" split has: they must divide by the ranks
    """

    train: Source
    validation: Source | None = None
    make_model: Callable[[], nn.Module]
    layers: tuple[str, ...] = ()
    splits: Mapping[str, str] = field(default_factory=dict)
    heads: int = 0
    loss_sum: Callable[[Tensor, Tensor], Tensor]
    score_sum: Callable[[Tensor, Tensor], Tensor]
    points: Callable[[float], Points] | None = field(default=None)
    surface: Callable[[Tensor, int, float], Surface] | None = field(default=None)
    surface_inputs: Tensor | None = field(default=None)
    writing: Writing | None = None
    looks: Mapping[str, Callable[[Subject], AnyPicture]] = field(default_factory=dict)
    tries: Mapping[str, Try] = field(default_factory=dict)
    code: Mapping[str, Code] = field(default_factory=dict)

    def to(self, device: torch.device, dtype: torch.dtype) -> "Workload":
        """This workload with its data on a device, floating-point parts in `dtype`."""
        return replace(
            self,
            train=self.train.to(device, dtype),
            validation=self.validation and self.validation.to(device, dtype),
            surface_inputs=None if self.surface_inputs is None else self.surface_inputs.to(device, dtype),
        )


def build_mlp(sizes: list[int], activation: type[nn.Module]) -> nn.Module:
    """Linear layers of the given widths with `activation` between each two: (b, sizes[0]) -> (b, sizes[-1])."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])
