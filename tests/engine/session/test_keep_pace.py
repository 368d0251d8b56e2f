"""So many steps a second: kept by every technique, asleep between steps, no part of their time, never in the way."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.errors import RequestError
from engine.events.ranks import RankFailed
from engine.events.run import Paced, RunStarted, StatusChanged
from engine.events.shift import Shifted
from engine.explain.verdicts import Verdicts
from engine.metrics.mode_measure import ModeMeasure
from engine.record.reader import read_record
from engine.rows import Rows, StepBatch
from tests.conftest import Watched

SMALL = {"knobs": {"hidden": 16, "layers": 4}, "batch_size": 32}
MODES = ["cpu,threads=1", "cpu,dp=2", "cpu,hogwild=2"]
FURTHER = ["cpu,pp=2", "cpu,dp=2,transport=shm", "cpu,dp=2,local=4", "cpu,fsdp=2", "cpu,tp=2"]
Watch = Callable[..., Watched]


def rows_of(run: Watched) -> Rows:
    return np.concatenate([batch.rows for batch in run.of(StepBatch)])  # type: ignore[attr-defined]


def paced(watch: Watch, steps_per_s: float | None, **fields: object) -> Watched:
    run = watch(make_spec("digits-mlp", **SMALL | fields))
    run.session.keep_pace(steps_per_s)
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    return run


def after(run: Watched, seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        run.session.wait(0.05)
        run.drain()


def used_s(run: Watched) -> float:
    """What the ranks have computed in all."""
    crew = run.session._run.crews.crew
    assert crew is not None
    return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in crew.processes)


@pytest.mark.parametrize("mode", [*MODES, *(pytest.param(mode, marks=pytest.mark.long) for mode in FURTHER)])
def test_the_pace_is_kept_asleep_and_is_no_part_of_a_steps_time(watch: Watch, mode: str) -> None:
    run = paced(watch, 10.0, mode=mode)
    after(run, 0.5)
    first, before_s = len(rows_of(run)), used_s(run)
    after(run, 2.0)
    used, rows = used_s(run) - before_s, rows_of(run)
    apart_s = np.diff(rows["at_s"][first:])
    assert 17 <= len(apart_s) + 1 <= 22
    assert np.median(apart_s) == pytest.approx(0.1, abs=0.01)
    assert np.median(rows["seconds"][first:]) < 0.03  # the wait is not in it
    assert used < 0.4 * parse_mode(mode).world_size  # two tenths of a core would be: it never sleeps


def test_a_step_that_takes_longer_than_the_pace_allows_is_not_waited_for(watch: Watch) -> None:
    """Its rate is that of all time, and it counts; where steps are shorter they are held, and said to be."""
    run = watch(make_spec("digits-mlp", batch_size=256, mode="cpu,threads=1", knobs={"hidden": 256, "layers": 4}))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    after(run, 1.0)
    at_full_speed = len(rows_of(run))
    pace = 4 / float(np.median(rows_of(run)["seconds"][3:]))
    run.session.keep_pace(pace)
    after(run, 2.0)
    verdicts = Verdicts()

    def hear() -> ModeMeasure:
        for message in run.messages:
            verdicts.hear(message)
            verdicts.look()
        run.messages.clear()
        (row,) = verdicts.measures.rows.values()
        return row

    made = rows_of(run)
    lies_between_s = np.diff(made["at_s"])[at_full_speed:] - made["seconds"][at_full_speed + 1 :]
    assert np.median(lies_between_s) < 1e-6, "a step begins where the one before ended"
    row = hear()
    assert (row.is_at_pace, row.at_pace) == (False, 0)
    assert row.steps > at_full_speed + 5
    assert verdicts.current is None or verdicts.current.rule != "held"
    run.session.keep_pace(pace / 8)
    run.until(lambda m: isinstance(m, Paced))
    after(run, 2.0)
    row = hear()
    assert row.at_pace > 0
    assert verdicts.current is not None
    assert verdicts.current.rule == "held"


def test_a_slow_pace_is_not_hurried_by_looks_at_the_weights(watch: Watch) -> None:
    run = paced(watch, 2.0)
    after(run, 4.0)
    assert len(rows_of(run)) <= 10
    assert run.session._run.evaluation.validated is not None


@pytest.mark.parametrize("mode", ["cpu,threads=1", "cpu,dp=2"])
def test_whatever_is_asked_for_is_answered_at_once(watch: Watch, mode: str) -> None:
    run = paced(watch, 0.1, mode=mode)

    def within(seconds: float, act: Callable[[], None], done: Callable[[object], bool]) -> None:
        begun_s = time.monotonic()
        act()
        run.until(done, 20)
        assert time.monotonic() - begun_s < seconds

    def is_at(status: str) -> Callable[[object], bool]:
        return lambda m: isinstance(m, StatusChanged) and m.status == status

    session = run.session
    assert len(run.steps()) == 1
    within(1.0, session.pause, is_at("paused"))
    within(1.0, session.step, is_at("paused"))
    session.play()
    run.status("running")
    run.until(lambda m: isinstance(m, StepBatch), 2)
    within(1.0, lambda: session.keep_pace(50.0), lambda m: isinstance(m, StepBatch))
    session.keep_pace(0.1)
    run.until(lambda m: isinstance(m, Paced) and m.steps_per_s == 0.1)
    within(3.0, lambda: session.shift("cpu,tp=2"), lambda m: isinstance(m, Shifted))
    made = len(run.steps())
    after(run, 1.0)
    assert len(run.steps()) <= made + 1  # the pace went with it
    within(5.0, session.stop, is_at("finished"))
    assert sorted(run.steps()) == list(range(len(run.steps())))


def test_a_rank_that_waits_for_its_step_does_not_hang(watch: Watch) -> None:
    run = paced(watch, 0.5, mode="cpu,dp=2", hang_limit_s=0.5)
    after(run, 3.2)
    assert not run.of(RankFailed)
    assert len(run.steps()) == 2


def test_the_pace_is_told_recorded_and_kept_when_the_run_recovers(watch: Watch, tmp_path: Path) -> None:
    run = watch(make_spec("digits-mlp", **SMALL), directory=tmp_path / "run")
    run.session.keep_pace(50.0)
    run.session.run_until(20)
    run.status("paused")
    run.session.break_rank(0)
    run.until(lambda m: isinstance(m, RankFailed))
    run.session.run_until(25)
    run.until(lambda m: isinstance(m, StatusChanged) and m.status == "paused" and m.step == 25)
    run.session.keep_pace(None)
    run.until(lambda m: isinstance(m, Paced) and m.steps_per_s is None)
    run.session.close()
    told = [m for m in read_record(tmp_path / "run").events if isinstance(m, Paced | RunStarted)]
    assert [m.steps_per_s if isinstance(m, Paced) else "begun" for m in told][-3:] == ["begun", 50.0, None]
    assert told[-1].step == 25


def test_a_pace_that_cannot_be_is_refused(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    for steps_per_s in (0.0, -1.0, 1e9, float("nan")):
        with pytest.raises(RequestError, match=r"0\.1 to 10,000"):
            run.session.keep_pace(steps_per_s)
