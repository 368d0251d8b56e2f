"""What a lost rank cost: steps that are made again, when ranks computed again, and when they were as far as before."""

from collections import Counter

import pytest

from engine.events.ranks import RankFailed, SlowedDown
from engine.events.run import RankBroken, RunStarted, StatusChanged
from gui.model.run_view import RunView
from gui.model.setbacks import SHOWN_S, THEN_S
from tests.messages import batch, begin


def broken(step: int, rank: int = 1) -> RankBroken:
    return RankBroken(at_s=4.0, level="warning", text="", step=step, rank=rank, how="kill")


def failed(rank: int = 1, next_step: int | None = None) -> RankFailed:
    why = {"exit_status": -9, "signal": "SIGKILL", "reason": "", "details": "", "resume_step": 300}
    return RankFailed(at_s=4.5, rank=rank, pid=1, next_step=next_step, **why)


def started(step: int, at_s: float) -> RunStarted:
    return RunStarted(at_s=at_s, spec="", step=step, started_unix_s=0.0, directory="d")


def broken_run() -> RunView:
    """400 steps of 10 ms, of which 300 are saved; a rank was ended after them, and "Go on" pressed 5 s later."""
    run = RunView("r", Counter())
    run.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 400), broken(400), failed()])
    run.feed([StatusChanged(at_s=4.5, status="failed", step=400), started(300, 9.5)])
    return run


def test_what_was_lost_is_made_again_and_when_it_is_that_is_known() -> None:
    run = broken_run()
    (lost,) = run.setbacks
    assert (lost.step, lost.reached, lost.steps, lost.rank, lost.is_on_purpose) == (300, 400, 100, 1, True)
    assert (lost.at_s, lost.samples, lost.goes_on_s) == (pytest.approx(3.0), 3000.0, 9.5)
    assert run.setbacks.told(9.5) is None, "nothing is told before ranks compute again"
    before = run._versions["segments"]
    run.feed([begin(1, 300, 10.5), batch(300, 20, segment=1, at_s=10.5)])
    assert run._versions["segments"] > before
    assert run.setbacks[-1].began_s == pytest.approx(10.5)
    assert run.setbacks.told(run.at_s) is run.setbacks[-1]
    before = run._versions["segments"]
    run.feed([batch(320, 50, segment=1, at_s=10.7)])
    assert (run.setbacks[-1].end, run._versions["segments"]) == (None, before), "the ribbon is not put together anew"
    run.feed([batch(370, 200, segment=1, at_s=11.2)])
    end = run.setbacks[-1].end
    assert end is not None
    assert (end.step, end.at_s, end.samples) == (400, pytest.approx(11.5), 4000.0)


def test_it_is_told_for_a_while_after_ranks_compute_again_and_after_it_is_made_up_for() -> None:
    run = broken_run()
    run.feed([begin(1, 300, 10.5), batch(300, 99, segment=1, at_s=10.5)])
    assert run.setbacks.told(10.5 + 10 * SHOWN_S) is not None, "it is not made up for"
    run.feed([batch(399, 1, segment=1, at_s=10.49 + SHOWN_S)])
    assert run.setbacks[-1].end.at_s == pytest.approx(10.5 + SHOWN_S)
    assert run.setbacks.told(10.4 + SHOWN_S + THEN_S) is not None
    assert run.setbacks.told(10.6 + SHOWN_S + THEN_S) is None
    soon = broken_run()
    soon.feed([begin(1, 300, 10.5), batch(300, 200, segment=1, at_s=10.5)])
    assert soon.setbacks.told(10.4 + SHOWN_S) is not None
    assert soon.setbacks.told(10.6 + SHOWN_S) is None


def test_a_record_which_has_the_lost_steps_no_more_tells_the_same() -> None:
    run = RunView("r", Counter())
    run.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 300), failed(next_step=400), started(300, 9.5)])
    assert [(lost.steps, lost.is_on_purpose) for lost in run.setbacks] == [(100, False)]
    older = RunView("r", Counter())
    older.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 300), broken(390), failed(), started(300, 9.5)])
    assert [lost.steps for lost in older.setbacks] == [90], "as many as are known of"


@pytest.mark.parametrize(("how", "is_on_purpose"), [(broken(400, rank=0), False), (None, False)])
def test_only_the_rank_that_was_broken_was_lost_on_purpose(how: RankBroken | None, is_on_purpose: bool) -> None:
    run = RunView("r", Counter())
    run.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 400), *([how] if how else []), failed(), started(300, 9.5)])
    assert [lost.is_on_purpose for lost in run.setbacks] == [is_on_purpose]


def test_a_rank_that_was_made_to_raise_was_lost_on_purpose_too() -> None:
    run = RunView("r", Counter())
    raised = SlowedDown(at_s=4.0, step=400, rank=1, phase="raise", factor=1.0, delay_s=0.0)
    run.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 400), raised, failed(), started(300, 9.5)])
    assert [lost.is_on_purpose for lost in run.setbacks] == [True]


def test_a_run_that_only_goes_on_lost_nothing_and_going_back_forgets_what_came_later() -> None:
    run = RunView("r", Counter())
    run.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 400), started(400, 9.5)])
    assert run.setbacks == []
    run = broken_run()
    run.feed([begin(1, 300, 10.5), batch(300, 200, segment=1, at_s=10.5), started(300, 20.0)])
    assert run.setbacks == []
    run = broken_run()
    run.feed([begin(1, 300, 10.5), batch(300, 200, segment=1, at_s=10.5), started(301, 20.0)])
    assert len(run.setbacks) == 1


def test_a_state_of_the_last_step_leaves_nothing_to_be_made_again() -> None:
    run = RunView("r", Counter())
    run.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 400), broken(400), failed(), started(400, 9.5)])
    run.feed([begin(1, 400, 10.5), batch(400, 20, segment=1, at_s=10.5)])
    (lost,) = run.setbacks
    assert lost.steps == 0
    assert lost.end is not None
    assert (lost.end.step, lost.end.at_s) == (400, pytest.approx(10.51))


def test_what_fails_before_its_first_step_has_lost_none() -> None:
    run = RunView("r", Counter())
    run.feed([started(0, 0.0), failed(), started(0, 9.5)])
    assert run.setbacks == []
