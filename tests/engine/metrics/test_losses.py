"""The loss on both sides of a shift: of which steps it is, and when it is not known."""

import numpy as np
import pytest

from engine.events.run import Changed, RunStarted
from engine.metrics.losses import Losses
from engine.rows import StepBatch
from tests.messages import batch, begin


def steps(first: int, losses: list[float], segment: int) -> StepBatch:
    made = batch(first, len(losses), segment=segment)
    made.rows["loss"] = losses
    return made


def shifted() -> Losses:
    """200 steps of a loss of 2 and 200 of 1, then a shift and 60 of 1 and 3 in turn."""
    losses = Losses()
    losses.hear(Changed(at_s=0.0, step=0, lr=0.1, batch_size=10))
    losses.hear(begin(0, 0, 0.0))
    losses.hear(steps(0, [2.0] * 200 + [1.0] * 200, 0))
    losses.hear(begin(1, 400, 4.0))
    losses.hear(steps(400, [1.0, 3.0] * 30, 1))
    return losses


def test_each_side_is_of_its_newest_steps() -> None:
    losses = shifted()
    assert losses.before is not None
    assert (losses.before.value, losses.before.error, losses.before.steps) == (1.0, 0.0, 200)
    assert losses.now is not None
    assert (losses.now.value, losses.now.error, losses.now.steps) == (2.0, 0.0, 60)
    assert losses.after == losses.now, "there are no others yet"
    losses.hear(steps(460, [5.0] * 20, 0))
    assert losses.now.value == 2.0, "they are of another segment"
    losses.hear(steps(460, [7.0] * 60, 1))
    assert losses.now.value == pytest.approx(4.5)
    assert losses.now.error == pytest.approx(2.5 / 3), "ten means, five of 2 and five of 7"
    losses.hear(steps(520, [9.0] * 400, 1))
    assert losses.after is not None
    assert (losses.after.value, losses.now.value) == (pytest.approx((60 * 2 + 60 * 7 + 80 * 9) / 200), 9.0)


def test_too_few_steps_a_loss_that_is_no_number_and_other_terms_are_no_measure() -> None:
    losses = shifted()
    losses.hear(Changed(at_s=5.0, step=460, lr=0.1, batch_size=10))
    assert losses.before is not None, "the same terms, told again"
    losses.hear(steps(460, [np.nan], 1))
    assert losses.now is None
    losses.hear(Changed(at_s=5.0, step=470, lr=0.2, batch_size=10))
    assert losses.before is None
    losses.hear(steps(461, [1.0] * 9 + [2.0] * 49, 1))
    assert losses.now is None, "of the new terms there are 49"
    losses.hear(steps(519, [2.0], 1))
    assert losses.now is not None
    assert losses.now.value == 2.0
    losses = shifted()
    losses.hear(RunStarted(at_s=6.0, spec="", step=430, started_unix_s=0.0, directory=""))
    assert (losses.before, losses.now) == (None, None)
