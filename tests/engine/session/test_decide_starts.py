"""The start of a run, over ranks that say what a test has them say: what it is told, and how it is given up."""

from engine.config.mode_text import parse_mode
from engine.events.run import Notice, SegmentStarted
from engine.events.shift import ShiftCancelled
from engine.ipc.orders import Assign, Begin, Change, GoOn, Pause
from engine.record.states import state_name
from tests.scripted import FREE_BYTES, ORIGIN_S, save_state
from tests.stage import ONE, THREE, TWO, Set, starting


def test_a_start_assigns_every_rank_and_begins(stage: Set) -> None:
    run = stage(mode=TWO)
    assert run.run.is_at_rest
    assert not run.run.is_computing
    crew = starting(run)
    assert run.run.is_shifting
    assert not run.run.is_at_rest
    for process in crew.processes:
        (assign,) = process.told
        assert isinstance(assign, Assign)
        assert (assign.rank, assign.mode, assign.spec) == (process.rank, parse_mode(TWO), run.spec)
        assert (assign.free_bytes, assign.is_looked_at, assign.origin_s) == (FREE_BYTES, False, ORIGIN_S)
        assert assign.sizes is None
    assert run.said == [("starting", f"preparing {parse_mode(TWO).name}: 0 of 2 ranks ready")]
    crew.are_ready()
    run.turn()
    assert crew.told == [Begin(state="", is_handed_over=False, until=None, paused=False, steps_per_s=None)]
    assert [rank for rank, _ in crew.log] == [0, 1, 1, 0]  # orders reach rank 0 last
    crew.have_loaded(0)
    run.turn()
    assert not run.run.is_computing
    crew.make(run.clock, 0, 3)
    run.turn()
    assert run.run.is_computing
    assert not run.run.is_shifting
    assert run.said[-1] == ("running", "")
    assert run.steps == [0, 1, 2]
    assert run.run.step == 3
    (segment,) = run.of(SegmentStarted)
    assert (segment.segment, segment.step, segment.mode) == (0, 0, TWO)
    assert [info.rank for info in segment.ranks] == [0, 1]


def test_a_run_that_resumes_numbers_its_segments_on(stage: Set) -> None:
    run = stage(mode=ONE, next_segment=4, resume_step=7)
    assert run.run.step == 7
    run.run.run_until(9)
    run.crew.are_ready()
    run.turn()
    assert run.crew.last(Begin).until == 9
    run.crew.have_loaded(7)
    run.turn()
    run.crew.make(run.clock, 7)
    run.turn()
    assert run.of(SegmentStarted)[0].segment == 4


def test_changes_made_before_there_are_ranks_are_for_the_first_ones(stage: Set) -> None:
    run = stage(mode=ONE)
    run.run.change(0.5, None)
    run.run.change(None, 16)
    crew = run.begin()
    assert crew.told[:2] == [
        Change(lr=0.5, batch_size=16),
        Begin(state="", is_handed_over=False, until=None, paused=False),
    ]
    crew.die()
    run.turn()
    again = run.begin()
    assert not any(isinstance(order, Change) for order in again.told)


def test_without_changes_none_is_told(stage: Set) -> None:
    run = stage(mode=ONE)
    assert not any(isinstance(order, Change) for order in run.begin().told)


def test_a_mode_chosen_before_the_start_is_the_one_it_starts_in(stage: Set) -> None:
    run = stage(mode=ONE)
    run.run.shift_to(parse_mode(THREE), run.now_s)
    assert run.said == [("paused", f"will compute as {parse_mode(THREE).words}")]
    assert run.starter.crews == []
    assert len(starting(run).processes) == 3


def test_another_mode_chosen_during_the_start_starts_in_that(stage: Set) -> None:
    run = stage(mode=ONE)
    first = starting(run)
    run.run.change(0.5, None)
    run.run.shift_to(parse_mode(TWO), run.now_s)
    assert first.is_closed
    assert run.run.mode.text == TWO
    (cancelled,) = run.of(ShiftCancelled)
    assert (cancelled.mode, cancelled.to_mode) == ("", ONE)
    assert run.crew.told == [Change(lr=0.5, batch_size=None)]
    run.run.shift_to(parse_mode(TWO), run.now_s)
    assert len(run.starter.crews) == 2


def test_a_start_that_is_cancelled_can_be_made_again(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = starting(run)
    run.run.make_steps(3)
    run.run.change(0.5, None)
    run.run.cancel_shift()
    assert crew.is_closed
    assert run.said[-1] == ("paused", "")
    assert run.run.is_at_rest
    assert not run.run._pace.is_playing
    run.run.play()
    assert run.crew is not crew
    assert run.crew.told == [Change(lr=0.5, batch_size=None)]
    run.crew.are_ready()
    run.turn()
    assert run.crew.last(Begin).until is None
    run.crew.have_loaded(0)
    run.turn()
    run.crew.make(run.clock, 0)
    run.turn()
    run.pause(run.crew)
    assert run.said[-1] == ("paused", "")
    assert not run.run.is_at_rest


def test_a_start_for_which_there_is_no_room_can_be_tried_again(stage: Set) -> None:
    run = stage(mode=ONE)
    run.starter.refusal = RuntimeError("can't start new thread")
    run.run.play()
    (notice,) = run.of(Notice)
    assert notice.level == "error"
    assert "can't start new thread" in notice.text
    assert run.said[-1] == ("failed", notice.text)
    assert run.run.is_at_rest
    assert not run.run._pace.is_playing
    run.starter.refusal = None
    run.begin()
    assert run.steps == list(range(5))


def test_a_pause_during_the_start_holds_before_the_first_step(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = starting(run)
    run.run.pause()
    assert crew.told == [Pause()]
    crew.are_ready()
    run.turn()
    assert crew.last(Begin).paused
    crew.have_loaded(0)
    run.turn()
    assert run.said[-1] == ("paused", "")
    assert run.run.is_computing
    run.run.play()
    assert run.said[-1] == ("running", "")
    assert crew.told[-1] == GoOn(until=None)


def test_where_nothing_is_under_way_there_is_nothing_to_cancel(stage: Set) -> None:
    run = stage(mode=ONE)
    run.run.cancel_shift()
    assert run.said == []
    run.starter.refusal = OSError(12, "Cannot allocate memory")
    run.run.play()
    run.run.cancel_shift()
    assert run.said[-1][0] == "failed"


def test_a_run_that_has_computed_or_was_told_to_goes_on_from_its_last_state(stage: Set) -> None:
    run = stage(mode=ONE)
    crew = run.begin()
    save_state(run.directory, 3)
    crew.die()
    run.turn()
    assert run.begin().last(Begin).state == str(run.directory / state_name(3))
    other = stage(mode=ONE)
    save_state(other.directory, 3)
    other.run.restart_from(3)
    assert other.begin().last(Begin).state == str(other.directory / state_name(3))
    assert other.steps == [3, 4, 5, 6, 7]
