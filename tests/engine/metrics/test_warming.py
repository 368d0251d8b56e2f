"""Slow first steps of a visit count as warm-up, and how far steps and rates of a mode differ is known."""

import numpy as np
import pytest

from engine.metrics.mode_measures import ModeMeasures
from tests.gui.model.test_board import steps, visit


def measured(*parts: tuple[int, float]) -> ModeMeasures:
    """One visit, of so many steps of so many seconds each, one after the other; three of them are warm-up anyhow."""
    measures, at_s, step = ModeMeasures(), 0.0, 0
    measures.hear(visit(0, "cpu,threads=1", 0, 0.0))
    for count, step_s in parts:
        measures.hear(steps(step, count, at_s, step_s))
        step, at_s = step + count, at_s + count * step_s
    return measures


def test_slow_first_steps_leave_the_average_as_soon_as_there_are_faster_ones() -> None:
    now = measured((40, 0.040), (10, 0.020)).now
    assert now is not None
    assert now.step_s is not None
    assert now.step_s > 0.03, "a quarter of a second says little"
    now = measured((40, 0.040), (100, 0.020)).now
    assert now is not None
    assert now.step_s == pytest.approx(0.020, rel=0.01)
    assert now.warm_up in (39, 40, 41)
    assert now.steps + now.warm_up == 140


@pytest.mark.parametrize("parts", [((50, 0.021), (200, 0.020)), ((50, 0.020), (50, 0.040), (200, 0.020))])
def test_what_is_not_slow_or_not_first_counts(parts: tuple[tuple[int, float], ...]) -> None:
    now = measured(*parts).now
    assert now is not None
    assert now.warm_up == 3


def test_no_more_than_two_seconds_are_warm_up_however_slow() -> None:
    now = measured((100, 0.040), (400, 0.020)).now
    assert now is not None
    assert now.warm_up * 0.040 <= 2.2


def test_steps_vary_by_half_of_what_lies_between_the_tenth_and_the_ninetieth_percentile() -> None:
    measures, draw = ModeMeasures(), np.random.default_rng(0)
    measures.hear(visit(0, "cpu,threads=1", 0, 0.0))
    made = steps(0, 1_000, 0.0, 0.020)
    lengths = draw.uniform(0.016, 0.024, 1_000)
    made.rows["seconds"], made.rows["at_s"] = lengths, np.cumsum(lengths)
    measures.hear(made)
    now = measures.now
    assert now is not None
    assert now.median_s == pytest.approx(0.020, rel=0.03)
    assert now.vary == pytest.approx(0.16, abs=0.02)
    assert measured((100, 0.02)).now.vary == pytest.approx(0.0, abs=0.01)  # type: ignore[union-attr]


def test_a_rate_may_be_off_by_as_much_as_its_seconds_differ_and_by_less_the_more_there_are() -> None:
    offs = []
    for seconds in (8, 64):
        now = measured((150, 0.020)).now
        assert now is not None
        now.forget_fresh()
        for second in range(seconds):
            now.add(100.0 + 20 * (-1) ** second, np.full(50, 0.020))
            now.look(0.0, {}, is_contended=False)
        offs.append(now.off)
    assert offs == [pytest.approx(0.2 * 2 / 8**0.5, rel=0.05), pytest.approx(0.2 / 4, rel=0.05)]
    assert measured((150, 0.02)).now.off == pytest.approx(0.0, abs=0.01)  # type: ignore[union-attr]
