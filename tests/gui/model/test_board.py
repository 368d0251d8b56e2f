"""The board of modes: averages against numbers worked out by hand, the baseline, the order, and what clearing takes."""

import numpy as np
import pytest
from msgspec.structs import replace

from engine.anatomy import Held, LaneSpan, RankAnatomy, Traffic
from engine.events.ranks import SlowedDown, StepAnatomy
from engine.events.run import Paced, RunStarted, SegmentStarted
from engine.events.shift import Preparing
from engine.rows import PHASES, STEP_ROW, StepBatch
from gui.model.board import idle_s, left_out
from gui.model.intents import ChooseBaseline, ClearBoard, ShowWholeBoard, SortBoard
from gui.model.store import Store

ONE, TWO, DATA = "cpu,threads=1", "cpu,threads=2", "cpu,dp=2"
FORWARD, COMMUNICATE = PHASES.index("forward"), PHASES.index("communicate")


def visit(number: int, mode: str, first: int, at_s: float) -> SegmentStarted:
    return SegmentStarted(at_s=at_s, segment=number, step=first, mode=mode, words=mode, ranks=(), warmup_steps=3)


def steps(first: int, count: int, at_s: float, every_s: float, *, size: int = 64) -> StepBatch:
    """Steps that follow each other from `at_s` on."""
    rows = np.zeros(count, STEP_ROW)
    rows["step"], rows["samples"] = np.arange(first, first + count), size
    rows["at_s"], rows["seconds"] = at_s + every_s * (1 + np.arange(count)), every_s
    rows["loss"] = 1 / (1 + rows["step"])
    return StepBatch(rows)


def anatomy(step: int, segment: int, *, forward_s: float, sending_s: float) -> StepAnatomy:
    spans = (LaneSpan(FORWARD, -1, 0.0, forward_s), LaneSpan(COMMUNICATE, -1, forward_s, sending_s))
    sent = (Traffic(kind="all-reduce", ranks=(0, 1), count=2, payload_bytes=3 * 2**20),)
    held = Held(parameter_bytes=2**20, gradient_bytes=2**20, optimizer_bytes=2**21, activation_bytes=0)
    ranks = tuple(
        RankAnatomy(rank=r, begin_s=0.0, seconds=2 * (forward_s + sending_s), spans=spans, traffic=sent, held=held)
        for r in (0, 1)
    )
    return StepAnatomy(at_s=0.0, segment=segment, step=step, ranks=ranks, clock_offset_s=0, clock_error_s=0, skipped=0)


def three_modes() -> Store:
    """One thread at 20 ms, two threads at 10 ms, data parallel at 40 ms; 100 steps each, and one thread again."""
    store = Store()
    store.feed([visit(0, ONE, 0, 0.0), steps(0, 80, 0.0, 0.02)])
    store.feed([Preparing(at_s=1.6, step=80, mode=TWO), steps(80, 20, 1.6, 0.5)])
    store.feed([visit(1, TWO, 100, 20.0), steps(100, 100, 20.0, 0.01)])
    store.feed([visit(2, DATA, 200, 30.0), steps(200, 50, 30.0, 0.04), steps(250, 50, 100.0, 0.04)])  # a pause between
    for step in (210, 220, 230):
        store.feed([anatomy(step, 2, forward_s=0.015, sending_s=0.005)])
    store.feed([visit(3, ONE, 300, 200.0), steps(300, 103, 200.0, 0.03)])
    return store


@pytest.mark.parametrize("is_told_late", [False, True])
def test_what_was_measured_at_a_pace_stands_until_there_are_steps_at_full_speed(*, is_told_late: bool) -> None:
    store, slow = Store(), Paced(at_s=0.0, step=0, steps_per_s=10.0)
    store.feed(
        [visit(0, ONE, 0, 0.0), *((steps(0, 50, 0.0, 0.05), slow) if is_told_late else (slow, steps(0, 50, 0.0, 0.05)))]
    )
    (held,) = store.live.board.rows()
    assert (held.is_at_pace, held.steps, held.warm_up, held.at_pace) == (True, 47, 3, 0)
    assert held.step_s == pytest.approx(0.05)
    store.feed([visit(1, TWO, 50, 9.0), steps(50, 50, 9.0, 0.04)])
    store.feed([Paced(at_s=11.0, step=100, steps_per_s=None), steps(100, 50, 11.0, 0.01)])
    held, full = store.live.board.rows()
    assert (full.is_at_pace, full.steps, full.step_s) == (False, 50, pytest.approx(0.01))
    assert held.is_at_pace
    assert full.is_doubtful, "it is compared with what was measured at a pace"
    store.feed([visit(2, ONE, 150, 20.0), steps(150, 103, 20.0, 0.02)])
    one, full = store.live.board.rows()
    assert (one.is_at_pace, one.steps, one.step_s, one.visits) == (False, 100, pytest.approx(0.02), 2)
    assert not full.is_doubtful
    store.feed([Paced(at_s=30.0, step=253, steps_per_s=10.0), steps(253, 10, 30.0, 0.05)])
    one, _ = store.live.board.rows()
    assert (one.steps, one.at_pace, one.step_s) == (100, 10, pytest.approx(0.02))


@pytest.mark.parametrize("kept", [None, 10.0])
def test_a_run_that_goes_on_is_at_full_speed_unless_a_pace_is_told_anew(kept: float | None) -> None:
    store = Store()
    store.feed([visit(0, ONE, 0, 0.0), Paced(at_s=0.0, step=0, steps_per_s=10.0), steps(0, 50, 0.0, 0.05)])
    store.feed([RunStarted(at_s=9.0, spec="", step=50, started_unix_s=0.0, directory="")])
    if kept is not None:
        store.feed([Paced(at_s=9.0, step=50, steps_per_s=kept)])
    store.feed([visit(1, ONE, 50, 10.0), steps(50, 53, 10.0, 0.01)])
    (row,) = store.live.board.rows()
    mean_s = (47 * 0.05 + 50 * 0.01) / 97
    of_both = (row.is_at_pace, row.steps, row.visits, row.step_s)
    assert of_both == (kept is not None, 97 if kept else 50, 1, pytest.approx(mean_s if kept else 0.01))
    current = store.live.verdicts.current
    assert (current is not None and current.rule == "held") == (kept is not None)
    marks = [(at.step, mark.steps_per_s) for at, mark in store.live.paces.marks]
    assert (store.live.paces.now, marks) == (kept, [(0, 10.0)] if kept else [(0, 10.0), (50, None)])


def test_going_on_after_a_break_in_the_same_mode_is_no_other_visit() -> None:
    store = Store()

    def go_on(segment: int, mode: str, step: int, at_s: float) -> None:
        store.feed([RunStarted(at_s=at_s, spec="", step=step, started_unix_s=0.0, directory="")])
        store.feed([visit(segment, mode, step, at_s), steps(step, 50, at_s, 0.01)])

    store.feed([visit(0, ONE, 0, 0.0), steps(0, 50, 0.0, 0.01), visit(1, DATA, 50, 1.0), steps(50, 50, 1.0, 0.01)])
    go_on(2, DATA, 90, 2.0)
    assert [row.visits for row in store.live.board.rows()] == [1, 1]
    go_on(3, DATA, 140, 3.0)
    store.feed([visit(4, ONE, 190, 4.0), steps(190, 50, 4.0, 0.01)])
    assert [row.visits for row in store.live.board.rows()] == [2, 1]
    go_on(5, DATA, 240, 5.0)
    assert [row.visits for row in store.live.board.rows()] == [2, 2], "to go on in another mode is to shift"
    assert [row.last_visit for row in store.live.board.rows()] == [4, 5]


def test_averages_are_what_a_pencil_says() -> None:
    one, two, data = three_modes().live.board.rows()
    assert [row.name for row in (one, two, data)] == ["1 thread", "2 threads", "Data ×2"]
    assert (one.steps, one.warm_up, one.preparing, one.visits) == (77 + 100, 6, 20, 2)
    assert one.step_s == pytest.approx((77 * 0.02 + 100 * 0.03) / 177)
    assert one.units_per_s == pytest.approx(64 / one.step_s)
    assert two.step_s == pytest.approx(0.01)
    assert two.speed_up == pytest.approx(one.step_s / 0.01)
    assert data.step_s == pytest.approx(0.04)
    assert (one.speed_up, one.is_baseline, one.is_now, data.is_now) == (1.0, True, True, False)
    assert data.phase_s[FORWARD] == pytest.approx(0.015)
    assert data.phase_s[COMMUNICATE] == pytest.approx(0.005)
    assert idle_s(data) == pytest.approx(0.02)
    assert data.anatomies == 2  # the first one is cold
    assert data.sent_bytes == 3 * 2**20  # an all-reduce over two ranks: each sends its payload once
    assert data.held_bytes == 4 * 2**20
    assert (one.sent_bytes, one.anatomies, idle_s(one)) == (None, 0, 0.0)
    assert one.loss == pytest.approx(1 / 403)


def test_what_rounding_leaves_of_a_step_is_not_idle() -> None:
    row = replace(three_modes().live.board.rows()[2], step_s=0.8, phase_s=(0.7, 0.1))
    assert 0.7 + 0.1 < 0.8
    assert idle_s(row) == 0.0
    assert idle_s(replace(row, phase_s=(0.7, 0.09))) == pytest.approx(0.01)


def test_any_row_is_the_baseline_and_the_fastest_may_come_first() -> None:
    store = three_modes()
    version = store.versions["run"]
    store.change_board(ChooseBaseline(("Data ×2", 64, False)))
    rows = {row.name: row for row in store.live.board.rows()}
    assert store.versions["run"] > version
    assert rows["Data ×2"].is_baseline
    assert rows["2 threads"].speed_up == pytest.approx(4.0)
    store.change_board(SortBoard(by_speed=True))
    assert [row.name for row in store.live.board.rows()] == ["2 threads", "1 thread", "Data ×2"]
    store.change_board(SortBoard(by_speed=False))
    assert [row.name for row in store.live.board.rows()] == ["1 thread", "2 threads", "Data ×2"]


def test_the_mode_in_force_is_compared_as_in_its_row() -> None:
    store = three_modes()
    board = store.live.board
    assert board.beside_baseline() is None  # it is the baseline itself
    store.feed([visit(4, DATA, 403, 300.0), steps(403, 13, 300.0, 0.02)])
    for change in (SortBoard(by_speed=True), ChooseBaseline(("2 threads", 64, False))):
        store.change_board(change)
        now = next(row for row in board.rows() if row.is_now)
        (baseline,) = (row.name for row in board.rows() if row.is_baseline)
        assert board.beside_baseline() == (now, baseline)
        assert now.speed_up not in (None, 1.0)
    store.change_board(ClearBoard())
    assert board.beside_baseline() is None


def test_clearing_leaves_the_mode_in_force_and_a_visit_brings_a_row_back() -> None:
    store = three_modes()
    store.change_board(ChooseBaseline(("Data ×2", 64, False)))
    store.change_board(ClearBoard())
    (row,) = store.live.board.rows()
    assert (row.name, row.is_baseline, row.speed_up) == ("1 thread", True, 1.0)
    store.feed([visit(4, TWO, 403, 300.0), steps(403, 13, 300.0, 0.01)])
    assert [(row.name, row.visits) for row in store.live.board.rows()] == [("1 thread", 2), ("2 threads", 2)]
    assert store.live.board.cleared == 1
    store.change_board(ShowWholeBoard())
    assert store.live.board.cleared == 0
    assert [row.name for row in store.live.board.rows()] == ["1 thread", "2 threads", "Data ×2"]


def test_what_was_chosen_holds_for_the_run_told_again_from_its_beginning() -> None:
    store, again = three_modes(), Store()
    for wish in (ChooseBaseline(("Data ×2", 64, False)), SortBoard(by_speed=True), ClearBoard()):
        store.change_board(wish)
    again.live.board.look_like(store.live.board.choice)
    assert again.live.board.choice == store.live.board.choice
    again.feed([visit(0, ONE, 0, 0.0), steps(0, 100, 0.0, 0.02), visit(1, TWO, 100, 20.0), steps(100, 100, 20.0, 0.01)])
    assert [row.name for row in again.live.board.rows()] == ["2 threads", "1 thread"], "cleared, and in force"
    again.feed([visit(2, DATA, 200, 30.0), steps(200, 100, 30.0, 0.04), visit(3, ONE, 300, 200.0)])
    again.feed([steps(300, 103, 200.0, 0.03), visit(4, DATA, 403, 300.0), steps(403, 20, 300.0, 0.04)])
    assert [(row.name, row.is_baseline) for row in again.live.board.rows()] == [("1 thread", False), ("Data ×2", True)]


def test_other_batch_sizes_and_slowness_on_purpose_are_rows_of_their_own() -> None:
    store = Store()
    slow = SlowedDown(at_s=1.0, step=43, rank=0, phase="compute", factor=4.0, delay_s=0.0)
    store.feed([visit(0, ONE, 0, 0.0), steps(0, 23, 0.0, 0.02), steps(23, 20, 1.0, 0.03, size=128)])
    store.feed([slow, steps(43, 10, 2.0, 0.12, size=128)])
    rows = store.live.board.rows()
    assert [(row.batch_size, row.is_slowed_down, row.steps) for row in rows] == [
        (64, False, 20),
        (128, False, 20),
        (128, True, 10),
    ]
    assert [row.speed_up for row in rows] == pytest.approx([1.0, 1.0, 0.25]), "beside the first of its batch size"
    assert [row.is_baseline for row in rows] == [True, True, False]
    assert [row.is_now for row in rows] == [False, False, True]


def test_at_another_batch_size_the_runs_first_mode_is_the_baseline_once_it_was_visited_there() -> None:
    store = Store()
    store.feed([visit(0, ONE, 0, 0.0), steps(0, 23, 0.0, 0.02), visit(1, DATA, 23, 1.0), steps(23, 20, 1.0, 0.04)])
    store.feed([steps(43, 20, 2.0, 0.03, size=128)])
    assert [row.name for row in store.live.board.rows() if row.is_baseline] == ["1 thread", "Data ×2"]
    store.feed([visit(2, ONE, 63, 3.0), steps(63, 3, 3.0, 0.015, size=128)])
    assert [row.name for row in store.live.board.rows() if row.is_baseline] == ["1 thread", "Data ×2"], "no rate yet"
    store.feed([steps(66, 20, 4.0, 0.015, size=128)])
    assert [row.name for row in store.live.board.rows() if row.is_baseline] == ["1 thread", "1 thread"]
    data = next(row for row in store.live.board.rows() if row.name == "Data ×2" and row.batch_size == 128)
    assert data.speed_up == pytest.approx(0.5)
    store.change_board(ChooseBaseline(data.key))
    assert [row.name for row in store.live.board.rows() if row.is_baseline] == ["1 thread", "Data ×2"]


def test_the_split_of_a_short_visit_is_of_its_first_step_taken_apart_until_there_is_another() -> None:
    store = Store()
    store.feed([visit(0, DATA, 0, 0.0), steps(0, 50, 0.0, 0.04), anatomy(20, 0, forward_s=0.015, sending_s=0.005)])
    (row,) = store.live.board.rows()
    assert (row.is_split_cold, row.anatomies) == (True, 1)
    assert row.phase_s[FORWARD] == pytest.approx(0.015)
    assert idle_s(row) == pytest.approx(0.02)
    store.feed([anatomy(30, 0, forward_s=0.01, sending_s=0.01)])
    (row,) = store.live.board.rows()
    assert (row.is_split_cold, row.anatomies) == (False, 1)
    assert row.phase_s[FORWARD] == pytest.approx(0.01)


def test_steps_that_are_made_again_after_a_break_are_told() -> None:
    store = Store()
    store.feed([visit(0, ONE, 0, 0.0), steps(0, 100, 0.0, 0.02), visit(1, TWO, 100, 3.0), steps(100, 40, 3.0, 0.01)])
    store.feed([RunStarted(at_s=9.0, spec="", step=80, started_unix_s=0.0, directory="")])
    store.feed([visit(2, ONE, 80, 9.0), steps(80, 30, 9.0, 0.02), steps(110, 50, 9.6, 0.02)])
    (one,) = store.live.board.rows()
    assert (one.steps, one.warm_up, one.again, store.live.step) == (174, 6, 20, 160)
    assert one.steps + left_out(one) - one.again == store.live.step


def test_nothing_counted_yet_is_no_number() -> None:
    store = Store()
    assert store.live.board.rows() == []
    store.feed([visit(0, ONE, 0, 0.0), steps(0, 2, 0.0, 0.02)])
    (row,) = store.live.board.rows()
    assert (row.step_s, row.units_per_s, row.speed_up, row.warm_up) == (None, None, None, 2)
