"""A run's summary: right figures, in memory that does not grow with the run."""

import tracemalloc
from copy import deepcopy

import numpy as np
import pytest

from engine.metrics.summary import EXACT_STEPS, Durations, Summary
from engine.rows import STEP_ROW, Rows


def rows(first: int, seconds: list[float] | np.ndarray, segment: int = 0, loss: float = 1.0) -> Rows:
    made = np.zeros(len(seconds), STEP_ROW)
    made["step"] = np.arange(first, first + len(seconds))
    made["seconds"], made["samples"], made["segment"], made["loss"] = seconds, 10, segment, loss
    return made


@pytest.mark.slow
def test_many_ticks_take_no_more_memory_than_a_few() -> None:
    summary = Summary()
    summary.begin_segment(0, "cpu")
    rng = np.random.default_rng(1)
    seconds = np.exp(rng.normal(np.log(2e-3), 0.5, 200_000)).astype(np.float32)
    ticks = rows(0, seconds)
    sizes_bytes = []
    for number in range(200_000):
        summary.add(ticks[number : number + 1])
        if number in (20_000, 199_999):
            tracemalloc.start()
            copy = deepcopy(summary)
            sizes_bytes.append(tracemalloc.get_traced_memory()[0])
            tracemalloc.stop()
            del copy
    assert sizes_bytes[1] < sizes_bytes[0] + 1_000
    assert sizes_bytes[1] < 150_000
    (row,) = summary.segments()
    assert row.steps == 200_000
    assert row.median_step_s == pytest.approx(np.median(seconds[3:]), rel=1.1e-3)
    assert row.samples_per_s == pytest.approx(1_999_970 / seconds[3:].sum(dtype=np.float64), rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 5, EXACT_STEPS, EXACT_STEPS + 1, 3 * EXACT_STEPS])
@pytest.mark.parametrize("typical_s", [1e-6, 1e-3, 0.3, 900.0])
def test_the_median_is_exact_and_beyond_many_steps_to_a_thousandth(count: int, typical_s: float) -> None:
    rng = np.random.default_rng(count)
    seconds = (typical_s * rng.lognormal(0, 1, count)).astype(np.float32)
    durations = Durations()
    for part in np.array_split(seconds, min(count, 70)):
        durations.add(part)
    allowed = 0.0 if count <= EXACT_STEPS else 1.1e-3
    assert durations.median_s() == pytest.approx(float(np.median(seconds)), rel=allowed, abs=0.0)


def test_steps_outside_all_bins_are_counted() -> None:
    durations = Durations()
    durations.add(np.full(EXACT_STEPS, 0.0, np.float32))
    durations.add(np.full(EXACT_STEPS, 1e9, np.float32))
    assert durations.count == 2 * EXACT_STEPS
    assert durations.median_s() is not None


def test_steps_that_are_made_again_count_once() -> None:
    summary = Summary()
    for segment, (mode, first) in enumerate((("cpu", 0), ("cpu,dp=2", 100), ("cpu,tp=2", 200))):
        summary.begin_segment(segment, mode)
        summary.add(rows(first, [0.01] * 100, segment, loss=float(segment)))
    summary.restart_from(150)  # the last saved state is the one before step 150
    assert [(row.mode, row.steps) for row in summary.segments()] == [("cpu", 100), ("cpu,dp=2", 50)]
    assert summary.final_loss is None
    assert summary.segments()[0].final_loss == 0.0
    summary.begin_segment(3, "cpu,tp=2")
    summary.add(rows(150, [0.02] * 30, 3, loss=9.0))
    assert [row.steps for row in summary.segments()] == [100, 50, 30]
    assert summary.final_loss == 9.0
    summary.restart_from(0)
    assert summary.segments() == ()
