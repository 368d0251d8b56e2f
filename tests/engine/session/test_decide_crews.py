"""What a crew makes of what each of its ranks says, or does not say, over ranks that say what a test has them say."""

import os

import pytest

from engine.anatomy import RankAnatomy
from engine.config.mode_text import parse_mode
from engine.events.ranks import RankFailed, RankSilent, StepAnatomy
from engine.events.shift import Shifted, ShiftFailed
from engine.ipc.orders import Assign, Finish, Ping, TakeSnapshot
from engine.ipc.reports import Anatomy, Finished, HandedOver, Planned, Pong, Saving, SnapshotTaken
from engine.ipc.sizes import ModelSizes
from engine.session.rank_process import Exited
from tests.scripted import ORIGIN_S, ScriptedRanks
from tests.stage import ONE, THREE, TWO, Set, Stage, gathering, loading, shift_to

SIZES = ModelSizes(
    number_bytes=4,
    weight_bytes=1,
    trained_bytes=1,
    sample_bytes=1,
    layers=((1, 1), (1, 1)),
    slice_samples=1,
    flops_per_unit=1.0,
)


def assigned(crew: ScriptedRanks) -> list[Assign]:
    """What told each of them who it is."""
    return [process.told[0] for process in crew.processes if isinstance(process.told[0], Assign)]


def answer(run: Stage, crew: ScriptedRanks) -> None:
    """All of them have computed, and answer."""
    for process in crew.processes:
        process.computed_s = run.now_s
        process.say(Pong(clock_s=run.clock.now_s))


def test_what_the_first_crew_finds_of_the_model_is_told_to_those_after_it(stage: Set) -> None:
    run = stage(mode=ONE)
    first = run.begin()
    first.processes[0].say(Planned(needed_bytes=1, free_bytes=2, sizes=SIZES))
    run.turn()
    assert assigned(first)[0].sizes is None
    _, second = loading(run)
    assert [assign.sizes for assign in assigned(second)] == [SIZES, SIZES]
    second.have_loaded(5)
    run.turn()
    second.make(run.clock, 5)
    run.turn()
    _, third = shift_to(run, THREE)
    assert [assign.sizes for assign in assigned(third)] == [SIZES] * 3


def test_a_seam_is_counted_from_the_rank_that_was_last(stage: Set) -> None:
    run = stage(mode=TWO)
    run.begin()
    old, new = gathering(run, ONE)
    asked_s = run.now_s
    for process, after_s in zip(old.processes, (0.3, 0.2), strict=True):
        process.say(HandedOver(step=5, orders=process.orders_at_hand_over, at_s=run.clock.now_s + after_s, problem=""))
    run.turn(0.3)
    new.have_loaded(5)
    run.turn(0.1)
    new.make(run.clock, 5)
    run.turn()
    (shifted,) = run.of(Shifted)
    assert shifted.split.gather_s == pytest.approx(0.3)
    assert shifted.seconds == pytest.approx(run.now_s - 0.01 - asked_s)


def test_a_pause_before_a_shift_is_no_part_of_its_seam_and_a_step_in_its_gathering_is_not_either(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, new = gathering(run)
    run.turn(0.5)
    old.make(run.clock, 5, 3)
    run.turn()
    ended_s = run.now_s
    run.turn(0.25)
    old.have_handed_over(8, run.clock)
    run.turn()
    new.have_loaded(8, 0.1, 0.2)
    run.turn(0.2)
    begun_s = run.now_s
    new.make(run.clock, 8)
    run.turn()
    (shifted,) = run.of(Shifted)
    assert shifted.seconds == pytest.approx(begun_s - ended_s)
    assert (shifted.split.gather_s, shifted.split.load_s) == (pytest.approx(0.25), pytest.approx(0.1))


def test_a_step_taken_apart_is_told_whole_and_clocks_are_asked_for_until_they_are_known(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    pings = crew.told.count(Ping())

    def taken_apart(step: int) -> None:
        for process in crew.processes:
            part = RankAnatomy(rank=process.rank, begin_s=run.clock.now_s, seconds=0.01, spans=(), traffic=())
            process.say(Anatomy(step=step, anatomy=part))

    taken_apart(4)
    run.turn()
    (anatomy,) = run.of(StepAnatomy)
    assert (anatomy.step, anatomy.at_s) == (4, pytest.approx(run.now_s))
    assert [part.begin_s for part in anatomy.ranks] == [pytest.approx(run.now_s)] * 2
    assert crew.told.count(Ping()) == pings + 1
    taken_apart(5)
    run.turn()
    assert crew.told.count(Ping()) == pings + 1  # one is under way
    answer(run, crew)
    run.turn(1e-5)
    taken_apart(6)
    run.turn()
    assert crew.told.count(Ping()) == pings + 1  # they are known well enough
    crew.processes[0].say(Saving(step=5, saved_bytes=1, total_bytes=2))
    run.turn()
    assert crew.told.count(Ping()) == pings + 1


def test_weights_that_come_from_far_are_written_where_the_evaluator_looks(stage: Set) -> None:
    run = stage(mode=ONE, is_evaluated=True)
    crew = run.begin()
    (memory,) = set(run.starter.snapshots)
    assert memory is not None
    assert os.fstat(memory.descriptor).st_size == 0
    number = crew.last(TakeSnapshot).number
    crew.far = b"weights"
    crew.processes[0].say(SnapshotTaken(number=number, step=0, seconds=0.0))
    run.turn()
    assert os.pread(memory.descriptor, 99, 0) == b"weights"


# Signs of life -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps_per_s", [0.1, None])
def test_a_crew_that_keeps_a_pace_is_waited_for_longer(stage: Set, steps_per_s: float | None) -> None:
    run = stage(mode=ONE, hang_limit_s=5.0)
    crew = run.begin()
    run.run.crews.keep_pace(0.2)
    run.run.crews.keep_pace(steps_per_s)
    run.wait_s(14.5 if steps_per_s else 6.5)
    assert not run.of(RankFailed)
    run.wait_s(3.0 if steps_per_s else 1.0)
    assert len(run.of(RankFailed)) == 1
    again = stage(mode=ONE, hang_limit_s=5.0)
    again.run.crews.keep_pace(steps_per_s)
    crew = again.begin()
    assert crew.told
    again.wait_s(14.5 if steps_per_s else 6.5)
    assert not again.of(RankFailed)


def test_ranks_that_answer_and_compute_are_slow_and_no_more(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    for _ in range(60):
        answer(run, crew)
        run.turn(0.5)
    assert not run.of(RankFailed)
    assert not run.of(RankSilent)
    for process in crew.processes:
        process.computed_s = 30.0
    for _ in range(30):
        for process in crew.processes:
            process.say(Pong(clock_s=0.0))
        run.turn(0.5)
    (failed,) = run.of(RankFailed)
    assert "wait for each other" in failed.reason


def test_silence_is_told_and_its_end_and_can_be_cut_short(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    one, other = crew.processes
    begun_s = run.now_s
    while not run.of(RankSilent):
        one.say(Pong(clock_s=0.0))
        run.turn(0.5)
    (silent,) = run.of(RankSilent)
    assert silent.at_s - begun_s == pytest.approx(3.0, abs=0.6)
    assert silent == RankSilent(at_s=run.now_s, rank=1, pid=1, seconds=3.0, is_silent=True, is_next=False)
    other.say(Pong(clock_s=0.0))
    run.turn()
    assert run.of(RankSilent)[-1] == RankSilent(
        at_s=run.now_s, rank=1, pid=1, seconds=0.0, is_silent=False, is_next=False
    )
    run.run.crews.end_silent()
    run.turn()
    assert not run.of(RankFailed)
    while len(run.of(RankSilent)) < 3:
        one.say(Pong(clock_s=0.0))
        run.turn(0.5)
    run.run.crews.end_silent()
    run.turn()
    (failed,) = run.of(RankFailed)
    assert failed.reason.startswith("Rank 1 (process 1) had given no sign of life for 3 s or more and was ended.")
    run.run.crews.end_silent()  # there is nobody


def test_a_next_crew_that_is_silent_can_be_ended_too(stage: Set) -> None:
    run = stage(mode=ONE)
    run.begin()
    old, _ = shift_to(run)
    while not run.of(RankSilent):
        old.make(run.clock, run.run.step)
        run.turn(0.5)
    assert all(silent.is_next for silent in run.of(RankSilent))
    run.run.crews.end_silent()
    run.turn()
    assert "no sign of life" in run.of(ShiftFailed)[0].reason
    assert not run.of(RankFailed)


# Its end -------------------------------------------------------------------------------------------------------------


def test_a_crew_that_ends_has_ended_when_all_of_it_has_and_how_is_no_matter(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    run.run.finish()
    one, other = crew.processes
    one.say(Finished(step=5))
    one.say(Exited(exit_status=-6, stderr="a library aborts, for its peer has closed its connection"))
    run.turn(1.0)
    assert run.said[-1][0] == "finishing"
    other.say(Finished(step=5))
    other.say(Exited(exit_status=0, stderr=""))
    run.turn()
    assert run.said[-1][0] == "finished"
    assert not run.of(RankFailed)


def test_one_that_ends_without_having_done_what_it_was_asked_to_has_failed(stage: Set) -> None:
    run = stage(mode=TWO)
    crew = run.begin()
    run.run.finish()
    assert isinstance(crew.told[-1], Finish)
    crew.processes[1].say(Exited(exit_status=0, stderr=""))
    run.turn()
    run.turn(0.5)
    assert run.of(RankFailed)[0].rank == 1


def test_a_crew_that_ends_has_half_a_minute_from_its_last_sign_of_saving(stage: Set) -> None:
    run = stage(mode=ONE, hang_limit_s=100.0)
    crew = run.begin()
    crew.processes[0].say(Saving(step=5, saved_bytes=1, total_bytes=2))  # it is asked to end later
    run.turn()
    assert not run.run.crews.crew.is_finishing  # type: ignore[union-attr]
    run.turn(20.0)
    run.run.finish()
    for seconds in (29.0, 29.5):
        run.turn(seconds)
        crew.processes[0].say(Saving(step=5, saved_bytes=1, total_bytes=2))
        run.turn()
    run.turn(29.5)
    assert not run.of(RankFailed)
    run.turn(1.0)
    assert "did not end within 30 s" in run.of(RankFailed)[0].reason
    assert run.of(RankFailed)[0].at_s == pytest.approx(run.clock.now_s - ORIGIN_S)
    assert parse_mode(ONE) == run.run.mode


def test_a_crew_that_saves_is_well_though_its_disk_is_slow_and_it_does_not_compute(stage: Set) -> None:
    run = stage(mode=ONE)
    (rank,) = run.begin().processes
    rank.computed_s = 1.0
    run.run.finish()
    for turn in range(60):
        if turn % 10 == 0:
            rank.say(Saving(step=5, saved_bytes=turn, total_bytes=60))
        rank.say(Pong(clock_s=0.0))
        run.turn(0.5)
    assert not run.of(RankFailed)
