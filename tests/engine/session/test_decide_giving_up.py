"""A shift that is given up, or fails, in each of its phases, over ranks that say what a test has them say."""

from typing import Any

import pytest

from engine.config.mode_text import parse_mode
from engine.events.ranks import RankFailed
from engine.events.shift import Preparing, ShiftCancelled, ShiftFailed
from engine.ipc.orders import Begin, GoOn, Pause, Ping
from engine.ipc.reports import Crashed, HandedOver
from engine.session.rank_process import Exited
from tests.stage import ONE, REACH, TWO, Set, first_step, gathering, loading, shift_to


@pytest.mark.parametrize("is_paused", [False, True])
@pytest.mark.parametrize("reach", REACH)
def test_a_shift_that_is_cancelled_leaves_the_old_crew_as_it_was(stage: Set, reach: Any, is_paused: bool) -> None:
    if is_paused and reach is first_step:
        pytest.skip("a shift made while paused makes no first step")
    run = stage(mode=ONE)
    old = run.begin()
    if is_paused:
        run.pause(old)
    asked_s = run.now_s
    run.run.shift_to(parse_mode(TWO), asked_s)
    run.run.cancel_shift()
    (cancelled,) = run.of(ShiftCancelled)
    assert old.told[-1] != GoOn(until=None)  # it was not asked for its state: there is nothing to tell it
    old, new = reach(run)
    told, rests = len(old.told), run.starter.rests
    run.turn(2.0)
    run.messages.clear()
    run.run.cancel_shift()
    assert new.is_closed
    assert run.starter.rests == rests + 1
    assert not run.run.is_shifting
    (cancelled,) = run.of(ShiftCancelled)
    assert (cancelled.mode, cancelled.to_mode) == (ONE, TWO)
    assert cancelled.seconds == pytest.approx(2.0)
    assert run.of(Preparing) == [Preparing(at_s=run.now_s, step=5, mode=TWO, is_over=True)]
    since = [order for order in old.told[told:] if not isinstance(order, Ping)]
    assert since == ([] if reach is shift_to else [Pause()] if is_paused else [GoOn(until=None)])
    assert run.said[-1] == ("paused" if is_paused else "running", "")
    assert not run.of(ShiftFailed)
    run.messages.clear()
    run.run.cancel_shift()
    assert run.messages == []
    if not is_paused:
        old.make(run.clock, 5)
        run.turn()
        assert run.steps == [5]


def test_a_run_that_was_played_while_its_state_was_gathered_goes_on_when_the_shift_is_given_up(stage: Set) -> None:
    run = stage(mode=ONE)
    old = run.begin()
    run.pause(old)
    old, new = gathering(run)
    run.run.run_until(9)
    assert new.told[-1] == GoOn(until=9)
    run.run.cancel_shift()
    assert old.told[-1] == GoOn(until=9)
    assert run.said[-1] == ("running", "")
    old.make(run.clock, 5, 4)
    old.have_paused(9)
    run.turn()
    assert run.said[-1] == ("paused", "")


@pytest.mark.parametrize("reach", REACH)
def test_a_new_crew_that_dies_gives_the_run_back(stage: Set, reach: Any) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = reach(run)
    told = len(old.told)
    new.die()
    run.turn()
    (failed,) = run.of(ShiftFailed)
    assert (failed.mode, failed.to_mode) == (ONE, TWO)
    assert failed.reason == (
        "Rank 0 (process 100) was ended by SIGKILL (from outside, or by the system for lack of memory). "
        f"The run goes on as before: {parse_mode(ONE).words}."
    )
    assert "Rank 1 (process 101) was ended by SIGKILL" in failed.details
    assert new.is_closed
    assert run.said[-1] == ("running", "")
    assert old.told[told:] == ([] if reach is shift_to else [GoOn(until=None)])
    assert not run.of(RankFailed)
    old.make(run.clock, 5)
    run.turn()
    assert run.steps == list(range(6))


def test_a_state_that_cannot_be_handed_over_is_no_end_of_the_run(stage: Set) -> None:
    run = stage(mode=TWO)
    run.begin()
    old, new = gathering(run, ONE)
    one, other = old.processes
    one.say(HandedOver(step=5, orders=one.orders, at_s=run.clock.now_s, problem="There is no room."))
    run.turn()
    (failed,) = run.of(ShiftFailed)
    assert failed.reason == f"There is no room. The run goes on as before: {parse_mode(TWO).words}."
    assert new.is_closed
    assert old.told[-1] == GoOn(until=None)
    other.say(HandedOver(step=5, orders=other.orders - 1, at_s=run.clock.now_s, problem=""))
    run.turn()
    old, new = gathering(run, ONE)  # what was answered to the first one is no answer to the second
    run.turn()
    assert new.told == []
    one.say(HandedOver(step=5, orders=one.orders - 2, at_s=run.clock.now_s, problem=""))  # nor one that comes late
    other.say(HandedOver(step=5, orders=other.orders, at_s=run.clock.now_s, problem=""))
    run.turn()
    assert new.told == []
    one.say(HandedOver(step=5, orders=one.orders, at_s=run.clock.now_s, problem=""))
    run.turn()
    assert [type(order) for order in new.told] == [Begin]


@pytest.mark.parametrize("reach", [loading, first_step])
def test_with_both_crews_dead_the_run_fails(stage: Set, reach: Any) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = reach(run)
    old.processes[0].say(Exited(exit_status=-9, stderr=""))
    run.turn(1.0)
    assert run.run.is_shifting  # it is not needed any more
    run.run.cancel_shift()
    assert not run.of(ShiftCancelled)
    new.die()
    run.turn()
    (failed,) = run.of(RankFailed)
    assert failed.reason.startswith("Rank 0 (process 100) was ended by SIGKILL")
    assert run.said[-1][0] == "failed"
    assert old.is_closed
    assert new.is_closed
    assert run.run.mode.text == ONE
    assert run.run.is_at_rest


@pytest.mark.parametrize("reach", [shift_to, gathering])
def test_an_old_crew_that_dies_before_it_has_handed_over_fails_the_run(stage: Set, reach: Any) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = reach(run)
    old.die()
    run.turn()
    (failed,) = run.of(RankFailed)
    assert failed.rank == 0
    assert failed.pid == 0
    assert new.is_closed
    assert run.run.mode.text == TWO  # where it was going to
    assert run.said[-1][0] == "failed"


def test_of_a_new_crew_one_rank_that_dies_is_waited_for_a_moment(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    _, new = shift_to(run)
    new.processes[1].say(Crashed(step=-1, reason="ValueError: no", details="Traceback"))
    run.turn()
    assert run.run.is_shifting
    run.turn(0.5)
    assert not run.run.is_shifting
    (failed,) = run.of(ShiftFailed)
    assert failed.reason.startswith("Rank 1 (process 101) raised an error while it was set up: ValueError: no")
