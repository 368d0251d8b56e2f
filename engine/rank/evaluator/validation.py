"""Loss and score on samples never trained on.

    loss = sum over samples of the validation split of loss(model(x), y)  /  their units

Where somebody waits, it is computed on the whole split. In passing, on as many of its samples as take `PASSING_FLOPS`
(small models: all of them), the same ones each time, evenly spread over the split: so a curve goes up and down with the
model, not with which samples it was asked about; its level may be off by what these few are easier than all.

Samples pass through the model in slices of 256, so that its activations take as little memory as a batch's; sums of the
slices are added in float64.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.rank.data.flops import forward_flops
from engine.rank.data.workload import Workload
from engine.rank.step.precision import Precision

SLICE_SAMPLES = 256
"""How many samples pass through the model at once."""
PASSING_FLOPS = 8e9
"""0.1 s of a core. A count, not a time: so a run validates on the same samples on any machine, in any mode."""


class Found(NamedTuple):
    """Sums over samples of the split: of the losses (maybe NaN), of what their units score, and of these units."""

    loss_sum: float
    score_sum: float
    units: int


def whole(workload: Workload) -> Tensor:
    """The numbers of all samples of the split, (b,)."""
    source = workload.validation
    return torch.arange(len(source)) if source is not None else torch.zeros(0, dtype=torch.int64)


def in_passing(workload: Workload) -> Tensor:
    """The numbers of the samples that are looked at in passing, (b,)."""
    numbers = whole(workload)
    if not len(numbers):
        return numbers
    count = min(len(numbers), max(1, int(PASSING_FLOPS / max(1.0, forward_flops(workload)))))
    return (2 * torch.arange(count) + 1) * len(numbers) // (2 * count)


@torch.no_grad()
def validate(
    model: nn.Module, workload: Workload, precision: Precision, samples: Tensor, is_wanted: Callable[[], bool]
) -> Found | None:
    """What the model makes of samples of the split, (b,); of none, nothing. None: no longer wanted between slices."""
    source = workload.validation
    loss_sum, score_sum, units = 0.0, 0.0, 0
    for part in samples.split(SLICE_SAMPLES) if source is not None and len(samples) else ():
        assert source is not None
        if not is_wanted():
            return None
        indices = part.to(source.index_device)
        inputs, targets = source.take(indices)
        with precision.forward():
            outputs = model(inputs)
            loss_sum += workload.loss_sum(outputs, targets).item()
        score_sum += float(workload.score_sum(outputs, targets))
        units += source.count(indices)
    return Found(loss_sum, score_sum, units)
