"""Whom a run waits for during a shift, and how long, over ranks that say what a test has them say."""

from typing import Any

import pytest

from engine.events.ranks import RankFailed, RankSilent
from engine.events.shift import Shifted, ShiftFailed
from engine.ipc.orders import GoOn, Ping
from engine.ipc.reports import Pong
from tests.scripted import STEP_S
from tests.stage import ONE, THREE, Set, first_step, gathering, loading, shift_to


def test_a_new_crew_that_does_not_come_up_is_given_up(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = shift_to(run)
    for second in range(1, 30):
        old.make(run.clock, 4 + second)
        new.processes[0].say(Pong(clock_s=0.0))  # that one answers is no progress
        run.turn(1.0 - STEP_S)
        if run.of(ShiftFailed):
            break
    assert second in (12, 13)  # the limit is ten, and two for an answer
    assert "Rank 1 (process 101) has not answered for 2 s" in run.of(ShiftFailed)[0].reason
    assert not run.of(RankFailed)
    silent = run.of(RankSilent)[0]
    assert (silent.rank, silent.pid, silent.is_silent, silent.is_next) == (1, 101, True, True)


def test_a_report_of_any_other_kind_is_progress(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = shift_to(run, THREE)
    for process in new.processes[:2]:
        for _ in range(9):
            old.make(run.clock, run.run.step)
            run.turn(1.0)
        process.be_ready()
        run.turn()
    assert not any(isinstance(order, Ping) and run.of(ShiftFailed) for order in new.told)
    assert run.run.is_shifting


def test_a_new_crew_that_is_ready_may_wait_for_its_turn(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = gathering(run)
    old.processes[0].computed_s = 0.0
    told = len(new.told)
    for _ in range(30):  # the old crew is in a very long step, and answers
        old.processes[0].computed_s += 1.0
        old.processes[0].say(Pong(clock_s=0.0))
        run.turn(1.0)
    assert new.told[told:] == []
    assert run.run.is_shifting
    assert not run.of(RankFailed)


@pytest.mark.parametrize("reach", [loading, first_step])
def test_a_new_crew_that_does_not_take_over_is_given_up(stage: Set, reach: Any) -> None:
    run = stage(mode=ONE)
    run.begin()
    run.turn(8.0)
    old, _ = reach(run)
    begun_s, told = run.now_s, len(old.told)
    while not run.of(ShiftFailed):
        run.turn(0.5)
        assert run.now_s - begun_s < 20.0
    assert run.now_s - begun_s == pytest.approx(12.0, abs=0.6)
    assert old.told[told:] == [GoOn(until=None)]  # it held, and owed nothing
    assert run.said[-1] == ("running", "")
    run.wait_s(11.0)  # and is given its time again
    assert not run.of(RankFailed)


def test_a_new_crew_is_given_its_time_to_load_and_after_its_first_step(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = gathering(run)
    run.turn(9.0)
    old.have_handed_over(5, run.clock)
    run.turn()
    run.wait_s(9.0)
    assert run.run.is_shifting
    new.have_loaded(5)
    run.turn()
    run.wait_s(9.0)
    new.make(run.clock, 5)
    run.turn()
    assert len(run.of(Shifted)) == 1
    run.wait_s(9.5)
    assert not run.of(RankFailed)
    run.wait_s(3.0)
    assert len(run.of(RankFailed)) == 1


def test_an_old_crew_that_goes_on_is_given_its_time_anew(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    gathering(run)
    run.wait_s(9.0)  # in a long step
    run.run.cancel_shift()
    run.wait_s(9.0)
    assert not run.of(RankFailed)


def test_an_old_crew_is_given_its_time_to_hand_over(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = shift_to(run)
    run.turn(9.5)  # in a long step
    new.are_ready()
    run.turn()
    run.wait_s(9.5)
    assert not any(isinstance(order, Ping) for order in old.told) or not run.of(RankFailed)
    run.wait_s(3.0)
    (failed,) = run.of(RankFailed)
    assert "has not answered" in failed.reason


def test_a_crew_that_pauses_owes_nothing_and_has_its_time_when_it_is_told_to_go_on(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.turn(9.0)
    run.run.run_until(50)
    run.wait_s(9.0)
    assert not run.of(RankFailed)
    run.pause(crew)
    told = len(crew.told)
    run.wait_s(30.0)
    assert Ping() not in crew.told[told:]
    run.run.play()
    run.wait_s(9.5)
    assert not run.of(RankFailed)
    run.wait_s(3.0)
    assert len(run.of(RankFailed)) == 1


def test_a_crew_that_pauses_and_does_not_hand_over_is_found(stage: Set) -> None:
    run = stage(mode=ONE)
    run.pause(run.begin())
    _, new = gathering(run)
    run.wait_s(11.5)
    assert not run.of(RankFailed)
    run.wait_s(1.0)
    assert len(run.of(RankFailed)) == 1
    assert new.is_closed


def test_a_crew_that_pauses_and_does_not_end_is_found_and_has_its_time(stage: Set) -> None:
    run = stage(mode=ONE)
    run.pause(run.begin())
    run.wait_s(60.0)
    run.run.finish()
    run.wait_s(11.5)
    assert not run.of(RankFailed)
    run.wait_s(1.0)
    assert len(run.of(RankFailed)) == 1
