"""Another mode, asked for during a shift to one, over ranks that say what a test has them say."""

import math
from typing import Any

import pytest

from engine.config.mode_text import parse_mode
from engine.events.ranks import RankFailed
from engine.events.shift import Preparing, ShiftCancelled, Shifted, ShiftFailed
from engine.ipc.orders import Pause
from engine.session.rank_process import Exited
from tests.scripted import ScriptedRanks
from tests.stage import ONE, REACH, THREE, TWO, Set, Stage, first_step, loading


@pytest.mark.parametrize("reach", REACH)
def test_another_mode_asked_for_takes_the_place_of_a_shift(stage: Set, reach: Any) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = reach(run)
    run.run.shift_to(parse_mode(THREE), run.now_s)
    assert new.is_closed
    assert [m.to_mode for m in run.of(ShiftCancelled)] == [TWO]
    assert len(run.crew.processes) == 3
    assert run.crew.after is old
    assert run.run.crews.shift is not None
    assert run.run.crews.shift.mode.text == THREE
    assert run.run.mode.text == ONE
    assert run.said[-1][0] == "shifting"


@pytest.mark.parametrize("reach", REACH)
def test_the_mode_in_force_asked_for_ends_a_shift_and_its_own_mode_does_nothing(stage: Set, reach: Any) -> None:
    run = stage(mode=ONE)
    run.begin()
    _, new = reach(run)
    run.run.shift_to(parse_mode(TWO), run.now_s)
    assert not new.is_closed
    assert not run.of(ShiftCancelled)
    run.run.shift_to(parse_mode(ONE), run.now_s)
    assert new.is_closed
    assert run.crew is new
    assert not run.run.is_shifting
    assert run.said[-1] == ("running", "")
    run.run.shift_to(parse_mode(ONE), run.now_s)  # it is in force
    assert run.crew is new
    assert not run.run.is_shifting


def lonely(run: Stage) -> tuple[ScriptedRanks, ScriptedRanks]:
    """A shift from which there is no way back: the old crew has died while the new one loads."""
    old, new = loading(run)
    old.processes[0].say(Exited(exit_status=-9, stderr=""))
    run.turn(1.0)
    return old, new


def test_what_is_wished_where_there_is_no_way_back_is_done_after_it(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    _, new = lonely(run)
    asked_s = run.now_s
    run.run.shift_to(parse_mode(THREE), asked_s)
    assert not new.is_closed
    assert not run.of(ShiftCancelled)
    run.run.shift_to(parse_mode(TWO), run.now_s)  # it is taken back
    assert run.run.crews.wish is None
    run.run.shift_to(parse_mode(THREE), asked_s)
    new.have_loaded(5)
    run.turn(1.0)
    new.make(run.clock, 5)
    run.turn()
    assert [m.to_mode for m in run.of(Shifted)] == [TWO]
    shift = run.run.crews.shift
    assert shift is not None
    assert (shift.mode.text, shift.asked_s) == (THREE, asked_s)
    assert run.crew.after is new
    assert run.run.crews.wish is None


def test_a_wish_is_where_a_run_that_fails_goes_on(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    _, new = lonely(run)
    run.run.shift_to(parse_mode(THREE), run.now_s)
    new.die()
    run.turn()
    assert run.said[-1][0] == "failed"
    assert run.run.mode.text == run.of(RankFailed)[0].mode == THREE
    run.run.play()
    assert len(run.crew.processes) == 3


def test_a_mode_that_cannot_be_had_is_refused_and_nothing_else_happens(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    crews = len(run.starter.crews)
    run.run.shift_to(parse_mode("cpu,pp=64"), run.now_s)
    (failed,) = run.of(ShiftFailed)
    assert (failed.mode, failed.to_mode) == (ONE, "cpu,pp=64")
    assert len(run.starter.crews) == crews
    assert not run.run.is_shifting


def test_a_crew_for_which_there_is_no_room_leaves_the_run_as_it_was(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    run.starter.refusal = OSError(24, "Too many open files")
    run.run.shift_to(parse_mode(TWO), run.now_s)
    (failed,) = run.of(ShiftFailed)
    assert "Too many open files" in failed.reason
    assert not run.run.is_shifting
    assert not run.of(Preparing)
    assert run.said[-1] == ("running", "")


def test_a_loss_that_is_no_number_in_the_first_step_pauses_the_new_crew(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    _, new = first_step(run)
    new.make(run.clock, 5, share=math.nan)
    run.turn()
    assert new.told[-1] == Pause()
    assert len(run.of(Shifted)) == 1
