"""What counts of each mode, by wall clock, and what is left out: warm-up, preparing, what is slow on purpose."""

import numpy as np
import pytest

from engine.anatomy import Held, LaneSpan, RankAnatomy, Traffic
from engine.events.ranks import SlowedDown, StepAnatomy
from engine.events.run import Changed, RunStarted, SegmentStarted
from engine.events.shift import Preparing
from engine.metrics.mode_measures import ModeMeasures, measured
from engine.rows import PHASES, STEP_ROW, StepBatch

FORWARD = PHASES.index("forward")


def begin(segment: int, step: int, mode: str = "cpu,threads=1", at_s: float = 0.0) -> SegmentStarted:
    return SegmentStarted(at_s=at_s, segment=segment, step=step, mode=mode, words="", ranks=(), warmup_steps=3)


def steps(
    first: int, count: int, *, begin_s: float, every_s: float, seconds: float | None = None, size: int = 64
) -> StepBatch:
    rows = np.zeros(count, STEP_ROW)
    rows["step"] = np.arange(first, first + count)
    rows["at_s"] = begin_s + every_s * (1 + np.arange(count))
    rows["seconds"] = every_s if seconds is None else seconds
    rows["samples"] = size
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


def preparing(step: int, *, is_over: bool = False) -> Preparing:
    return Preparing(at_s=0.0, step=step, mode="cpu,dp=2", is_over=is_over)


def batch_size(step: int, size: int) -> Changed:
    return Changed(at_s=0.0, step=step, lr=0.1, batch_size=size)


def test_warm_up_preparing_and_slowdowns_are_left_out() -> None:
    slow = SlowedDown(at_s=0.0, step=33, rank=0, phase="compute", factor=2.0, delay_s=0.0)
    free = SlowedDown(at_s=0.0, step=43, rank=0, phase="compute", factor=1.0, delay_s=0.0)
    run = measured(
        [
            begin(0, 0),
            steps(0, 3, begin_s=0.0, every_s=1.0),
            steps(3, 10, begin_s=3.0, every_s=0.1),
            preparing(13),
            steps(13, 10, begin_s=4.0, every_s=0.5),
            preparing(23, is_over=True),
            steps(23, 10, begin_s=9.0, every_s=0.1),
            slow,
            steps(33, 10, begin_s=10.0, every_s=0.5),
            free,
            steps(43, 10, begin_s=15.0, every_s=0.1),
        ]
    )
    row, slowed = run.rows["1 thread", 64, False], run.rows["1 thread", 64, True]
    assert (row.steps, row.warm_up, row.preparing) == (30, 3, 10)
    assert row.units_per_s == pytest.approx(640.0)
    assert row.step_s == pytest.approx(0.1)
    assert (slowed.steps, slowed.left_out) == (10, 0)
    assert slowed.step_s == pytest.approx(0.5)


def test_a_pause_is_no_computing_and_steps_that_overlap_count_once() -> None:
    run = ModeMeasures()
    run.hear(begin(0, 0))
    run.hear(steps(0, 13, begin_s=0.0, every_s=0.1))
    run.hear(steps(13, 10, begin_s=60.0, every_s=0.1))
    assert run.rows["1 thread", 64, False].units_per_s == pytest.approx(640.0)
    free = ModeMeasures()
    free.hear(begin(0, 0, "cpu,hogwild=2"))
    free.hear(steps(0, 103, begin_s=0.0, every_s=0.1, seconds=0.8))
    (row,) = free.rows.values()
    assert row.step_s == pytest.approx(0.1)
    assert row.units_per_s == pytest.approx(640.0)


def test_visits_of_a_mode_are_one_row_and_another_batch_size_is_another() -> None:
    run = measured(
        [
            begin(0, 0),
            steps(0, 13, begin_s=0.0, every_s=0.1),
            begin(1, 13, "cpu,threads=2", at_s=2.0),
            steps(13, 13, begin_s=2.0, every_s=0.1),
            begin(2, 26, at_s=4.0),
            steps(26, 13, begin_s=4.0, every_s=0.2),
            batch_size(39, 128),
            steps(39, 10, begin_s=7.0, every_s=0.1, size=128),
        ]
    )
    assert [(key, row.steps) for key, row in run.rows.items()] == [
        (("1 thread", 64, False), 20),
        (("2 threads", 64, False), 10),
        (("1 thread", 128, False), 10),
    ]
    assert run.rows["1 thread", 64, False].units_per_s == pytest.approx(20 * 64 / 3.0)
    assert run.rows["1 thread", 64, False].visits == [0, 2]
    assert run.now is run.rows["1 thread", 128, False]


def test_steps_taken_apart_count_where_their_mode_is_undisturbed() -> None:
    run = ModeMeasures()
    for message in (begin(0, 0), steps(0, 13, begin_s=0.0, every_s=0.02), apart(2), apart(5), apart(6, seconds=0.03)):
        run.hear(message)
    run.hear(preparing(7))
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


def test_what_is_told_late_counts_from_the_step_it_names() -> None:
    slow = SlowedDown(at_s=0.0, step=20, rank=0, phase="compute", factor=2.0, delay_s=0.0)
    free = SlowedDown(at_s=0.0, step=30, rank=0, phase="compute", factor=1.0, delay_s=0.0)
    ten = [steps(first, 10, begin_s=first / 10, every_s=0.1) for first in range(0, 60, 10)]
    over = preparing(50, is_over=True)
    in_time = measured([begin(0, 0), *ten[:2], slow, ten[2], free, ten[3], preparing(40), ten[4], over, ten[5]])
    late = measured([begin(0, 0), *ten[:3], slow, ten[3], free, *ten[4:], preparing(40), over])
    for run in (in_time, late):
        found = {key: (row.steps, row.warm_up, row.preparing) for key, row in run.rows.items()}
        assert found == {("1 thread", 64, False): (37, 3, 10), ("1 thread", 64, True): (10, 0, 0)}
        assert [row.step_s for row in run.rows.values()] == pytest.approx([0.1, 0.1])


def test_a_mode_that_a_recovery_undid_was_never_visited() -> None:
    run = measured([begin(0, 0), steps(0, 20, begin_s=0.0, every_s=0.1), begin(1, 20, "cpu,threads=2", at_s=2.0)])
    run.hear(steps(20, 10, begin_s=2.0, every_s=0.1))
    assert len(run.rows) == 2
    run.hear(RunStarted(at_s=9.0, spec="", step=15, started_unix_s=0.0, directory="d"))
    assert [row.name for row in run.rows.values()] == ["1 thread"]
    assert run.now is None
    run.hear(begin(2, 15, at_s=9.0))
    run.hear(steps(15, 13, begin_s=9.0, every_s=0.1))
    assert run.now is not None
    assert (run.now.visits, run.now.steps) == ([0, 2], 27)
