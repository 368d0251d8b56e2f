"""What the evaluator's sums over the validation split come to: a loss and an accuracy."""

import math

from engine.events import Validated
from engine.ipc.reports import Looked


def validated(looked: Looked, at_s: float) -> Validated:
    """The means over all units of the split; a loss that is no finite number is None."""
    loss = looked.loss_sum / looked.units
    return Validated(
        at_s=at_s,
        step=looked.step,
        loss=loss if math.isfinite(loss) else None,
        accuracy=looked.num_correct / looked.units,
        samples=looked.units,
        seconds=looked.seconds,
        work_s=looked.work_s,
    )
