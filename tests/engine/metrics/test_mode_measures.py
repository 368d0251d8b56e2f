"""What counts of each mode, by wall clock, and what is left out: warm-up, preparing, what is slow on purpose."""

import numpy as np
import pytest

from engine.anatomy import Held, LaneSpan, RankAnatomy, Traffic
from engine.events import Changed, SegmentStarted, SlowedDown, StatusChanged, StepAnatomy
from engine.metrics.mode_measures import ModeMeasures, measured
from engine.rows import PHASES, STEP_ROW, StepBatch

FORWARD = PHASES.index("forward")


def begin(segment: int, step: int, mode: str = "cpu,threads=1", at_s: float = 0.0) -> SegmentStarted:
    return SegmentStarted(at_s=at_s, segment=segment, step=step, mode=mode, words="", ranks=(), warmup_steps=3)


def steps(first: int, count: int, *, begin_s: float, every_s: float, seconds: float | None = None) -> StepBatch:
    rows = np.zeros(count, STEP_ROW)
    rows["step"] = np.arange(first, first + count)
    rows["at_s"] = begin_s + every_s * (1 + np.arange(count))
    rows["seconds"] = every_s if seconds is None else seconds
    rows["samples"] = 10
    return StepBatch(rows)


def apart(step: int, segment: int = 0, *, seconds: float = 0.01) -> StepAnatomy:
    rank = RankAnatomy(
        rank=0,
        begin_s=0.0,
        seconds=seconds,
        spans=(LaneSpan(FORWARD, -1, 0.0, seconds, on_core_s=0.8 * seconds),),
        traffic=(Traffic(kind="all-reduce", ranks=(0, 1), count=1, payload_bytes=1000),),
        held=Held(parameter_bytes=4, gradient_bytes=4, optimizer_bytes=8, activation_bytes=100),
    )
    return StepAnatomy(
        at_s=0.0, segment=segment, step=step, ranks=(rank,), clock_offset_s=0.0, clock_error_s=0.0, skipped=0
    )


def status(word: str, step: int) -> StatusChanged:
    return StatusChanged(at_s=0.0, status=word, step=step)


def batch_size(step: int, size: int) -> Changed:
    return Changed(at_s=0.0, step=step, lr=0.1, batch_size=size)


def test_warm_up_preparing_and_slowdowns_are_left_out() -> None:
    slow = SlowedDown(at_s=0.0, step=33, rank=0, phase="compute", factor=2.0, delay_s=0.0)
    free = SlowedDown(at_s=0.0, step=43, rank=0, phase="compute", factor=1.0, delay_s=0.0)
    run = measured(
        [
            batch_size(0, 64),
            begin(0, 0),
            steps(0, 3, begin_s=0.0, every_s=1.0),
            steps(3, 10, begin_s=3.0, every_s=0.1),
            status("shifting", 13),
            steps(13, 10, begin_s=4.0, every_s=0.5),
            status("running", 23),
            steps(23, 10, begin_s=9.0, every_s=0.1),
            slow,
            steps(33, 10, begin_s=10.0, every_s=0.5),
            free,
            steps(43, 10, begin_s=15.0, every_s=0.1),
        ]
    )
    row = run.rows["1 thread", 64]
    assert (row.steps, row.left_out) == (30, 23)
    assert row.units_per_s == pytest.approx(100.0)
    assert row.step_s == pytest.approx(0.1)


def test_a_pause_is_no_computing_and_steps_that_overlap_count_once() -> None:
    run = ModeMeasures()
    run.hear(begin(0, 0))
    run.hear(steps(0, 13, begin_s=0.0, every_s=0.1))
    run.hear(steps(13, 10, begin_s=60.0, every_s=0.1))
    assert run.rows["1 thread", None].units_per_s == pytest.approx(100.0)
    free = ModeMeasures()
    free.hear(begin(0, 0, "cpu,hogwild=2"))
    free.hear(steps(0, 103, begin_s=0.0, every_s=0.1, seconds=0.8))
    (row,) = free.rows.values()
    assert row.step_s == pytest.approx(0.1)
    assert row.units_per_s == pytest.approx(100.0)


def test_visits_of_a_mode_are_one_row_and_another_batch_size_is_another() -> None:
    run = measured(
        [
            batch_size(0, 64),
            begin(0, 0),
            steps(0, 13, begin_s=0.0, every_s=0.1),
            begin(1, 13, "cpu,threads=2", at_s=2.0),
            steps(13, 13, begin_s=2.0, every_s=0.1),
            begin(2, 26, at_s=4.0),
            steps(26, 13, begin_s=4.0, every_s=0.2),
            batch_size(39, 128),
            steps(39, 10, begin_s=7.0, every_s=0.1),
        ]
    )
    assert [(key, row.steps) for key, row in run.rows.items()] == [
        (("1 thread", 64), 20),
        (("2 threads", 64), 10),
        (("1 thread", 128), 10),
    ]
    assert run.rows["1 thread", 64].units_per_s == pytest.approx(200 / 3.0)
    assert run.now is run.rows["1 thread", 128]


def test_steps_taken_apart_count_where_their_mode_is_undisturbed() -> None:
    run = ModeMeasures()
    for message in (begin(0, 0), steps(0, 13, begin_s=0.0, every_s=0.02), apart(2), apart(5), apart(6, seconds=0.03)):
        run.hear(message)
    run.hear(status("shifting", 7))
    run.hear(apart(8, seconds=9.0))
    run.hear(apart(9, segment=4, seconds=9.0))
    row = run.now
    assert row is not None
    assert row.sums.counted == 2
    assert row.sums.total_s == pytest.approx(0.04)
    assert row.sums.work_s[0] == pytest.approx(0.032)
    assert row.phase_s[FORWARD] == pytest.approx(0.02), "of a step by the wall clock, all of it"
    assert row.sent_bytes == pytest.approx(1000.0)
    assert row.held_bytes == 116
