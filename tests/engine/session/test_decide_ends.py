"""How a run ends, and what becomes of a crew that fails, over ranks that say what a test has them say."""

import pytest
from msgspec.structs import replace

from engine.config.mode_text import parse_mode
from engine.events.ranks import RankFailed
from engine.events.run import Notice, RankBroken, RunFinished, SegmentStarted
from engine.ipc.orders import Finish, Look, SlowDown, TakeSnapshot
from engine.ipc.reports import (
    Applied,
    Finished,
    Pong,
    Saving,
    Slowed,
    SnapshotTaken,
)
from engine.session.look_pace import LookPace
from engine.session.rank_process import Exited
from tests.stage import ONE, TWO, Set, loading, looked, saved, starting, trained_a_little


def test_a_run_ends_in_good_order_and_nothing_is_asked_of_it_any_more(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    run.run.finish()
    assert crew.told[-1] == Finish(snapshot=None)
    assert run.said[-1] == ("finishing", "last validation and state")
    told = len(crew.told)
    run.run.finish()
    run.run.play()
    run.run.shift_to(parse_mode(ONE), run.now_s)
    run.run.cancel_shift()
    assert len(crew.told) == told
    assert len(run.starter.crews) == 1
    crew.make(run.clock, 5)
    one = crew.processes[0]
    one.say(Exited(exit_status=0, stderr=""))
    crew.have_finished(6)
    run.turn()
    run.turn()
    (finished,) = run.of(RunFinished)
    assert (finished.step, finished.is_complete) == (6, False)
    assert run.steps == list(range(6))
    assert run.said[-1] == ("finished", "")
    assert not run.run.is_at_rest
    run.run.play()
    assert len(run.starter.crews) == 1


def test_a_run_that_is_stopped_while_it_starts_is_finished(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = starting(run)
    run.run.finish()
    assert crew.is_closed
    assert run.said[-1] == ("finished", "")
    assert not run.of(RunFinished)
    run.run.cancel_shift()
    run.run.shift_to(parse_mode(TWO), run.now_s)
    assert run.said[-1] == ("finished", "")


def test_a_stop_during_a_shift_gives_it_up(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    run.run.shift_to(parse_mode(TWO), run.now_s)
    new = run.crew
    run.run.finish()
    assert new.is_closed
    assert not crew.is_closed
    assert crew.told[-1] == Finish(snapshot=None)


def test_an_end_has_its_time_and_saving_is_progress(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    run.run.finish()

    def all_answer() -> None:
        for process in crew.processes:
            process.computed_s = run.now_s
            process.say(Pong(clock_s=0.0))

    for _ in range(20):
        all_answer()
        run.turn(1.0)
    crew.processes[0].say(Saving(step=5, saved_bytes=1, total_bytes=2))
    run.turn()
    for _ in range(30):
        all_answer()
        run.turn(1.0)
    assert not run.of(RankFailed)
    crew.processes[0].say(Finished(step=5))
    crew.processes[0].say(Exited(exit_status=0, stderr=""))
    all_answer()
    run.turn(1.0)
    (failed,) = run.of(RankFailed)
    assert failed.reason.startswith("Rank 1 (process 1) did not end within 30 s.")


def test_an_abort_ends_everything(stage: Set) -> None:
    run = stage(mode=ONE, is_evaluated=True)
    crew = run.begin()
    run.run.shift_to(parse_mode(TWO), run.now_s)
    run.turn()
    (evaluator,) = run.starter.evaluators
    rests = run.starter.rests
    run.run.abort()
    assert crew.is_closed
    assert run.crew.is_closed
    assert evaluator.is_closed
    assert run.starter.rests == rests + 1
    assert run.run.crews.are_none
    assert run.run.usages() == []


# A crew that fails ---------------------------------------------------------------------------------------------------


SLOW = SlowDown(rank=1, phase="backward", factor=4.0, delay_s=0.0)
FAST = SlowDown(rank=0, phase="compute", factor=1.0, delay_s=0.0)


@pytest.mark.parametrize(("orders", "told"), [((SLOW,), 1), ((SLOW, FAST), 0), ((), 0)])
@pytest.mark.parametrize("way", ["failure", "shift", "slow in the next"])
def test_that_a_slowdown_has_ended_with_its_ranks_is_told_once_other_ranks_compute(
    stage: Set, orders: tuple[SlowDown, ...], told: int, way: str
) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    for order in orders if way != "slow in the next" else ():
        crew.processes[1].say(Slowed(step=5, order=order))
        run.turn()
    if way == "failure":
        crew.processes[1].say(Exited(exit_status=-9, stderr=""))
        run.turn()
        run.turn(0.5)
        assert run.of(RankFailed)
        run.run.restart_from(0)
        run.begin(steps=2)
    else:
        _, new = loading(run, ONE)
        for order in orders if way == "slow in the next" else ():
            new.processes[0].say(Slowed(step=5, order=order))
        new.have_loaded(run.run.step)
        run.turn()
        new.make(run.clock, run.run.step, 2)
        run.turn()
    assert run.of(SegmentStarted)[-1].segment == 1
    said = [notice.text for notice in run.of(Notice) if "The slowdown has ended with its ranks" in notice.text]
    assert len(said) == (0 if way == "slow in the next" else told)


def test_a_crew_that_fails_is_ended_and_played_again_it_goes_on_from_its_state(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    run.run.make_steps(50)
    crew.make(run.clock, 5)
    crew.processes[1].say(Exited(exit_status=-9, stderr=""))
    run.turn()
    run.turn(0.3)
    assert not run.of(RankFailed)  # its peers may tell more
    run.turn(0.2)
    (failed,) = run.of(RankFailed)
    assert (failed.rank, failed.pid, failed.signal, failed.resume_step) == (1, 1, "SIGKILL", 0)
    assert run.steps == list(range(6))  # what was made is told
    assert crew.is_closed
    assert run.said[-1][0] == "failed"
    assert run.run.is_at_rest
    assert run.run._pace.then_steps == 0
    run.run.restart_from(0)
    assert run.run.step == 0
    assert run.run.crews.resumes
    run.begin(steps=2)
    assert run.steps == [*range(6), 0, 1]
    assert run.of(SegmentStarted)[-1].segment == 1


def test_what_a_crew_says_that_is_gone_is_not_heard(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    crew.die()
    run.turn()
    messages = len(run.messages)
    crew.processes[0].say(saved(5))
    crew.processes[0].say(Applied(step=9, lr=9.0, batch_size=9))
    run.turn()
    assert len(run.messages) == messages
    assert run.run.crews.heard(crew.processes[0], saved(5)) is None


@pytest.mark.parametrize("how", ["kill", "freeze", "exception"])
def test_a_rank_that_is_broken_on_purpose_is_told_so(stage: Set, how: str) -> None:
    run = stage(mode=TWO)
    run.run.break_rank(0, how)
    crew = run.begin()
    for rank in (-1, 2):
        run.run.break_rank(rank, how)
    assert not run.of(Notice)
    run.run.break_rank(1, how)
    one, other = crew.processes
    assert one.done_to == []
    if how == "exception":
        assert crew.told[-1] == SlowDown(rank=1, phase="raise", factor=2.0, delay_s=0.0)
        assert not run.of(Notice)
    else:
        assert other.done_to == [how]
        (notice,) = run.of(RankBroken)
        assert notice.level == "warning"
        assert notice.text.startswith("ON PURPOSE: rank 1 is")
        assert (notice.rank, notice.how) == (1, how)
    run.run.break_rank(0, how)
    assert crew.told[-1] == SlowDown(rank=0, phase="raise", factor=2.0, delay_s=0.0) or one.done_to == [how]
    crew.die(status=-9)
    run.turn()
    assert run.of(RankFailed)[0].reason.startswith("ON PURPOSE: Rank 0 (process 0) ")


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_the_last_look_is_waited_for_but_not_for_ever(stage: Set, is_looked_at: bool) -> None:
    run, crew, evaluator = trained_a_little(stage)
    run.turn()
    run.run.finish()
    number = crew.last(Finish).snapshot
    assert number is not None
    crew.processes[0].say(SnapshotTaken(number=number, step=5, seconds=0.0))
    crew.have_finished(5)
    run.turn()
    assert run.said[-1] == ("finishing", "last validation")
    run.turn(9.0)
    assert run.said[-1] == ("finishing", "last validation")
    if is_looked_at:
        evaluator.processes[0].say(looked(number, 5))
        run.turn()
        assert run.of(RunFinished)[0].validation_loss == 1.0
        assert not run.of(Notice)
    else:
        run.turn(1.5)
        assert run.of(RunFinished)[0].validation_loss == 1.0  # that of the look before
        assert "did not look at the last weights within 10 s" in run.of(Notice)[0].text
    assert run.said[-1] == ("finished", "")
    assert evaluator.is_closed


def test_validation_that_was_left_out_while_it_trained_is_made_up_for_where_it_stands(stage: Set) -> None:
    run, crew, evaluator = trained_a_little(stage)
    run.run.evaluation._pace = LookPace("text-attention")  # a text has a clock of its own there

    def look_again(step: int) -> tuple[int, Look]:
        """The next snapshot is copied: its number, and the look that is made at it."""
        run.turn(2.0)
        number = crew.last(TakeSnapshot).number
        crew.processes[0].say(SnapshotTaken(number=number, step=step, seconds=0.0))
        run.turn()
        return number, [order for order in evaluator.processes[0].told if isinstance(order, Look)][-1]

    number, look = look_again(5)
    assert (look.number, look.writes, look.validates) == (number, True, True)
    evaluator.processes[0].say(replace(looked(number, 5), work_s=1.0, writing_s=0.1))
    run.turn()
    crew.make(run.clock, 5, 3)
    number, look = look_again(8)
    assert (look.number, look.writes, look.validates) == (number, True, False)
    evaluator.processes[0].say(replace(looked(number, 8), units=0, work_s=0.1, writing_s=0.1))
    run.turn()
    run.pause(crew)
    again, look = look_again(8)
    assert again > number
    assert (look.number, look.validates) == (again, True)
    evaluator.processes[0].say(looked(again, 8))
    run.turn(20.0)
    assert crew.last(TakeSnapshot).number == again


@pytest.mark.parametrize("held_back", [1, 2])
def test_what_was_validated_on_a_part_is_validated_on_all_at_the_end(stage: Set, held_back: int) -> None:
    run, crew, evaluator = trained_a_little(stage)
    run.turn(2.0)
    run.pause(crew)
    number = crew.last(TakeSnapshot).number
    crew.processes[0].say(SnapshotTaken(number=number, step=5, seconds=0.0))
    run.turn()
    evaluator.processes[0].say(replace(looked(number, 5), held_back=held_back))
    run.turn()
    run.run.finish()
    assert (crew.last(Finish).snapshot is None) == (held_back == 1)
