"""What a run tells of itself, and when it is looked at, over ranks that say what a test has them say."""

from msgspec.structs import replace

from engine.config.mode_text import parse_mode
from engine.events.evaluator import EvaluatorChanged
from engine.events.run import Changed, Paced, RunFinished
from engine.ipc.orders import Ask, Begin, Finish, TakeSnapshot, Try
from engine.ipc.reports import (
    Applied,
    PaceKept,
)
from engine.pictures import Line
from tests.scripted import ScriptedRanks
from tests.stage import ONE, TWO, Set, evaluated, look, starting, trained_a_little


def test_a_pace_is_told_where_no_rank_can_tell_it(stage: Set) -> None:
    run = stage(mode=ONE)
    run.run.crews.keep_pace(2.0)
    assert not run.of(Paced)  # it is told as the record is opened
    run.outbox.open_record(run.directory, run.spec, resume=False)
    run.run.crews.keep_pace(3.0)
    assert [m.steps_per_s for m in run.of(Paced)] == [3.0]
    crew = run.begin()
    assert crew.last(Begin).steps_per_s == 3.0
    run.run.crews.keep_pace(4.0)
    assert len(run.of(Paced)) == 1  # rank 0 will tell
    crew.die()
    run.turn()
    run.run.crews.keep_pace(None)
    assert [m.steps_per_s for m in run.of(Paced)] == [3.0, None]


def test_a_pace_that_was_given_up_as_its_rank_died_is_told_again_when_it_is_kept_again(stage: Set) -> None:
    run = stage(mode=ONE)
    run.run.crews.keep_pace(5.0)
    run.outbox.open_record(run.directory, run.spec, resume=False)
    run.run.crews.tell_pace(anew=True)
    run.begin()
    run.run.crews.keep_pace(None)  # which no rank lives to tell
    run.run.crews.tell_pace(anew=True)  # as when it goes on
    run.crew.processes[0].say(PaceKept(step=9, steps_per_s=5.0))
    run.turn()
    assert [m.steps_per_s for m in run.of(Paced)] == [5.0, 5.0]


def test_what_ranks_change_is_told_once(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    known = Applied(step=0, lr=run.spec.lr, batch_size=run.spec.batch_size)
    crew.processes[0].say(known)
    run.turn()
    assert not run.of(Changed)
    crew.processes[0].say(Applied(step=5, lr=0.5, batch_size=32))
    crew.processes[0].say(Applied(step=6, lr=0.5, batch_size=32))
    run.turn()
    assert [m.step for m in run.of(Changed)] == [5]
    again = stage(mode=ONE, resume_step=3)
    again.begin().processes[0].say(known)
    again.turn()
    assert len(again.of(Changed)) == 1


def test_processes_are_named_by_whose_they_are(stage: Set) -> None:
    run = stage(mode=TWO, is_evaluated=True)
    starting(run)
    assert [usage.label for usage in run.run.usages()] == ["next rank 0", "next rank 1", "evaluator"]
    run.crew.are_ready()
    run.turn()
    run.crew.have_loaded(0)
    run.turn()
    run.crew.make(run.clock, 0)
    run.turn()
    run.run.shift_to(parse_mode(ONE), run.now_s)
    assert [usage.label for usage in run.run.usages()] == ["rank 0", "rank 1", "next rank 0", "evaluator"]


def snapshots(crew: ScriptedRanks) -> int:
    """How often it was told to copy its weights."""
    return sum(isinstance(order, TakeSnapshot) for order in crew.told)


def test_a_fresh_model_is_looked_at_before_its_first_step_and_one_that_resumes_is_not(stage: Set) -> None:
    run, _ = evaluated(stage)
    assert run.crew.processes[0].told[0].is_looked_at  # type: ignore[union-attr]
    run.crew.are_ready()
    run.turn()
    assert [type(order) for order in run.crew.told] == [TakeSnapshot, Begin]
    later, _ = evaluated(stage, resume_step=3)
    later.crew.are_ready()
    later.turn()
    assert [type(order) for order in later.crew.told] == [Begin]


def test_weights_are_copied_while_a_crew_trains_and_not_when_it_hands_over_or_ends(stage: Set) -> None:
    run, evaluator = evaluated(stage)
    crew = run.crew
    crew.are_ready()
    run.turn()
    crew.have_loaded(0)
    run.turn()
    crew.make(run.clock, 0)
    run.turn()
    look(run, crew, evaluator, 0)
    run.run.shift_to(parse_mode(TWO), run.now_s)
    run.turn(20.0)
    assert snapshots(crew) == 2  # it is only prepared
    look(run, crew, evaluator, 1)
    crew.make(run.clock, 1)
    run.crew.are_ready()
    run.turn()
    run.turn(9.0)
    assert snapshots(crew) == 2
    run.run.cancel_shift()
    run.turn(1.0)
    assert snapshots(crew) == 3
    look(run, crew, evaluator, 2)
    crew.make(run.clock, 2)
    run.run.finish()
    assert isinstance(crew.told[-1], Finish)
    assert crew.told[-1].snapshot is not None
    run.turn(9.0)
    assert snapshots(crew) == 3


def test_an_evaluator_can_be_switched_off_and_on_and_is_asked(stage: Set) -> None:
    run, evaluator = evaluated(stage)
    run.crew.are_ready()
    run.turn()
    look(run, run.crew, evaluator, 0)
    run.run.evaluation.ask(Ask(number=4, samples=(1, 2)))
    assert [getattr(order, "number", None) for order in evaluator.processes[0].told][-1:] == [4]
    run.run.evaluate(on=False)
    assert evaluator.is_closed
    assert [m.is_on for m in run.of(EvaluatorChanged)] == [False]
    run.run.evaluate(on=True)
    run.turn()
    assert len(run.starter.evaluators) == 2


def test_a_question_asked_after_a_start_was_given_up_waits_for_no_copy(stage: Set) -> None:
    run, evaluator = evaluated(stage)
    run.crew.are_ready()
    run.turn()
    assert snapshots(run.crew) == 1
    run.run.cancel_shift()
    run.run.evaluation.ask(Ask(number=4, samples=(1,)))
    assert getattr(evaluator.processes[0].told[-1], "number", None) == 4


def test_what_is_tried_in_training_does_not_wait_for_the_step_after_which_weights_are_copied(stage: Set) -> None:
    run, crew, evaluator = trained_a_little(stage)
    run.turn(9.0)
    told = evaluator.processes[0].told
    asked, tried = Ask(number=4, samples=(1,)), Try(number=5, name="continue", given=Line(text="To be"))
    run.run.evaluation.ask(asked)
    run.run.evaluation.ask(tried)
    assert [order for order in told if isinstance(order, Ask | Try)] == [tried]
    run.pause(crew)
    run.run.evaluation.ask(again := replace(tried, number=6))  # by the weights at which it stands: they come at once
    assert [order for order in told if isinstance(order, Ask | Try)] == [tried]
    look(run, crew, evaluator, 5)
    assert [order for order in told if isinstance(order, Ask | Try)] == [tried, asked, again]


def test_what_was_found_of_steps_that_are_made_again_is_no_result(stage: Set) -> None:
    run, crew, evaluator = trained_a_little(stage)
    run.turn()
    run.turn(9.0)
    look(run, crew, evaluator, 5)
    crew.die()
    run.turn()
    run.run.restart_from(2)
    run.run.finish()
    (finished,) = run.of(RunFinished)
    assert finished.validation_loss is None
