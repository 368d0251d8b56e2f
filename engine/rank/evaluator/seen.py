"""The weights last looked at, in a model that nothing else uses, and what can be computed with them."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.rank.data.subject import Subject
from engine.rank.data.workload import Workload
from engine.rank.step.precision import Precision


class Seen(NamedTuple):
    """The weights before `step`, in `model`."""

    step: int
    workload: Workload
    model: nn.Module
    precision: Precision

    @torch.no_grad()
    def outputs(self, inputs: Tensor) -> Tensor:
        """What the model makes of inputs (b, ...), computed as the run computes."""
        with self.precision.forward():
            outputs: Tensor = self.model(inputs)
        return outputs

    def subject(self, chosen: tuple[int, ...], is_wanted: Callable[[], bool]) -> Subject:
        """Give a workload's looks and tries the model with these weights."""
        return Subject(self.model, self.workload.validation, self.outputs, chosen, is_wanted, self.precision.forward)
