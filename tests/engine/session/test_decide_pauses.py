"""A run goes on, stands, and is saved while it stands, over ranks that say what a test has them say."""

import math

import pytest

from engine.config.mode_text import parse_mode
from engine.events.run import Diverged, RunFinished, StatusChanged
from engine.ipc.orders import Begin, Finish, GoOn, Pause, Save
from engine.ipc.reports import Applied, Paused
from engine.rows import StepBatch
from tests.scripted import ScriptedRanks
from tests.stage import ONE, TWO, Set, Stage, saved, starting


def test_a_pause_is_one_when_all_ranks_are_in_it(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    run.run.pause()
    assert crew.told[-1] == Pause()
    one, other = crew.processes
    crew.make(run.clock, 5, 2)
    one.say(Paused(step=7, orders=one.orders, diverged=False))
    run.turn()
    assert run.said[-1] == ("running", "")
    other.say(Paused(step=7, orders=other.orders, diverged=False))
    run.turn()
    assert run.said[-1] == ("paused", "")
    assert run.steps == list(range(7))
    kinds = [type(message) for message in run.messages]
    assert len(kinds) - 1 - kinds[::-1].index(StatusChanged) > max(
        i for i, kind in enumerate(kinds) if kind is StepBatch
    )
    assert run.run.step == 7
    run.run.run_until(9)
    assert crew.told[-1] == GoOn(until=9)
    assert run.said[-1] == ("running", "")
    one.say(Paused(step=7, orders=one.orders - 1, diverged=False))  # they had not heard yet that they go on
    other.say(Paused(step=7, orders=other.orders - 1, diverged=False))
    run.turn()
    assert run.said[-1] == ("running", "")
    one.say(Paused(step=9, orders=one.orders, diverged=False))
    run.turn()
    assert run.said[-1] == ("running", "")
    crew.make(run.clock, 7, 2)
    other.say(Paused(step=9, orders=other.orders, diverged=False))
    run.turn()
    assert run.said[-1] == ("paused", "")
    assert run.run.step == 9


def test_what_was_made_before_a_pause_is_told_before_it(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.run.pause()
    crew.make(run.clock, 5, 2)
    crew.have_paused(7)
    run.turn()
    assert [type(message) for message in run.messages[-2:]] == [StepBatch, StatusChanged]
    assert run.said[-1] == ("paused", "")


def test_steps_asked_for_while_it_runs_add_up_and_are_made_after_the_pause(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.run.make_steps(2)
    run.run.make_steps(3)
    assert crew.told[-2:] == [Pause(), Pause()]
    crew.have_paused(6)
    run.turn()
    assert crew.told[-1] == GoOn(until=11)
    assert run.said[-1] == ("running", "")
    crew.have_paused(11)
    run.turn()
    assert run.said[-1] == ("paused", "")
    assert crew.told[-1] == GoOn(until=11)
    run.run.make_steps(4)
    assert crew.told[-1] == GoOn(until=15)


@pytest.mark.parametrize("verb", ["play", "run_until"])
def test_who_asks_to_go_on_wants_no_steps_any_more(stage: Set, verb: str) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.run.make_steps(2)
    run.run.play() if verb == "play" else run.run.run_until(30)
    until = None if verb == "play" else 30
    assert crew.told[-1] == GoOn(until=until)
    crew.have_paused(30)
    run.turn()
    assert run.said[-1] == ("paused", "")
    assert crew.told[-1] == GoOn(until=until)


def test_steps_asked_for_during_the_start_add_up(stage: Set) -> None:
    run = stage(mode=ONE)
    run.run.make_steps(2)
    run.run.make_steps(3)
    run.crew.are_ready()
    run.turn()
    assert run.crew.last(Begin).until == 5
    run = stage(mode=ONE)
    run.run.play()
    run.run.make_steps(3)
    run.crew.are_ready()
    run.turn()
    assert run.crew.last(Begin).until == 3


def test_a_run_of_so_many_steps_ends_when_they_are_made(stage: Set) -> None:
    run = stage(mode=ONE, steps=8)
    crew = run.begin()
    assert crew.last(Begin).until == 8
    crew.make(run.clock, 5, 3)
    crew.have_paused(8)
    run.turn()
    assert run.said[-1] == ("finishing", "last validation and state")
    assert crew.told[-1] == Finish(snapshot=None)
    crew.have_finished(8)
    run.turn()
    (finished,) = run.of(RunFinished)
    assert (finished.step, finished.is_complete) == (8, True)
    assert run.said[-1] == ("finished", "")
    assert crew.is_closed
    assert not run.run.is_at_rest


def test_a_loss_that_is_no_number_pauses_and_says_so(stage: Set) -> None:
    run = stage(mode=ONE, steps=8)
    crew = run.begin()
    crew.make(run.clock, 5, 3, share=math.nan)
    run.turn()
    (diverged,) = run.of(Diverged)
    assert diverged.step == 5
    assert crew.told[-1] == Pause()
    crew.have_paused(8, diverged=True)
    run.turn()
    assert run.said[-1] == ("paused", "the loss is no longer a number")  # though all its steps are made
    run.wait_s(5.0)
    assert not any(isinstance(order, Save) for order in crew.told)  # there is nothing worth keeping
    run.run.play()
    assert not run.run._ledger.has_diverged


def test_a_rank_that_pauses_for_its_loss_is_believed(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    crew.have_paused(5, diverged=True)
    run.turn()
    assert run.said[-1] == ("paused", "the loss is no longer a number")


def test_what_is_said_in_a_pause_is_no_new_pause(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.pause(crew)
    run.turn(1.5)
    crew.processes[0].say(Applied(step=5, lr=0.5, batch_size=32))
    run.turn()
    run.turn(1.0)
    assert crew.told[-1] == Save()


# Saving in a pause ---------------------------------------------------------------------------------------------------


def test_a_pause_that_lasts_is_saved_once_if_there_is_something_new(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.wait_s(4.0)
    assert not any(isinstance(order, Save) for order in crew.told)
    run.pause(crew)
    run.turn(2.0)
    assert crew.told[-1] != Save()
    run.turn(0.1)
    assert crew.told[-1] == Save()
    run.wait_s(4.0)
    assert crew.told.count(Save()) == 1
    crew.processes[0].say(saved(5))
    run.turn()
    run.run.make_steps(1)
    crew.make(run.clock, 5)
    crew.have_paused(6)
    run.turn()
    run.turn(2.1)
    assert crew.told.count(Save()) == 2
    crew.processes[0].say(saved(6))
    run.turn()
    run.run.make_steps(1)
    crew.make(run.clock, 6)
    crew.processes[0].say(saved(7))
    crew.have_paused(7)
    run.turn()
    run.wait_s(4.0)
    assert crew.told.count(Save()) == 2


def test_a_pause_during_a_shift_is_not_saved(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.pause(crew)
    run.run.shift_to(parse_mode(TWO), run.now_s)
    run.wait_s(4.0)
    assert not any(isinstance(order, Save) for order in crew.told)
    run.crew.are_ready()
    run.turn()
    crew.have_handed_over(5, run.clock)
    run.turn()
    run.crew.have_loaded(5)
    run.turn()
    new = run.crew
    run.turn(2.0)
    assert not any(isinstance(order, Save) for order in new.told)
    run.turn(0.1)
    assert new.told[-1] == Save()


def paused_after(run: Stage, steps: int) -> ScriptedRanks:
    """The crew that starts loads, makes its first steps without a word before, and pauses."""
    crew = run.crew
    crew.are_ready()
    run.turn()
    crew.have_loaded(0)
    run.turn()
    crew.make(run.clock, 0, steps)
    crew.processes[0].say(Paused(step=steps, orders=0, diverged=False))
    run.turn()
    return crew


def test_a_crew_may_pause_as_soon_as_it_has_made_its_first_step(stage: Set) -> None:
    run = stage(mode=ONE)
    run.run.run_until(1)
    crew = paused_after(run, 1)
    assert run.steps == [0]
    assert run.said[-1] == ("paused", "")
    assert run.run._pace.is_paused
    run.run.run_until(2)
    assert crew.told[-1] == GoOn(until=2)


def test_a_run_of_one_step_ends_as_soon_as_it_is_made(stage: Set) -> None:
    run = stage(mode=ONE, steps=1)
    run.run.play()
    crew = paused_after(run, 1)
    assert crew.told[-1] == Finish(snapshot=None)
    crew.have_finished(1)
    run.turn()
    assert run.steps == [0]
    assert run.of(RunFinished)[0].is_complete


def test_steps_asked_for_after_a_start_was_given_up_are_those_and_no_more(stage: Set) -> None:
    run = stage(mode=ONE)
    starting(run)
    run.run.cancel_shift()
    run.run.make_steps(2)
    crew = paused_after(run, 2)
    assert run.said[-1] == ("paused", "")
    assert not any(isinstance(order, GoOn) for order in crew.told)
