"""How often texts and validations come, as the bench of the evaluator reckons it."""

import pytest

from engine.bench.evaluator import _gap_s
from engine.events.evaluator import Validated


def told(*at_s: float) -> list[Validated]:
    return [Validated(at_s=at, step=0, loss=1.0, metric=0.0, samples=1, seconds=0.1) for at in at_s]


@pytest.mark.parametrize(
    ("at_s", "gap_s"),
    [
        ((), 60.0),
        ((30.0,), 60.0),
        ((28.0, 30.0), 20.0),
        ((10.0, 20.0, 30.0), 15.0),
        ((2.0, 16.0, 30.0, 44.0, 58.0), 14.0),
    ],
)
def test_a_silence_before_and_after_is_no_short_gap(at_s: tuple[float, ...], gap_s: float) -> None:
    assert _gap_s(told(*at_s), 60.0) == pytest.approx(gap_s)
