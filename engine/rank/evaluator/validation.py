"""Loss and score on samples never trained on.

    loss = sum over the whole validation split of loss(model(x), y)  /  units of the split

The split is passed through the model in slices of 256 samples, so that its activations take as little memory as a
batch's; sums of the slices are added in float64.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from engine.rank.data.workload import Workload
from engine.rank.step.precision import Precision

SLICE_SAMPLES = 256
"""How many samples pass through the model at once."""


class Found(NamedTuple):
    """Sums over the split: of the losses (maybe NaN), of what its units score, and of all units."""

    loss_sum: float
    score_sum: float
    units: int


@torch.no_grad()
def validate(model: nn.Module, workload: Workload, precision: Precision, is_wanted: Callable[[], bool]) -> Found | None:
    """What the model makes of the whole split; of no split, nothing. None: it was no longer wanted between slices."""
    source = workload.validation
    loss_sum, score_sum, units = 0.0, 0.0, 0
    for begin in range(0, len(source) if source is not None else 0, SLICE_SAMPLES):
        assert source is not None
        if not is_wanted():
            return None
        indices = torch.arange(begin, min(begin + SLICE_SAMPLES, len(source)), device=source.index_device)
        inputs, targets = source.take(indices)
        with precision.forward():
            outputs = model(inputs)
            loss_sum += workload.loss_sum(outputs, targets).item()
        score_sum += float(workload.score_sum(outputs, targets))
        units += source.count(indices)
    return Found(loss_sum, score_sum, units)
