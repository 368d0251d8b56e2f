"""A shift, phase by phase, over ranks that say what a test has them say: when it moves on, and how it ends."""

from pathlib import Path
from typing import Any

import pytest

from engine.config.mode_text import parse_mode
from engine.events.run import Notice, SegmentStarted, StatusChanged
from engine.events.shift import Preparing, Shifted
from engine.ipc.orders import Begin, Change, GoOn, HandOver, KeepPace, SlowDown
from engine.ipc.reports import Loaded
from engine.record.states import state_name
from engine.rows import StepBatch
from engine.session import shift as shift_module
from tests.scripted import STEP_S, save_state
from tests.stage import ONE, REACH, TWO, Set, Stage, first_step, gathering, loading, shift_to


def test_a_shift_goes_through_its_phases_and_says_what_each_took(stage: Set) -> None:
    run = stage(mode=ONE)
    old = run.begin()
    asked_s = run.now_s
    _, new = shift_to(run)
    assert run.of(Preparing)[-1:] == [Preparing(at_s=asked_s, step=5, mode=TWO)]
    assert new.after is old
    assert run.said[-1] == ("shifting", f"preparing {parse_mode(TWO).name}: 0 of 2 ranks ready")
    first, second = new.processes
    first.be_ready()
    run.turn(1.0)
    assert "1 of 2 ranks ready" in run.said[-1][1]
    assert not any(isinstance(order, HandOver) for order in old.told)
    old.make(run.clock, 5, 2)
    second.be_ready()
    run.turn(0.5)
    ready_s = run.now_s
    assert run.said[-1] == ("shifting", f"shifting to {parse_mode(TWO).name}: gathering the state")
    assert old.told[-1:] == [HandOver()]
    assert new.told == []
    assert new.taken_over is None
    run.turn(0.25)
    old.have_handed_over(7, run.clock)
    handed_s = run.now_s
    run.turn()
    assert run.said[-1] == ("shifting", f"shifting to {parse_mode(TWO).name}: loading the state")
    assert new.taken_over is old
    assert new.told == [Begin(state="", is_handed_over=True, until=None, paused=False, steps_per_s=None)]
    assert run.run.step == 7
    new.processes[0].say(Loaded(step=7, seconds=0.1))
    run.turn(0.1)
    assert "loading" in run.said[-1][1]
    new.processes[1].say(Loaded(step=7, seconds=0.15))
    run.turn(0.05)
    assert run.said[-1] == ("shifting", f"shifting to {parse_mode(TWO).name}: first step")
    assert run.run.mode.text == ONE
    run.turn(0.02)
    begun_s = run.now_s
    new.make(run.clock, 7)
    run.turn()
    assert run.said[-1] == ("running", "")
    assert run.run.mode.text == TWO
    assert not run.run.is_shifting
    assert old.is_closed
    assert not new.is_closed
    (shifted,) = run.of(Shifted)
    assert (shifted.from_mode, shifted.to_mode, shifted.step, shifted.segment) == (ONE, TWO, 7, 1)
    assert shifted.requested_s == pytest.approx(asked_s)
    assert shifted.split.prepare_s == pytest.approx(ready_s - asked_s)
    last_end_s = ready_s  # it made no step after it was asked to hand over
    assert shifted.split.gather_s == pytest.approx(handed_s - last_end_s)
    assert shifted.split.load_s == pytest.approx(0.1)
    assert shifted.seconds == pytest.approx(begun_s - last_end_s)
    assert shifted.split.first_step_s == pytest.approx(STEP_S)
    segment = run.of(SegmentStarted)[-1]
    assert (segment.segment, segment.step, segment.mode) == (1, 7, TWO)
    assert segment.at_s == pytest.approx(begun_s)
    assert run.steps == list(range(8))


def test_a_shift_made_in_a_pause_holds_before_its_first_step(stage: Set) -> None:
    run = stage(mode=ONE)
    old = run.begin()
    run.pause(old)
    old, new = loading(run)
    assert new.last(Begin).paused
    new.have_loaded(5)
    paused_s = run.now_s + 0.3
    run.turn(0.3)
    assert run.said[-1] == ("paused", "")
    assert run.run.mode.text == TWO
    assert old.is_closed
    (shifted,) = run.of(Shifted)
    assert shifted.split.first_step_s is None
    assert run.of(SegmentStarted)[-1].at_s == pytest.approx(paused_s)
    assert run.run._pace.is_paused
    run.run.make_steps(2)
    assert new.told[-1] == GoOn(until=7)


def test_what_is_asked_for_during_a_shift_reaches_whoever_takes_orders(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = shift_to(run)
    run.run.change(0.5, None)
    assert (old.told[-1], new.told) == (Change(lr=0.5, batch_size=None), [])
    new.are_ready()
    run.turn()
    told = len(old.told)
    run.run.change(0.25, None)
    run.run.change(None, 16)
    assert new.told == [Change(lr=0.25, batch_size=None), Change(lr=None, batch_size=16)]
    assert len(old.told) == told
    slow = SlowDown(rank=0, phase="compute", factor=2.0, delay_s=0.0)
    run.run.slow_down(slow)
    assert new.told[-1] == slow
    run.run.cancel_shift()
    assert old.told[told:] == [Change(lr=0.25, batch_size=16), GoOn(until=None)]


@pytest.mark.parametrize("reach", REACH)
def test_a_pace_set_during_a_shift_is_kept_by_both_crews(stage: Set, reach: Any) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = reach(run)
    run.run.crews.keep_pace(3.0)
    assert old.told[-1] == KeepPace(steps_per_s=3.0)
    if reach in (shift_to, gathering):
        assert new.told == []
        if reach is shift_to:
            new.are_ready()
            run.turn()
        old.have_handed_over(5, run.clock)
        run.turn()
        assert new.last(Begin).steps_per_s == 3.0
    else:
        assert new.told[-1] == KeepPace(steps_per_s=3.0)


def test_where_the_old_crew_stands_is_where_the_new_one_begins(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, _ = gathering(run)
    old.make(run.clock, 5, 2)
    old.have_handed_over(7, run.clock)
    run.turn()
    assert run.of(StatusChanged)[-1].step == 7


def test_of_several_first_steps_the_first_begins_the_segment(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    _, new = first_step(run)
    begun_s = run.now_s
    new.make(run.clock, 5, 4)
    for process in new.processes:
        process.rows[-1]["end_s"][-1] += 0.3  # the last of them takes longer
    run.turn()
    assert run.of(SegmentStarted)[-1].at_s == pytest.approx(begun_s)
    assert run.of(Shifted)[0].split.first_step_s == pytest.approx(STEP_S)


def with_states(run: Stage, *steps: int) -> Stage:
    """The run's directory has these states."""
    for step in steps:
        save_state(run.directory, step)
    return run


def test_only_a_run_that_resumes_takes_up_a_saved_state(stage: Set) -> None:
    fresh = with_states(stage(mode=ONE), 3)
    assert fresh.begin().last(Begin).state == ""
    run = with_states(stage(mode=ONE, resume_step=5), 3, 5)
    assert run.begin().last(Begin).state == str(run.directory / state_name(5))
    _, new = first_step(run)
    begin = new.last(Begin)
    assert (begin.state, begin.is_handed_over) == ("", True)


def test_a_state_that_cannot_be_read_leaves_no_ranks(stage: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    def last_state(directory: Path) -> None:
        raise OSError(24, f"no descriptor for {directory.name}")

    monkeypatch.setattr(shift_module, "last_state", last_state)
    run = stage(mode=ONE, resume_step=5)
    run.run.play()
    assert run.crew.is_closed
    assert "no descriptor" in run.of(Notice)[0].text
    assert run.said[-1][0] == "failed"


def test_steps_of_the_old_crew_are_told_before_the_new_one_begins_however_fast_it_loads(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = gathering(run)
    run.run.pause()
    old.make(run.clock, 5, 2)
    old.have_handed_over(7, run.clock)
    new.have_loaded(7)
    run.turn()
    assert run.steps == list(range(7))
    last = max(number for number, message in enumerate(run.messages) if isinstance(message, StepBatch))
    assert any(isinstance(message, SegmentStarted) for message in run.messages[last:])
    assert old.is_closed
