"""Verbs at awkward moments: before the run starts, while it starts, while it runs, and when it is already over."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from engine.events.ranks import RankFailed, SlowedDown
from engine.events.run import Changed, Notice, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Shifted, ShiftFailed
from engine.events.states import StateSaved
from engine.record.reader import read_record
from engine.rows import StepBatch
from tests.conftest import Watched, open_descriptors

SMALL = {"knobs": {"hidden": 16}, "batch_size": 32}
Watch = Callable[..., Watched]


def paused_at(run: Watched, step: int) -> None:
    run.until(lambda m: isinstance(m, StatusChanged) and m.status == "paused" and m.step == step)


def changes(run: Watched) -> list[tuple[int, float, int]]:
    return [(m.step, m.lr, m.batch_size) for m in run.of(Changed) if isinstance(m, Changed)]


def test_a_run_that_never_started_is_finished_at_once(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.stop()
    run.status("finished", 5)
    assert run.of(RunFinished) == []  # nothing was made
    run.session.stop()
    run.session.play()
    run.session.shift("cpu,dp=2")
    run.session.close()
    assert len(run.of(StatusChanged)) == 1
    assert run.of(SegmentStarted) == []


def test_orders_given_before_and_during_the_start_reach_the_ranks(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.change(lr=0.5)
    run.session.change(batch_size=8)
    run.session.run_until(50)
    run.session.change(lr=0.25)
    paused_at(run, 50)
    run.session.step(1)
    paused_at(run, 51)
    assert changes(run)[-1][1:] == (0.25, 8)
    samples = [n for batch in run.of(StepBatch) for n in batch.rows["samples"].tolist()]  # type: ignore[attr-defined]
    assert samples == [8] * 51


def test_a_batch_and_a_mode_that_cuts_it_smaller_than_a_sample_are_refused_whichever_comes_second(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.change(batch_size=7)
    run.session.run_until(5)
    paused_at(run, 5)
    refused = "A batch of 7 is too small for microbatches=8"
    run.session.shift("cpu,pp=2,microbatches=8")
    run.until(lambda m: isinstance(m, ShiftFailed) and refused in m.reason)
    run.session.shift("cpu,pp=2,microbatches=4")
    run.until(lambda m: isinstance(m, Shifted))
    run.session.change(lr=0.25, batch_size=3)
    run.until(lambda m: isinstance(m, Notice) and "A batch of 3 is too small for microbatches=4" in m.text)
    run.session.run_until(10)
    paused_at(run, 10)
    assert changes(run)[-1][1:] == (0.25, 7)


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is listed on Linux")
def test_a_run_that_is_finished_tells_its_last_figures_and_holds_no_shared_memory(watch: Watch) -> None:
    def held() -> int:
        return sum(count for name, count in open_descriptors().items() if "memfd" in name)

    run = watch(make_spec("digits-mlp", **SMALL))
    before = held()
    run.session.step(1)
    paused_at(run, 1)
    assert held() > before
    run.session.stop()
    end = run.until(lambda m: isinstance(m, RunFinished))
    run.status("finished")
    assert held() == before
    last = run.of(Validated)[-1]
    assert isinstance(last, Validated)
    assert isinstance(end, RunFinished)
    assert (end.validation_loss, end.validation_metric) == (last.loss, last.metric)
    assert end.final_loss == pytest.approx(run.losses()[0])


def test_a_pause_during_the_start_holds(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.session.pause()
    at = run.status("paused").step  # type: ignore[attr-defined]
    run.session.step(2)
    paused_at(run, at + 2)
    assert run.steps() == list(range(at + 2))


def test_steps_asked_for_while_it_runs_are_made_after_the_pause_all_of_them(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", knobs={"hidden": 128}, batch_size=32))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    made = len(run.steps())
    run.session.step(2_000)
    at = run.status("paused").step  # type: ignore[attr-defined]
    assert at >= made + 2_000
    assert run.steps() == list(range(at))


def test_breaking_a_rank_there_is_not_breaks_nothing(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.break_rank(0)  # no rank yet
    run.session.run_until(3)
    paused_at(run, 3)
    for rank in (-1, 1, 7):
        run.session.break_rank(rank)
    run.session.step(2)
    paused_at(run, 5)
    run.session.break_rank(0)
    assert isinstance(failed := run.until(lambda m: isinstance(m, RankFailed), 10), RankFailed)
    assert failed.rank == 0
    assert failed in read_record(run.session.directory).events  # whoever hears it finds it on the disk
    run.session.stop()  # a run that has failed has an end too
    assert run.until(lambda m: isinstance(m, RunFinished), 5).step == 5  # type: ignore[attr-defined]
    run.status("finished", 5)


def test_the_parts_of_a_shift_are_times(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(10)
    paused_at(run, 10)
    run.session.shift("cpu,dp=2")
    event = run.until(lambda m: isinstance(m, Shifted))
    assert isinstance(event, Shifted)
    assert 0.0 < event.split.prepare_s < event.at_s - event.requested_s + 1e-9


def test_a_run_that_rests_is_saved_once_and_recovers_as_it_was(watch: Watch) -> None:
    # A state of 100 MB: were it asked for again while it is written, it would be begun anew each time.
    run = watch(make_spec("digits-mlp", knobs={"hidden": 2048, "layers": 3}, batch_size=32))
    run.session.change(lr=0.01)  # before there are ranks: told to the first ones, and to no later ones
    run.session.run_until(2)
    paused_at(run, 2)
    run.session.change(lr=0.02)
    run.session.step(1)
    paused_at(run, 3)
    run.until(lambda m: isinstance(m, StateSaved), 10)
    run.session.step(1)  # if it had been asked to save again, that would be done first
    paused_at(run, 4)
    run.session.break_rank(0)
    failed = run.until(lambda m: isinstance(m, RankFailed), 10)
    run.status("failed")
    assert failed.resume_step == 3  # type: ignore[attr-defined]
    run.session.step(1)
    assert run.until(lambda m: isinstance(m, RunStarted)).step == 3  # type: ignore[attr-defined]
    paused_at(run, 4)
    assert [lr for _, lr, _ in changes(run)][-2:] == [0.01, 0.02]
    assert [m.step for m in run.of(StateSaved)] == [3]  # type: ignore[attr-defined]
    assert run.steps() == [0, 1, 2, 3, 3]


def slowed_down(watch: Watch) -> Watched:
    """A run that comes to its next boundary late: there is time to do something before it."""
    run = watch(make_spec("digits-mlp", knobs={"hidden": 512, "layers": 2}, batch_size=512))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    run.session.slow_down(factor=100.0)
    run.until(lambda m: isinstance(m, SlowedDown))
    return run


def gathering(watch: Watch, mode: str) -> Watched:
    """A run whose old crew has been asked for its state."""
    run = slowed_down(watch)
    run.session.shift(mode)
    run.until(lambda m: isinstance(m, StatusChanged) and "gathering" in m.words)
    return run


def test_a_change_made_while_the_state_is_gathered_is_not_lost_with_the_shift(watch: Watch) -> None:
    run = gathering(watch, "cpu,threads=2")
    run.session.change(lr=0.5)
    newest = max(psutil.Process().children(recursive=True), key=lambda process: process.create_time())
    newest.kill()
    failed = run.until(lambda m: isinstance(m, ShiftFailed), 20)
    assert "SIGKILL" in failed.reason  # type: ignore[attr-defined]
    run.session.slow_down()
    assert run.until(lambda m: isinstance(m, Changed)).lr == 0.5  # type: ignore[attr-defined]
    run.goes_on(3)
    assert run.session.mode == "cpu,threads=1"


def test_a_pause_asked_for_while_the_state_is_gathered_is_kept_when_the_shift_fails(watch: Watch) -> None:
    run = gathering(watch, "cpu,threads=2")
    run.session.pause()
    newest = max(psutil.Process().children(recursive=True), key=lambda process: process.create_time())
    newest.kill()
    run.until(lambda m: isinstance(m, ShiftFailed), 20)
    step = run.status("paused", 20).step  # type: ignore[attr-defined]
    run.session.slow_down()
    run.session.step(2)
    paused_at(run, step + 2)


def test_a_run_that_fails_in_a_shift_recovers_in_the_mode_wished_last(watch: Watch) -> None:
    run = gathering(watch, "cpu,threads=2")
    run.session.shift("cpu,dp=2")
    run.session.break_rank(0)
    run.until(lambda m: isinstance(m, RankFailed), 20)
    run.status("failed")
    assert run.session.mode == "cpu,dp=2"


def test_steps_asked_for_before_a_failure_are_not_made_after_it(watch: Watch) -> None:
    run = slowed_down(watch)
    run.session.step(100)
    run.session.break_rank(0)
    at = run.until(lambda m: isinstance(m, RankFailed), 20).resume_step  # type: ignore[attr-defined]
    run.status("failed")
    run.session.step(2)
    assert run.status("paused", 20).step == at + 2  # type: ignore[attr-defined]


def test_steps_are_told_while_they_are_new(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    begin_s = time.perf_counter()
    while time.perf_counter() < begin_s + 1.5:
        run.until(lambda m: isinstance(m, StepBatch))
    rows = [batch.rows for batch in run.of(StepBatch) if isinstance(batch, StepBatch)]
    spans_s = [part["at_s"][-1] - part["at_s"][0] for part in rows if part["at_s"][0] > rows[0]["at_s"][0] + 0.5]
    assert np.median(spans_s) < 0.1  # a screen shows sixty a second


def test_a_run_that_goes_on_later_continues_its_clock_its_segments_and_its_steps(watch: Watch, tmp_path: Path) -> None:
    for turn in range(3):
        run = watch(make_spec("digits-mlp", **SMALL), directory=tmp_path / "r", resume=turn > 0)
        assert run.session.resume_step == turn * 5
        run.session.step(5)
        paused_at(run, (turn + 1) * 5)
        run.session.stop()
        run.until(lambda m: isinstance(m, RunFinished))
        assert isinstance(read_record(tmp_path / "r").events[-1], RunFinished)  # whoever hears it finds it on the disk
        run.status("finished")
        run.session.close()
        assert run.session.record_problem is None
        assert [m.step for m in run.of(RunStarted)] == [turn * 5]  # type: ignore[attr-defined]
        assert [m.segment for m in run.of(SegmentStarted)] == [turn]  # type: ignore[attr-defined]
        assert [step for step, _, _ in changes(run)] == [turn * 5]
    record = read_record(tmp_path / "r")
    assert record.steps["step"].tolist() == list(range(15))
    assert record.steps["segment"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert (np.diff(record.steps["at_s"]) > 0).all()
    told_s = [event.at_s for event in record.events if isinstance(event, RunStarted | RunFinished)]
    assert told_s == sorted(told_s)
    assert told_s[0] < record.steps["at_s"][0]
    assert told_s[-1] < 60.0  # what lies between two sessions is no time of the run
