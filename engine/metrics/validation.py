"""What the evaluator's sums over the validation split come to: a loss and a metric."""

import math

from engine.config.cards import workloads
from engine.events.evaluator import Validated
from engine.ipc.reports import Looked


def validated(looked: Looked, at_s: float, workload: str) -> Validated:
    """The means over the units that were looked at; what is no finite number is None."""
    metric = workloads()[workload].metric
    loss = looked.loss_sum / looked.units
    return Validated(
        at_s=at_s,
        step=looked.step,
        loss=loss if math.isfinite(loss) else None,
        metric=metric.value(loss, looked.score_sum / looked.units),
        metric_name=metric.name,
        samples=looked.units,
        held_back=looked.held_back,
        seconds=looked.seconds,
        work_s=looked.work_s,
    )
