"""What a look is drawn of, and what a try asks: a model with the weights of one step, on the CPU.

outputs = subject.forward(inputs)                      as validation computes them
vectors = subject.inputs_of(module, inputs)            what comes into one of its modules on the way
maps    = subject.outputs_of(module, inputs)           what comes out of it
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from threading import get_ident

import torch
from torch import Tensor, nn

from engine.pictures import AnyGiven, AnyPicture, Choice
from engine.rank.data.source import Source

SLICE_SAMPLES = 256
"""How many samples pass through the model at once."""


@dataclass(frozen=True)
class Subject:
    """A whole model in evaluation, with the validation split (None: there is none) in its number format.

    `forward` gives outputs without gradients, in the precision of the run. `chosen` are the options asked for, by
    number: see `choice`. `is_wanted` tells whether anybody still waits for what is computed. Whoever computes with
    parts of the model does so within `as_run()`, which gives them the precision of the run.
    """

    model: nn.Module
    validation: Source | None
    forward: Callable[[Tensor], Tensor]
    chosen: tuple[int, ...] = ()
    is_wanted: Callable[[], bool] = lambda: True
    as_run: Callable[[], AbstractContextManager[None]] = nullcontext

    def choice(self, place: int, title: str, options: tuple[str, ...]) -> Choice:
        """The choice that a look offers at this place among its choices, with what was asked for, if there is that."""
        asked = self.chosen[place] if place < len(self.chosen) else 0
        return Choice(title=title, options=options, chosen=asked if 0 <= asked < len(options) else 0)

    def slices(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """The whole validation split, some samples at a time: inputs, targets and outputs (b, ...)."""
        source = self.validation
        for begin in range(0, len(source) if source is not None else 0, SLICE_SAMPLES):
            assert source is not None
            indices = torch.arange(begin, min(begin + SLICE_SAMPLES, len(source)), device=source.index_device)
            inputs, targets = source.take(indices)
            yield inputs, targets, self.forward(inputs)

    def inputs_of(self, module: nn.Module, inputs: Tensor) -> Tensor:
        """What comes into a module of the model that is given `inputs`."""
        found = _Found()
        with module.register_forward_pre_hook(lambda _, arguments: found.note(arguments[0])):
            self.forward(inputs)
        return found.tensors[0]

    def outputs_of(self, module: nn.Module, inputs: Tensor) -> Tensor:
        """What comes out of a module of the model that is given `inputs`."""
        found = _Found()
        with module.register_forward_hook(lambda _, __, outputs: found.note(outputs)):
            self.forward(inputs)
        return found.tensors[0]


class _Found:
    """What one thread has pass through a module: a question may take the place of another that is still computed."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self._thread = get_ident()

    def note(self, tensor: Tensor) -> None:
        if get_ident() == self._thread:
            self.tensors.append(tensor)


Scores = Callable[[Tensor], Tensor]
"""Of what may follow the numbers in a line, (t,), no longer than the context: (tokens,)."""

Try = Callable[[Subject, AnyGiven], Iterator[AnyPicture]]
"""Answers what a person gave, in one picture or in several, each in place of the one before."""
