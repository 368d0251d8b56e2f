"""Lanes: a slow step looks slow, what a span is stands on it."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton
from pytestqt.qtbot import QtBot

from engine.anatomy import LaneSpan, RankAnatomy
from engine.events.ranks import SlowedDown, StepAnatomy
from engine.events.run import Paced
from engine.explain.rules.even import variation
from engine.rows import PHASES
from gui.look.mode_colours import mode_colours
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.store import Store
from gui.model.typical_step import EARLIER, LATEST
from gui.panels.lanes import LanesPanel
from gui.widgets import lane_view
from gui.widgets.lane_axis import FIRST_STEPS
from gui.widgets.lane_time import lane_ticks
from gui.widgets.lane_view import NAMED_LANES
from gui.widgets.scrolled import Scrolled
from gui.widgets.slowest_mark import SlowestMark
from gui.widgets.span_look import seen_together, write_span
from tests.messages import batch, begin

NAMES = {phase: phase for phase in PHASES}


def step(number: int, seconds: float, segment: int = 0, count: int = 2) -> StepAnatomy:
    spans = (LaneSpan(2, -1, 0.0, seconds / 2), LaneSpan(3, -1, seconds / 2, seconds / 2))
    ranks = tuple(
        RankAnatomy(rank=rank, begin_s=1.0, seconds=seconds, spans=spans, traffic=()) for rank in range(count)
    )
    return StepAnatomy(
        at_s=1.0, segment=segment, step=number, ranks=ranks, clock_offset_s=0.0, clock_error_s=0.0, skipped=0
    )


@pytest.fixture
def panel(qtbot: QtBot) -> LanesPanel:
    made = LanesPanel(PlotView())
    qtbot.addWidget(made)
    made.resize(800, 260)
    made.show()
    return made


def store() -> Store:
    made = Store()
    made.feed([begin(0, 0, 0.0), batch(0, 100)])
    return made


def test_lanes_of_another_mode_say_so_and_many_of_them_where_there_is_room(qtbot: QtBot) -> None:
    window, panel = QMainWindow(), LanesPanel(PlotView())
    qtbot.addWidget(window)
    window.setCentralWidget(panel)
    window.resize(900, 160)
    window.show()
    run = store()
    run.feed([step(1, 0.010)])
    panel.refresh(run)
    assert panel._hint.toolTip().startswith("step 1: 10.0")
    run.feed([msgspec.structs.replace(begin(1, 50, 2.0), mode="cpu,dp=16")])  # none of its steps is taken apart yet
    panel.refresh(run)
    assert panel._hint.toolTip().startswith(f"still {run.live.segments[0].name}: step 1: 10.0")
    run.feed([step(60, 0.010, segment=1, count=16)])
    panel.refresh(run)
    assert panel._hint.toolTip().startswith("16 ranks: a double click on the title gives them a window · ")
    window.resize(900, 600)
    panel.refresh(run)
    assert panel._hint.toolTip().startswith("step 60: 10.0")


def test_each_of_a_few_ranks_has_a_line_of_text_in_the_largest_letters_too(qapp: QApplication, qtbot: QtBot) -> None:
    panel = LanesPanel(PlotView())
    place, view, run = Scrolled(panel), panel._lanes, store()
    qtbot.addWidget(place)
    try:
        apply_theme(qapp, "dark", 26)
        place.resize(640, 340)  # so high that the time below is seen, too
        place.show()
        heights = []
        for segment, count in enumerate((1, 2, NAMED_LANES, 16)):
            run.feed([begin(segment, 10 * segment, 0.0), step(10 * segment, 0.010, segment=segment, count=count)])
            panel.refresh(run)
            for _ in range(4):
                qapp.processEvents()
            heights.append(view.height())
            if count <= NAMED_LANES:
                assert view._lane(1, count).top() - view._lane(0, count).top() >= view.fontMetrics().height() - 1
        assert heights[1] < heights[2] == heights[3], "of many ranks no more than the first few make it higher"
        place.resize(420, 300)
        for _ in range(4):
            qapp.processEvents()
        hint = panel._hint
        assert hint.text().endswith("…"), "it is said that there is more"
        assert hint.fontMetrics().horizontalAdvance(hint.text()) <= hint.width()
    finally:
        apply_theme(qapp, "dark", 10)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_frame_around_the_lanes_has_the_colour_of_the_mode_that_is_drawn(
    panel: LanesPanel, qapp: QApplication, theme: str
) -> None:
    def frame() -> QColor:
        return panel._frame.grab().toImage().pixelColor(1, 1)

    apply_theme(qapp, theme, 10)
    run, colours = store(), [mode_colours(number, dark=theme == "dark").line for number in range(2)]
    panel.refresh(run)
    assert frame() not in colours
    run.feed([step(20, 0.010)])
    panel.refresh(run)
    assert frame() == colours[0]
    run.feed([msgspec.structs.replace(begin(1, 100, 2.0), mode="cpu,dp=2")])  # none of its steps is taken apart yet
    panel.refresh(run)
    assert frame() == colours[0]
    run.feed([step(110, 0.010, segment=1)])
    panel.refresh(run)
    assert frame() == colours[1]


def test_the_length_of_the_step_stands_beside_the_boards_average_and_why_that_is_more(panel: LanesPanel) -> None:
    run = store()
    for seconds, words in ((0.008, "step 20: 8.00"), (0.0095, "step 20: 9.50")):
        run.feed([step(20, seconds)])
        panel.refresh(run)
        assert panel._hint.toolTip().startswith(f"{words}, mean 10.0")
        assert panel._hint.text().startswith(f"{words}, mean 10.0")
        assert ("This step is shorter than the average" in panel._hint.toolTip()) is (seconds < 0.009)
    assert "not drawn" not in panel._hint.toolTip(), "none was left out"
    run.feed([msgspec.structs.replace(step(80, 0.01), skipped=59)])
    panel.refresh(run)
    assert " · steps not drawn before it: 59 · " in panel._hint.toolTip()
    freely = step(20, 0.080)
    ranks = tuple(msgspec.structs.replace(rank, step_begins_s=(0.0, 0.04)) for rank in freely.ranks)
    run.feed([msgspec.structs.replace(freely, ranks=ranks)])
    panel.refresh(run)
    assert panel._hint.toolTip().startswith("step 20 · clocks agree")
    run.feed([begin(1, 100, 2.0)])
    panel.refresh(run)
    assert "mean" not in panel._hint.toolTip(), "the board's is of another mode now"


def test_a_slow_step_is_longer_on_the_lanes_until_they_are_asked_to_fit(panel: LanesPanel, qtbot: QtBot) -> None:
    run, view = store(), panel._lanes
    for number in range(FIRST_STEPS):
        run.feed([step(number, 0.010)])
        panel.refresh(run)
    axis = view._visible()
    assert axis[1] == pytest.approx(0.0125)
    for number, seconds in ((20, 0.004), (30, 0.025)):
        run.feed([step(number, seconds)])
        panel.refresh(run)
        assert view._visible() == axis
    fit = next(button for button in panel.findChildren(QToolButton) if button.text() == "Fit")
    fit.click()
    assert view._visible()[1] == pytest.approx(0.03125)
    run.feed([step(40, 0.012)])
    panel.refresh(run)
    assert view._visible()[1] == pytest.approx(0.03125)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view._visible()[1] == pytest.approx(0.015)


def among_others(number: int, seconds: float) -> StepAnatomy:
    """One of the few that are taken apart, a quarter of a second after the one before."""
    return msgspec.structs.replace(step(number, seconds), at_s=number / 40, skipped=9)


def test_of_the_few_steps_taken_apart_the_one_nearest_to_the_median_is_drawn_and_the_slowest_is_marked(
    panel: LanesPanel,
) -> None:
    run, view, made = Store(), panel._lanes, batch(0, 400)
    made.rows["seconds"], made.rows["at_s"] = 0.0315, 0.0315 * (1 + made.rows["step"])
    run.feed([begin(0, 0, 0.0), made])
    for index, seconds in enumerate([0.030, 0.027, 0.029, 0.061, 0.028, 0.033, 0.026, 0.040, 0.0272]):
        run.feed([among_others(10 + 10 * index, seconds)])
        panel.refresh(run)
    assert panel._shown is not None
    assert panel._shown.ranks[0].seconds == 0.033
    words = "typical step: 33.0, mean 31.5 ms · step 60, of the last 8 the nearest to the median · slowest 61.0 ms"
    assert panel._hint.toolTip().startswith(words)
    lane, marked = view._lane(0, 2), view.grab().toImage()
    view._slowest.show(None)
    bare = view.grab().toImage()
    assert view._x(0.061, lane) > lane.right(), "it ends beyond the axis, which stays as it is"
    assert marked.copy(lane.toRect()) != bare.copy(lane.toRect()), "and that is said"
    view._axis._be(0.061)
    panel.refresh(run)
    marked = view.grab().toImage()
    x, y = round(view._x(0.061, lane)), round(lane.bottom())
    assert len({marked.pixelColor(x, y - up).name() for up in range(6)}) > 1, "a line stands where it ended"
    for number, at_s, skipped in ((200, 9.0, 9), (201, 9.25, 0)):  # after a pause, and the one right after that
        single = msgspec.structs.replace(among_others(number, 0.050), at_s=at_s, skipped=skipped)
        run.feed([single])
        panel.refresh(run)
        assert panel._shown is single
        assert (f" · steps not drawn before it: {skipped} · " in panel._hint.toolTip()) is (skipped > 0)


def test_no_fast_outlier_is_typical_and_that_steps_vary_is_said_as_the_verdict_says_it(panel: LanesPanel) -> None:
    """Half of the steps take 16 ms, the others 19: the mean is not far off, and those of 12.4 ms are few."""
    run, made = Store(), batch(0, 400)
    lengths = np.where(made.rows["step"] % 2, 0.016, 0.019)
    lengths[::20] = 0.0124
    made.rows["seconds"], made.rows["at_s"] = lengths, np.cumsum(lengths)
    run.feed([begin(0, 0, 0.0), made])
    run.feed([among_others(10, 0.0161)])
    for index in range(LATEST):
        run.feed([among_others(20 + 10 * index, 0.0124 if index else 0.0190)])
        panel.refresh(run)
    assert panel._shown is not None
    assert panel._shown.ranks[0].seconds == 0.0161, "an earlier one is, where none of the latest is like most"
    now = run.live.verdicts.measures.now
    assert now is not None
    assert panel._hint.toolTip().startswith(
        "typical step: 16.1, mean 17.2 ms · steps vary by ±10% · step 10, of the last 9"
    )
    assert variation(now.vary) == "steps vary by ±10%"


@pytest.mark.parametrize("pixels", [200, 1_800])
def test_numbers_along_the_lanes_tell_times_apart_however_near_they_are_looked_at(pixels: int) -> None:
    def advance(text: str) -> int:
        return 7 * len(text)

    for first_s, length_s in ((0.0, 0.15), (0.12, 2e-4), (0.12, 3e-6), (1.2, 0.003), (0.0, 4e-5), (12.0, 30.0)):
        width, numbers = lane_ticks(first_s, first_s + length_s, pixels, advance)
        words = [text for _, text in numbers]
        assert len(set(words)) == len(words) >= 1
        assert len({text.split()[1] for text in words}) == 1, "one unit"
        assert all(advance(text) < width for text in words)
        assert all((b - a) / length_s * pixels >= width - 1 for (a, _), (b, _) in pairwise(numbers))
        for at_s, text in numbers:
            assert first_s - 1e-12 <= at_s <= first_s + length_s + 1e-12
            value, unit = text.split()
            assert float(value) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit] == pytest.approx(at_s, abs=length_s / pixels)


@pytest.mark.parametrize(("seconds", "axis_s"), [(0.011, 0.0125), (0.006, 0.0125), (0.004, 0.005), (0.1, 0.125)])
def test_another_mode_has_the_same_axis_if_its_steps_can_be_seen_on_it(
    panel: LanesPanel, seconds: float, axis_s: float
) -> None:
    run = store()
    run.feed([step(10, 0.010)])
    panel.refresh(run)
    run.feed([begin(1, 100, 1.0), step(110, seconds, segment=1)])
    panel.refresh(run)
    assert panel._lanes._visible()[1] == pytest.approx(axis_s)


@pytest.mark.parametrize("second_s", [0.002, 0.3])
def test_the_first_steps_of_a_mode_may_differ_and_the_axis_follows_them_then_stays(
    panel: LanesPanel, second_s: float
) -> None:
    run, view = store(), panel._lanes
    run.feed([step(0, 0.030)])
    panel.refresh(run)
    for number in range(FIRST_STEPS - 1):  # warm-up is over
        run.feed([step(10 + number, second_s)])
        panel.refresh(run)
        panel.refresh(run)  # nothing new is no further step
        assert view._visible()[1] == pytest.approx(1.25 * second_s)
    run.feed([step(30, 10 * second_s)])
    panel.refresh(run)
    assert view._visible()[1] == pytest.approx(1.25 * second_s)
    run.feed([begin(1, 100, 1.0), step(110, 20 * second_s, segment=1)])
    panel.refresh(run)
    assert view._visible()[1] == pytest.approx(25 * second_s)


def test_an_axis_that_somebody_has_chosen_stays(panel: LanesPanel, qtbot: QtBot) -> None:
    run, view = store(), panel._lanes
    run.feed([step(0, 0.030)])
    panel.refresh(run)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    run.feed([step(10, 0.002)])
    panel.refresh(run)
    assert view._visible()[1] == pytest.approx(0.0375)


@pytest.mark.parametrize("later_s", [0.020, 0.150])
def test_the_axis_does_not_hang_on_a_length_that_no_step_has_any_more(panel: LanesPanel, later_s: float) -> None:
    run, view = store(), panel._lanes
    for number in range(2 * FIRST_STEPS):
        run.feed([step(number, 0.100)])
        panel.refresh(run)
    for number in range(FIRST_STEPS + 2):  # every second one is as long as ever, until most are of the other length
        assert view._visible()[1] == pytest.approx(0.125)
        run.feed([step(20 + number, 0.100 if number % 2 and number < FIRST_STEPS else later_s)])
        panel.refresh(run)
    assert view._visible()[1] == pytest.approx(1.25 * later_s)
    view._zoom(1.0, 0.5)
    zoomed = view._visible()
    for number in range(2 * FIRST_STEPS):
        run.feed([step(40 + number, 0.001)])
        panel.refresh(run)
    assert view._visible() == zoomed, "somebody looks there"


def test_the_axis_comes_to_hold_a_step_that_stays_the_typical_one_but_no_single_slow_one(panel: LanesPanel) -> None:
    run, view, number = store(), panel._lanes, 0

    def come(*seconds: float) -> None:
        nonlocal number
        for each in seconds:
            number += 10
            run.feed([among_others(number, each)])
            panel.refresh(run)
            panel.refresh(run)  # nothing new is no further step

    come(*[0.0100 + 1e-5 * index for index in range(2 * FIRST_STEPS)])
    axis_s = view._visible()[1]
    assert 0.0125 <= axis_s < 0.013
    come(0.050)
    assert panel._typical is not None
    assert panel._typical.slowest.ranks[0].seconds == 0.050
    come(*[0.0101] * FIRST_STEPS)
    assert view._visible()[1] == axis_s, "one slow step is marked, and the axis stays"
    come(*[0.028 - 1e-4 * index for index in range(FIRST_STEPS + 1)])
    assert panel._shown is not None
    assert panel._shown.ranks[0].seconds < 0.011, "most steps of the mode are like that"
    come(*[0.028 - 1e-4 * index for index in range(EARLIER)])
    drawn = panel._shown
    assert drawn.ranks[0].seconds == pytest.approx(0.028 - 1e-4 * (EARLIER - 1))
    come(*[0.030] * (FIRST_STEPS - 2))
    assert panel._shown is drawn, "the nearest to the median of 10 ms is drawn as others come"
    assert view._visible()[1] > 0.0249, "and all of it is seen"


@pytest.mark.parametrize("is_paced_first", [False, True])
def test_no_mean_of_steps_at_another_pace_stands_beside_a_step(panel: LanesPanel, *, is_paced_first: bool) -> None:
    run, made = Store(), [Paced(at_s=0.0, step=0 if is_paced_first else 100, steps_per_s=50.0), batch(0, 100)]
    run.feed([begin(0, 0, 0.0), *(made if is_paced_first else reversed(made)), step(120, 0.009)])
    panel.refresh(run)
    said = "step 120: 9.00 ms · mean at a pace 10.0" if is_paced_first else "step 120: 9.00 ms · clocks agree"
    assert panel._hint.toolTip().startswith(said)
    free = Store()
    free.feed([begin(0, 0, 0.0), batch(0, 100), Paced(at_s=1.0, step=100, steps_per_s=500.0), step(120, 0.009)])
    panel.refresh(free)
    assert panel._hint.toolTip().startswith("step 120: 9.00, mean 10.00 ms"), "no step is held by that pace"


def test_a_span_says_its_phase_and_how_long_it_took_where_there_is_room(qtbot: QtBot) -> None:
    canvas = QPixmap(400, 40)
    painter = QPainter(canvas)
    span = LaneSpan(2, -1, 0.0, 0.0123)
    texts = [write_span(painter, span, QRectF(0, 0, width, 30), NAMES) for width in (390, 70, 8)]
    assert texts == ["forward 12.3 ms", "forward", ""]
    assert write_span(painter, span, QRectF(0, 0, 390, 4), NAMES) == ""
    numbered = LaneSpan(2, 3, 0.0, 0.0123)
    assert [write_span(painter, numbered, QRectF(0, 0, width, 30), NAMES) for width in (200, 20)] == [
        "4 · 12.3 ms",
        "4",
    ]
    painter.end()


def test_no_span_is_written_on_below_what_stands_at_the_end_of_a_lane(
    panel: LanesPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes: list[QRectF] = []
    monkeypatch.setattr(lane_view, "write_span", lambda _painter, _span, box, _names: boxes.append(box))
    run, lane = store(), panel._lanes._lane(0, 2)
    for number in range(FIRST_STEPS):
        run.feed([step(number, 0.010)])
        panel.refresh(run)
    panel.grab()
    assert max(box.right() for box in boxes) > lane.right() - 0.25 * lane.width()
    run.feed([step(30, 0.030)])
    panel.refresh(run)
    boxes.clear()
    panel.grab()
    room = panel._lanes.fontMetrics().horizontalAdvance("30 ms ▸")
    assert max(box.right() for box in boxes if not box.isEmpty()) <= lane.right() - room


def test_ranks_that_run_freely_are_seen_in_the_time_they_share() -> None:
    one = step(10, 0.010)
    begins = (0.0, 0.004, 0.008)
    ranks = [
        msgspec.structs.replace(rank, begin_s=1.0 + number * 0.003, step_begins_s=begins)
        for number, rank in enumerate(one.ranks)
    ]
    assert seen_together(one) == (1.0, pytest.approx(0.010))
    assert seen_together(msgspec.structs.replace(one, ranks=tuple(ranks))) == (1.003, pytest.approx(0.007))


def slowed(step: int, factor: float) -> SlowedDown:
    return SlowedDown(at_s=1.0, step=step, rank=1, phase="compute", factor=factor, delay_s=0.0)


def test_once_a_slowdown_on_purpose_has_ended_the_axis_fits_the_next_step_and_stays(panel: LanesPanel) -> None:
    run, view = store(), panel._lanes
    run.feed([slowed(0, 4.0)])
    for number in range(2 * FIRST_STEPS):
        run.feed([step(number, 0.080)])
        panel.refresh(run)
    assert view._visible()[1] == pytest.approx(0.1)
    run.feed([slowed(40, 1.0)])
    panel.refresh(run)
    run.feed([step(39, 0.080)])
    panel.refresh(run)
    assert view._visible()[1] == pytest.approx(0.1), "none that was made since is drawn yet"
    run.feed([step(50, 0.050)])
    panel.refresh(run)
    assert view._visible()[1] == pytest.approx(0.0625)
    run.feed([step(60, 0.040)])
    panel.refresh(run)
    assert view._visible()[1] == pytest.approx(0.0625), "it stays from then on"
    view._zoom(1.0, 0.5)
    zoomed = view._visible()
    run.feed([slowed(70, 4.0), slowed(80, 1.0), step(90, 0.010)])
    panel.refresh(run)
    assert view._visible() == zoomed, "somebody looks there"


def test_nothing_is_written_beneath_the_mark_of_a_rank_that_failed(
    panel: LanesPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    tops: list[float] = []
    monkeypatch.setattr(lane_view, "write_span", lambda _painter, _span, box, _names: tops.append(box.top()))
    run, view = store(), panel._lanes
    run.feed([step(10, 0.010)])
    panel.refresh(run)
    view.show_marks({1: "FAILED"})
    tops.clear()
    panel.grab()
    assert set(tops) == {view._lane(0, 2).top()}


@pytest.mark.parametrize(
    ("ends", "at", "words", "lane"),
    [
        ((200.0, 100.0), 380.0, "slowest 36.1 ms", 0),
        ((330.0, 100.0), 380.0, "slowest 36.1 ms", 1),
        ((200.0, 200.0), 230.0, "slowest 36.1 ms", 0),
        ((310.0, 310.0), 395.0, "slowest\n36.1 ms", 0),
        ((310.0, 380.0), 395.0, "36.1 ms", 0),
        ((200.0, 200.0), 900.0, "slowest 36.1 ms ▸", 0),
        ((380.0, 380.0), 900.0, "▸", 0),
        ((390.0, 398.0), 395.0, "", 0),
    ],
)
def test_it_is_said_that_a_time_is_the_slowest_steps_wherever_there_is_room(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, ends: tuple[float, float], at: float, words: str, lane: int
) -> None:
    boxes: list[QRectF] = []
    painter, mark = QPainter(canvas := QPixmap(400, 80)), SlowestMark()
    monkeypatch.setattr(QPainter, "drawText", lambda *given: boxes.append(given[1]))
    font = painter.font()
    font.setPixelSize(12)
    painter.setFont(font)
    mark.show(0.0361)
    lanes = [(QRectF(10, 40 * index, 390, 24), end, True) for index, end in enumerate(ends)]
    assert mark.paint(painter, lanes, at, QColor("black")) == words
    painter.end()
    assert not canvas.isNull()
    assert len(boxes) == (len(words.split("\n")) if words else 1)
    for box in boxes if words else []:
        assert box.top() == lanes[lane + boxes.index(box)][0].top()
        assert ends[lane] < box.left() < box.right() <= 400, "beside spans, within the lanes"
        assert not box.left() < at < box.right()
    assert mark.words == "slowest 36.1 ms"
