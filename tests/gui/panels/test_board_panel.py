"""The board of modes as it is used: seen at every width, compared by mouse and keys, copied, saved and cleared."""

import csv
import io
import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QGuiApplication, QImage, QPainter, QPalette, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from engine.rows import PHASES
from gui.look.mode_colours import mode_colours
from gui.look.scale import SMALL, TIGHT, letters_font, letters_style
from gui.look.speed_colours import speed_colour
from gui.look.theme import contrast, make_palette
from gui.look.view import PlotView
from gui.model.intents import ChooseBaseline, SaveBytes
from gui.model.store import Store
from gui.panels.board import BoardPanel
from gui.text import figures
from gui.text.board_note import note_forms
from gui.text.board_text import (
    apart_words,
    detail_words,
    figure_words,
    note_words,
    row_words,
    speed_up_words,
    table,
)
from gui.text.headline import HeadlineWords
from gui.widgets.board_dense import dense_places
from gui.widgets.board_places import bold_font
from gui.widgets.board_table import BoardTable
from tests.gui.model.test_board import ONE, anatomy, steps, three_modes, visit


class Used:
    """A panel on a run, whose intents are acted on as the application does."""

    def __init__(self, qtbot: QtBot) -> None:
        self.store = three_modes()
        self.panel = BoardPanel(PlotView())
        self.said: list[object] = []
        qtbot.addWidget(self.panel)
        self.panel.intent.connect(self._act)
        self.panel.resize(420, 420)
        self.panel.show()
        self.panel.refresh(self.store)
        QApplication.processEvents()

    def _act(self, intent: object) -> None:
        self.said.append(intent)
        self.store.change_board(intent)
        self.panel.refresh(self.store)

    @property
    def table(self) -> BoardTable:
        return self.panel.table

    def baseline(self) -> str:
        return next(row.name for row in self.table.rows if row.is_baseline)


@pytest.fixture
def used(qtbot: QtBot) -> Used:
    return Used(qtbot)


def entry(menu: QMenu, text: str) -> None:
    """Choose an entry by its words."""
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_bars_are_on_one_scale_of_time(used: Used) -> None:
    table = used.table
    places = table.places(table.width())
    assert table.longest_s == pytest.approx(0.04)
    for index, (row, place) in enumerate(zip(table.rows, places, strict=True)):
        boxes = table.boxes(index, place)
        ends = boxes[-1][1].right() - place.bar.left()
        assert ends == pytest.approx(place.bar.width() * (row.step_s or 0.0) / 0.04), row.name
        assert place.bar.left() == places[0].bar.left()
        assert place.bar.width() == places[0].bar.width()
    lengths = dict(table.boxes(2, places[2]))
    assert lengths["forward"].width() == pytest.approx(places[2].bar.width() * 15 / 40)
    assert lengths["communicate"].left() == pytest.approx(lengths["forward"].right())
    assert [phase for phase, _ in table.boxes(2, places[2])] == [*PHASES, ""]


def test_what_other_programs_spoilt_does_not_set_the_scale(used: Used) -> None:
    table, spoilt = used.table, replace(used.table.rows[2], step_s=0.4, is_spoilt=True)
    table.rows = [*table.rows[:2], spoilt]
    assert table.longest_s == pytest.approx(max(row.step_s or 0.0 for row in table.rows[:2]))
    assert [table.is_beyond(index) for index in range(3)] == [False, False, True]
    place = table.places(table.width())[2]
    assert all(box.right() <= place.bar.right() + 1e-6 for _, box in table.boxes(2, place))
    table.rows = [spoilt]
    assert table.longest_s == pytest.approx(0.4), "there is no other"


def test_a_row_that_is_far_slower_than_all_others_on_purpose_does_not_set_the_scale(used: Used) -> None:
    table, usual = used.table, used.table.rows
    slow = replace(usual[2], step_s=0.1, is_slowed_down=True)
    table.rows = [*usual, slow]
    assert table.longest_s == pytest.approx(0.04)
    assert [table.is_beyond(index) for index in range(4)] == [False, False, False, True]
    table.rows = [*usual, replace(slow, step_s=0.05)]
    assert table.longest_s == pytest.approx(0.05), "others are long enough beside it"
    table.rows = [*usual, replace(slow, step_s=0.05), replace(usual[2], step_s=0.4, is_spoilt=True)]
    assert table.longest_s == pytest.approx(0.05)
    table.rows = [slow]
    assert table.longest_s == pytest.approx(0.1), "there is no other"


@pytest.mark.parametrize("points", [10, 16, 20, 26])
@pytest.mark.parametrize("width", [330, 610])
def test_a_bar_that_is_longer_than_the_scale_is_torn_off_and_says_how_long_it_is(
    used: Used, width: int, points: int
) -> None:
    font, table = used.panel.font(), used.table
    font.setPointSize(points)
    used.panel.setFont(font)
    spoilt = replace(table.rows[2], step_s=0.4, phase_s=tuple(10 * part for part in table.rows[2].phase_s))
    table.rows = [*table.rows[:2], replace(spoilt, is_spoilt=True)]
    place = table.places(width)[2]
    end = table.torn_end(2, place)
    assert end is not None
    assert table.torn_end(1, place) is None
    assert end.words.endswith("▸")
    assert end.words == "400 ms ▸" or (width, points) != (610, 10)
    assert end.words in ("400 ms ▸", "400 ▸") or (width, points) == (330, 26)
    metrics = QFontMetrics(bold_font(table.font()))
    assert metrics.horizontalAdvance(end.words) <= end.place.width()
    assert place.bar.left() < end.at < end.place.left() <= end.place.right() <= place.bar.right() + 0.5
    table.resize(width, table.heightForWidth(width))
    seen, y = table.grab().toImage(), round(place.bar.center().y())
    ground = table.palette().color(table.backgroundRole())
    at = [round(end.place.left() + 1), round(place.bar.right())]
    assert [seen.pixelColor(x, round(place.bar.top()) + 1) for x in at] == [ground] * 2, "nothing of the bar is there"
    assert seen.pixelColor(round(place.bar.left() + 3), y) != ground


def test_where_the_height_is_too_little_figures_stand_in_columns_then_the_row_in_force_and_the_chosen_one_say_all(
    used: Used,
) -> None:
    table = used.table
    table.room = 1_000
    assert all(place.details for place in table.places(400))
    whole = table.heightForWidth(400)
    table.room = whole - 4
    for row, place in zip(table.rows, table.places(400), strict=True):
        assert [text for text, _ in place.cells] == list(figure_words(row)[1:])
    remarks = [[text for text, _ in place.details] for place in table.places(400)]
    assert remarks == [["2 visits"], [], []], "what is to be remarked of the row in force stands below"
    dense = table.dense_height(400)
    assert dense < table.heightForWidth(400) < whole
    table.room = round(dense)
    assert [place.is_dense and not place.details for place in table.places(400)] == [True, True, True]
    table.room = round(dense) - 5
    assert not any(place.is_dense for place in table.places(400))
    table.room = 1
    assert [bool(place.details) for place in table.places(400)] == [False, False, False]
    closed = table.heightForWidth(400)
    assert closed < dense
    table.choose(1)
    assert [bool(place.details) for place in table.places(400)] == [False, True, False]
    table.room = 1_000
    assert all(place.details for place in table.places(1_400)), "in one line there is always room"
    table.room = 1
    assert all(place.details for place in table.places(1_400)[1:2])


def test_the_row_in_force_says_all_where_there_is_room_for_that_alone(used: Used) -> None:
    table = used.table
    for number in range(5):
        first, at_s = 403 + 20 * number, 300.0 + number
        used.store.feed([visit(4 + number, f"cpu,dp={3 + number}", first, at_s), steps(first, 20, at_s, 0.02)])
    used.panel.refresh(used.store)
    table.room = 1
    strips = table.heightForWidth(240)
    if (dense := table.dense_height(240)) > 0:
        pytest.skip("columns have room in so small a width, in letters of this size")
    assert dense == 0
    table.room = strips + 100
    assert [bool(place.details) for place in table.places(240)] == [False] * 7 + [True]


def test_places_are_worked_out_once_for_the_same_rows_in_the_same_width_and_letters(used: Used) -> None:
    table = used.table
    table.room = 1_000
    places = table.places(400)
    assert table.places(400) is places
    assert table.places(300)[0].row.width() == 300
    table.room = 10
    assert table.places(400)[-1].row.bottom() < places[-1].row.bottom()
    table.room, font = 1_000, table.font()
    font.setPointSize(20)
    table.setFont(font)
    assert table.places(400)[-1].row.bottom() > places[-1].row.bottom()
    table.rows = table.rows[:2]
    assert len(table.places(400)) == 2


def test_the_heads_of_the_columns_are_drawn_once(used: Used, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    paint = BoardTable.paint_heads
    monkeypatch.setattr(BoardTable, "paint_heads", lambda *given: (drawn.append(given), paint(*given)))
    used.table.fit()
    QApplication.processEvents()
    assert len(drawn) == 1  # by those that lie over the rows
    used.panel.picture()
    assert len(drawn) == 2


@pytest.mark.parametrize("points", [10, 16, 26])
def test_the_scale_of_the_bars_is_said_with_both_its_ends_or_not_at_all(
    used: Used, monkeypatch: pytest.MonkeyPatch, points: int
) -> None:
    table, said = used.table, list[str]()
    table.setStyleSheet(letters_style(points))
    monkeypatch.setattr(QPainter, "drawText", lambda *given: said.append(given[-1]))
    painter = QPainter(canvas := QPixmap(10, 10))
    for width in range(150, 900, 10):
        table.resize(width, 300)
        table.paint_heads(painter, table.places(width)[0])
    painter.end()
    assert not canvas.isNull()
    ends = [part for words in said for part in words.split(" · ") if part.endswith(" ms")]
    assert ends
    assert all(re.search(r"(^|\D)0( to |–)[\d.]+ ms$", part) for part in ends), set(ends)


def test_the_scale_is_said_above_the_shortest_bars_too(used: Used, monkeypatch: pytest.MonkeyPatch) -> None:
    table, said = used.table, list[tuple[QRectF, str]]()
    table.rows = [*table.rows[:2], replace(table.rows[2], step_s=4.0)]
    slow = [replace(table.rows[2], name="x" * length, step_s=9.0, is_slowed_down=True) for length in range(1, 25)]
    boards = [[*table.rows, row] for row in slow]
    places = min((dense_places(rows, "samples", table.font(), 301) for rows in boards), key=lambda p: p[0].bar.width())
    table.rows = boards[0]
    metrics = QFontMetrics(letters_font(table.font(), SMALL))
    assert metrics.horizontalAdvance("0–4,000 ms") > places[0].speed_up.left() - places[0].bar.left() - 2
    monkeypatch.setattr(QPainter, "drawText", lambda *given: said.append((given[1], given[-1])))
    painter = QPainter(canvas := QPixmap(10, 10))
    table.resize(301, 300)
    table.paint_heads(painter, places[0])
    painter.end()
    assert not canvas.isNull()
    heads = {words: box for box, words in said}
    box = heads["0–4,000 ms"]
    assert box.width() >= metrics.horizontalAdvance("0–4,000 ms")
    assert heads["mode"].left() + metrics.horizontalAdvance("mode") < box.left() < places[0].bar.left()
    assert box.right() < heads["speed-up"].right() - metrics.horizontalAdvance("speed-up")


def test_the_row_that_comes_into_force_is_scrolled_to(used: Used, qtbot: QtBot) -> None:
    used.panel.resize(330, 130)
    for number, mode in enumerate(("cpu,pp=2", "cpu,fsdp=2", "cpu,tp=2")):
        first = 403 + 20 * number
        at_s = 300.0 + number
        used.store.feed([visit(4 + number, mode, first, at_s), steps(first, 20, at_s, 0.02)])
    used.panel.refresh(used.store)
    bar = used.panel._scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() > 0, timeout=2_000)
    place = used.table.places(used.table.width())[-1].row
    assert used.table.rows[-1].is_now
    assert bar.value() <= place.top()
    assert place.bottom() <= bar.value() + used.panel._scroll.viewport().height()


def test_the_row_in_force_is_seen_whole_below_the_heads_also_as_it_comes_to_say_more(used: Used, qtbot: QtBot) -> None:
    used.panel.resize(330, 130)
    QApplication.processEvents()
    panel, table, view = used.panel, used.table, used.panel._scroll.viewport()

    def is_whole() -> bool:
        place = next(p.row for r, p in zip(table.rows, table.places(table.width()), strict=True) if r.is_now)
        top = panel._scroll.verticalScrollBar().value()
        return top + table.heads.height() <= place.top() and place.bottom() <= top + view.height()

    used.store.feed([visit(4, "cpu,fsdp=2", 403, 300.0), steps(403, 1, 300.0, 0.02)])
    panel.refresh(used.store)
    qtbot.waitUntil(is_whole, timeout=2_000)
    before = panel._scroll.verticalScrollBar().value()
    used.store.feed([steps(404, 20, 300.02, 0.02)])
    used.store.feed([anatomy(step, 4, forward_s=0.005, sending_s=0.005) for step in (410, 415, 420)])
    panel.refresh(used.store)
    qtbot.waitUntil(is_whole, timeout=2_000)
    assert panel._scroll.verticalScrollBar().value() >= before > 0
    assert view.childAt(QPoint(20, 2)) is table.heads
    QApplication.processEvents()  # where it was whole at once, the panel has yet to see that
    panel._scroll.verticalScrollBar().setValue(0)  # somebody looks elsewhere
    used.store.feed([steps(424, 20, 301.0, 0.5)])
    panel.refresh(used.store)
    QApplication.processEvents()
    assert panel._scroll.verticalScrollBar().value() == 0


@pytest.mark.parametrize("points", [10, 16, 20, 26])
def test_the_baseline_stays_below_the_heads_while_rows_are_scrolled(used: Used, qtbot: QtBot, points: int) -> None:
    font, panel, table = used.panel.font(), used.panel, used.table
    font.setPointSize(points)
    panel.setFont(font)
    for number, mode in enumerate(("cpu,pp=2", "cpu,fsdp=2", "cpu,tp=2", "cpu,hogwild=2")):
        first, at_s = 403 + 20 * number, 300.0 + number
        used.store.feed([visit(4 + number, mode, first, at_s), steps(first, 20, at_s, 0.02)])
    panel.refresh(used.store)
    bar, view = panel._scroll.verticalScrollBar(), panel._scroll.viewport()
    panel.resize(560, panel.height())
    QApplication.processEvents()
    table.room = 0  # rows are closed
    panel.resize(560, panel.height() - view.height() + table.heightForWidth(table.width()) * 3 // 4)

    def is_whole() -> bool:
        place = table.places(table.width())[-1].row
        top = bar.value()
        return top > 0 and top + table.heads.height() <= place.top() + 1 and place.bottom() <= top + view.height() + 1

    qtbot.waitUntil(is_whole, timeout=2_000)
    assert table.rows[-1].is_now
    assert table.heads.pinned == 0
    image, colour = view.grab().toImage(), mode_colours(0, dark=False).line
    seen = [y for y in range(table.heads.height()) if image.pixelColor(2, y) == colour]
    assert len(seen) > table.fontMetrics().height() / 2, "the chip of its colour"
    bar.setValue(0)
    assert table.heads.pinned is None, "it is seen itself"


def test_all_modes_are_seen_in_a_projectors_letters_and_the_fastest_is_named_where_they_are_not(used: Used) -> None:
    panel, table = used.panel, used.table
    panel.setStyleSheet(letters_style(16))
    panel.resize(638, 440)
    for number, mode in enumerate(("cpu,pp=2", "cpu,hogwild=2")):
        first, at_s = 403 + 20 * number, 300.0 + number
        used.store.feed([visit(4 + number, mode, first, at_s), steps(first, 20, at_s, 0.02)])
    for _ in range(3):
        panel.refresh(used.store)
        QApplication.processEvents()
    view = panel._scroll.viewport()
    assert len(table.rows) == 5
    assert table.room == view.height()
    assert table.places(table.width())[-1].row.bottom() <= view.height()
    assert panel._scroll.verticalScrollBar().value() == 0
    assert panel._beside.text() == "baseline: 1 thread"
    before = view.height()
    panel._legend.hide()  # there is more height for rows, and the panel is as large as it was
    QApplication.processEvents()
    assert table.room == view.height() > before
    panel.resize(638, 170)
    for _ in range(3):
        QApplication.processEvents()
    fastest = max(table.rows, key=lambda row: row.units_per_s or 0.0)
    assert panel._beside.text() == f"baseline: 1 thread · fastest so far: {fastest.name} ×2.6 ?"
    used.store.feed([visit(6, "cpu,threads=2", 443, 400.0), steps(443, 106, 400.0, 0.01)])
    for _ in range(3):
        panel.refresh(used.store)
        QApplication.processEvents()
    assert panel._beside.text() == f"baseline: 1 thread · fastest: {fastest.name} ×2.6", "200 steps of it are enough"


def test_a_speed_up_from_few_steps_is_marked_on_the_board_and_above_it(used: Used) -> None:
    store, table = used.store, used.table
    assert [row.is_early for row in table.rows] == [False, True, False], "97 steps in 1 s, beside some in 4 s"
    assert [speed_up_words(row)[-1] for row in table.rows[1:]] == ["?", "▼"]
    assert ["few steps yet" in detail_words(row, "samples") for row in table.rows] == [False, True, False]
    assert "few steps yet" in used.panel._note.text()
    two, words = ("2 threads", 64, False), HeadlineWords()
    store.change_board(ChooseBaseline(two))
    used.panel.refresh(store)
    assert [row.is_early for row in table.rows] == [True, False, True], "what is beside it is of few steps as well"
    assert "few steps yet: ×0.39 ? of 2 threads" in words.of(store).below
    made = store.live.verdicts.measures.rows[two].made
    for count, seconds in ((19, 2.0), (199, 1.9), (5, 60.0)):
        made.steps, made.seconds = count, seconds
        assert "few steps yet" in words.of(store).below
    for count, seconds in ((20, 2.0), (6, 4.0), (200, 0.1)):
        made.steps, made.seconds, made.units = count, seconds, 64 * 100 * seconds
        assert "on average ×0.39 ▼ of 2 threads" in words.of(store).below


@pytest.mark.parametrize("points", [10, 16, 20, 26])
@pytest.mark.parametrize("width", [330, 560])
def test_no_row_is_cut_below_the_heads_however_far_is_scrolled(used: Used, width: int, points: int) -> None:
    panel, table = used.panel, used.table
    panel.setStyleSheet(letters_style(points))  # whatever theme the window has
    for number, mode in enumerate(("cpu,pp=2", "cpu,pp=2,dp=2", "cpu,tp=2", "cpu,hogwild=2")):
        first, at_s = 403 + 20 * number, 300.0 + number
        used.store.feed([visit(4 + number, mode, first, at_s), steps(first, 20, at_s, 0.02)])
    panel.resize(width, 12 * points + 50)
    panel.refresh(used.store)
    for _ in range(3):
        QApplication.processEvents()
    bar, seen = panel._scroll.verticalScrollBar(), set()
    for to in [*range(0, bar.maximum() + 1, 11), bar.maximum(), *range(bar.maximum(), -1, -11)]:
        bar.setValue(to)
        seen.add(bar.value())
        top = bar.value() + table.heads.height()
        for index, place in enumerate(table.places(table.width())):
            cut = place.row.top() + 2 < top < place.row.bottom() - 3
            assert not cut or index == table.heads.pinned, (to, bar.value(), index)
    assert max(seen) == bar.maximum() > 0
    assert min(seen) == 0
    assert len(seen) > 3, "row by row"


@pytest.mark.parametrize("points", [10, 14, 20, 26])
@pytest.mark.parametrize("width", [240, 330, 600, 1400])
def test_nothing_is_cut_at_any_width_and_text_size(used: Used, width: int, points: int) -> None:
    font = used.panel.font()
    font.setPointSize(points)
    used.panel.setFont(font)
    table = used.table
    figures = QFontMetrics(bold_font(table.font()))
    if width < figures.horizontalAdvance("1,000 ×10.00 ▲") + figures.height() or points * 18 > width:
        pytest.skip("a dock in that text size is wider")
    bottom = 0.0
    places = table.places(width)
    assert len(places) == len(table.rows) == 3
    for place in places:
        parts = [place.name, place.step, place.speed_up, place.bar, *(box for _, box in place.details)]
        assert all(box.left() >= 0 and box.right() <= width + 0.5 for box in parts)
        assert all(place.row.adjusted(-1, -1, 1, 1).contains(box) for box in parts)
        assert not any(one.intersects(other) for i, one in enumerate(parts) for other in parts[:i])
        assert place.row.top() >= bottom - 0.5
        bottom = place.row.bottom()
        assert place.bar.width() >= 7 * table.fontMetrics().averageCharWidth()
    assert table.heightForWidth(width) >= bottom


def test_one_long_name_leaves_the_other_rows_as_they_are(used: Used) -> None:
    rows, width = used.table.rows, 420
    before = used.table.places(width)
    rows[1] = replace(rows[1], name="Data ×2 · Tensor ×2 · Pipeline ×2 m=16 interleaved")
    after = used.table.places(width)
    assert [round(place.row.height()) for place in after[::2]] == [round(place.row.height()) for place in before[::2]]
    assert after[1].name.bottom() <= after[1].step.top()
    assert after[1].bar.top() < after[1].step.bottom(), "figures and bar stand beside each other"
    assert len({place.bar.left() for place in after}) == 1
    assert len({place.bar.width() for place in after}) == 1
    narrow = used.table.places(240)[1]
    metrics, wraps = QFontMetrics(bold_font(used.table.font())), int(Qt.TextFlag.TextWordWrap)
    written = metrics.boundingRect(narrow.name.toRect(), wraps, rows[1].name)
    assert metrics.horizontalAdvance(rows[1].name) > 240
    assert narrow.name.height() + 1 >= written.height() > metrics.lineSpacing()
    assert narrow.step.top() >= narrow.name.bottom()


def test_usual_names_stand_before_their_figures_in_a_dock_of_the_first_width(used: Used) -> None:
    font = used.panel.font()
    font.setPointSize(10)
    used.panel.setFont(font)
    for number, mode in enumerate(("cpu,pp=2", "cpu,hogwild=2")):
        first, at_s = 403 + 20 * number, 300.0 + number
        used.store.feed([visit(4 + number, mode, first, at_s), steps(first, 20, at_s, 0.02)])
    used.panel.refresh(used.store)
    places = used.table.places(303)
    assert [place.name.top() == place.step.top() for place in places] == [True] * 5


def test_what_colours_mean_is_seen_below_rows_that_are_scrolled_unless_it_takes_their_room(used: Used) -> None:
    panel, legend = used.panel, used.panel._legend
    for number in range(7):
        first, at_s = 403 + 20 * number, 300.0 + number
        used.store.feed([visit(4 + number, f"cpu,dp={3 + number}", first, at_s), steps(first, 20, at_s, 0.02)])

    def rest(height: int) -> None:
        panel.resize(420, height)
        for _ in range(4):
            panel.refresh(used.store)
            QApplication.processEvents()

    rest(260)
    least, packed = panel._scroll.y() + 2 * TIGHT + round(panel.table.dense_height(406)), legend.packed_height(420)
    assert packed is not None
    assert packed < legend.loose_height(406)
    cases = [(260, True), (100, False), (least, False), (least + packed - 1, False), (least + packed, True)]
    for height, stays in [*cases, (least + legend.loose_height(406) - 1, True), (least + 90, True)]:
        rest(height)
        assert panel._inside.isAncestorOf(legend) is not stays, height
        assert not stays or legend.visibleRegion().boundingRect() == legend.rect()
        assert (legend.height() == packed) is (least + packed <= height < least + legend.loose_height(406))
        assert panel.table.is_scrolled is (height < least - TIGHT), "or all figures are seen"


def test_what_averages_are_of_is_seen_whole_below_rows_or_in_brief_above_them(used: Used) -> None:
    panel, whole = used.panel, used.panel._note.text()
    assert whole.startswith("Averages of ")
    needed = 420 - panel._scroll.viewport().height() + panel._note.geometry().bottom() + 1
    for height, is_brief in ((420, False), (needed, False), (needed - 1, True), (240, True), (420, False)):
        panel.resize(420, height)
        for _ in range(4):
            QApplication.processEvents()
        seen = panel._brief if is_brief else panel._note
        assert (panel._brief.isVisible(), panel._note.isVisible()) == (is_brief, not is_brief), height
        assert seen.visibleRegion().boundingRect() == seen.rect()
    assert panel._brief.toolTip() == whole
    assert note_forms(used.table.rows, is_replay=True)[1:] == (
        "REPLAY · 371 of 403 steps count",
        "371 of 403 steps count",
        "371 of 403 steps",
    )


def test_the_line_on_top_names_the_baseline_of_each_batch_size(used: Used) -> None:
    assert used.panel._beside.text() == "baseline: 1 thread"
    used.store.feed([steps(403, 20, 300.0, 0.03, size=128)])
    used.panel.refresh(used.store)
    assert used.panel._beside.text() == "baselines: 1 thread · batch 64, 1 thread · batch 128"


def test_what_other_programs_spoilt_is_marked_and_it_is_said_how_to_measure_it_anew(used: Used) -> None:
    assert used.table.rows[1].is_spoilt is used.table.rows[1].is_doubtful is False
    one = used.store.live.verdicts.measures.rows["1 thread", 64, False]
    one.is_spoilt, one.made.cores, one.made.looks = True, 6.4, 4
    used.panel.refresh(used.store)
    one_row, two, _ = used.table.rows
    assert (speed_up_words(one_row), speed_up_words(two)) == ("×1.0 ?", "×2.6 ?")
    assert "others took 1.6 cores" in detail_words(one_row, "samples")
    assert "others took" not in " ".join(detail_words(two, "samples"))
    assert "Once it has run for 3 s without them, or when it is chosen again" in used.panel._note.text()


def test_no_arrow_stands_beside_a_speed_up_that_is_not_clear() -> None:
    two = replace(three_modes().live.board.rows()[1], is_early=False)
    told = [
        speed_up_words(msgspec.structs.replace(two, speed_up=speed, is_alike=is_alike))
        for speed, is_alike in ((0.98, True), (1.04, True), (0.90, False), (1.2, False))
    ]
    assert told == ["×0.98", "×1.0", "×0.90 ▼", "×1.2 ▲"], "where it is not clear which is faster no arrow says so"


def test_where_steps_taken_apart_are_not_as_long_as_all_it_is_said() -> None:
    store = three_modes()
    _, _, data = store.live.board.rows()
    assert data.apart_s == pytest.approx(0.04)
    assert apart_words(data) == ""
    store.feed([anatomy(step, 3, forward_s=0.005, sending_s=0.0) for step in (310, 320, 330)])
    one, *_ = store.live.board.rows()
    assert apart_words(one) == "steps vary by ±17%, those taken apart were shorter than most"
    assert "those taken apart were shorter than most" in row_words(one, [one], "samples", str)


def test_seconds_left_out_for_other_programs_are_told_in_the_row_and_its_tooltip(used: Used) -> None:
    row = used.table.rows[1]
    assert "left out" not in row_words(row, [row], "samples", str)
    for left_out_s, counted_s, words in ((12.0, 48.0, "12 of 60 s"), (1.26, 4.0, "1.3 of 5.3 s")):
        dipped = replace(row, beside_others=37, beside_others_s=left_out_s, seconds=counted_s)
        assert f"{words} left out: others took cores" in detail_words(dipped, "samples")
        assert "37 while other programs took cores" in row_words(dipped, [dipped], "samples", str)


def test_no_number_has_more_digits_than_mean_something(used: Used) -> None:
    row = replace(used.table.rows[1], is_early=False)
    words = [speed_up_words(replace(row, speed_up=speed)) for speed in (360.28, 36.02, 3.602, 0.36, 0.036, 0.00216)]
    assert words == ["×360 ▲", "×36 ▲", "×3.6 ▲", "×0.36 ▼", "×0.036 ▼", "×0.0022 ▼"]
    assert [figures.loss(value) for value in (1.23456, 0.03174, 4.202e-05)] == ["1.235", "0.03174", "4.2e-05"]
    huge = [figures.loss(value) for value in (35_437.6, 1.25e9, float("nan"), float("inf"))]
    assert huge == ["35,438", "1.2e9", "nan", "inf"]
    assert [figures.rate(value) for value in (1e-3, 0.5, 1e6, 1_000.5, 1e12)] == [
        "0.001",
        "0.5",
        "1,000,000",
        "1000.5",
        "1000000000000",
    ]


def test_a_click_and_keys_choose_a_row_and_make_it_the_baseline(used: Used) -> None:
    table = used.table
    assert used.baseline() == "1 thread"
    QTest.mouseDClick(table, Qt.MouseButton.LeftButton, pos=table.places(table.width())[1].name.center().toPoint())
    assert used.baseline() == "2 threads"
    assert table.rows[0].speed_up == pytest.approx(1 / (table.rows[1].units_per_s / table.rows[0].units_per_s))  # type: ignore[operator]
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=table.places(table.width())[0].name.center().toPoint())
    assert table.chosen == 0
    used.panel.resize(420, 600)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Down)  # there is no further one
    assert table.accessibleDescription().startswith("Data ×2\n40.0 ms a step")
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert used.baseline() == "Data ×2"
    assert "baseline: Data ×2" in used.panel._beside.text()


def test_the_menu_of_a_row_and_of_the_board(used: Used) -> None:
    table = used.table
    at = table.places(table.width())[2].name.center().toPoint()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(table, QContextMenuEvent(reason, at, table.mapToGlobal(at)))
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    entry(popup, "Compare others to this row")
    popup.close()
    assert used.baseline() == "Data ×2"
    menu = used.panel.menu_button.menu()
    menu.aboutToShow.emit()
    entry(menu, "Fastest first")
    assert [row.name for row in table.rows] == ["2 threads", "1 thread", "Data ×2"]
    menu.aboutToShow.emit()
    assert next(action for action in menu.actions() if action.text() == "Fastest first").isChecked()
    entry(menu, "Clear")
    assert [row.name for row in table.rows] == ["1 thread"]


def test_the_note_says_how_many_steps_were_made_again_after_a_break() -> None:
    rows = three_modes().live.board.rows()
    whole = note_words(rows, is_replay=False)
    assert whole.startswith("Averages of 371 of 403 steps; time in pauses")
    again = note_words([*rows[:2], replace(rows[2], again=1_353)], is_replay=False)
    assert again == whole.replace("403 steps", "403 steps, 1,353 of them made again after a break")


def test_it_is_copied_as_text_and_saved_as_table_and_picture(
    used: Used, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    used.panel.copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].split("\t")[:4] == ["mode", "as text", "batch size", "ms a step"]
    assert lines[3].split("\t")[:4] == ["Data ×2", "cpu,dp=2", "64", "40"]
    assert "Averages of 371 of 403 steps" in lines[-1]
    chosen = [str(tmp_path / "board.csv"), str(tmp_path / "board.png")]
    monkeypatch.setattr("gui.panels.board.QFileDialog.getSaveFileName", lambda *_: (chosen.pop(0), ""))
    menu = used.panel.menu_button.menu()
    for words in ("Save as table …", "Save as picture …"):
        menu.aboutToShow.emit()
        entry(menu, words)
    table, picture = used.said
    assert isinstance(table, SaveBytes)
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert [row["mode"] for row in rows] == ["1 thread", "2 threads", "Data ×2"]
    assert float(rows[2]["forward ms"]) == pytest.approx(15)
    assert float(rows[2]["MiB sent a step"]) == 3.0
    assert rows[0]["forward ms"] == ""  # nothing was taken apart: that is no 0
    assert rows[0]["steps left out"] == "26"
    assert isinstance(picture, SaveBytes)
    image = QImage.fromData(picture.content)
    used.panel.resize(420, 120)
    QApplication.processEvents()
    assert not used.table.places(used.table.width())[1].details
    again = QImage.fromData(used.panel.picture())
    assert again.height() == image.height(), "rows that are short on screen are whole in the picture"
    assert not used.table.places(used.table.width())[1].details
    assert image.width() > used.table.width()
    chip = mode_colours(2, dark=False).line
    assert any(image.pixelColor(x, y).rgb() == chip.rgb() for x in range(16, 30) for y in range(image.height()))


def test_the_row_in_force_stands_out_and_a_mode_has_its_colour(used: Used) -> None:
    used.panel.setPalette(make_palette(dark=False))
    QApplication.processEvents()
    image = used.table.grab().toImage()
    places = used.table.places(used.table.width())
    for index, place in enumerate(places):
        at = QPoint(3, round(place.row.center().y()))
        assert image.pixelColor(at).rgb() == mode_colours(index, dark=False).line.rgb()
    tinted = QPoint(round(places[0].row.right()) - 6, round(places[0].row.top()) + 6)
    assert image.pixelColor(tinted).rgb() == mode_colours(0, dark=False).tint.rgb()
    tinted.setY(round(places[1].row.top()) + 6)
    assert image.pixelColor(tinted).rgb() != mode_colours(1, dark=False).tint.rgb()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_speed_ups_are_legible(dark: bool, factor: float) -> None:
    palette = make_palette(dark)
    colour = speed_colour(factor, palette)
    for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Window):
        assert contrast(colour, palette.color(role)) >= 4.5
    for number in range(10):
        assert contrast(colour, mode_colours(number, dark=dark).tint) >= 4.5


def test_what_would_fill_it_is_said_and_what_is_replayed_or_slowed_down_is_stamped(used: Used) -> None:
    assert used.panel._empty.isHidden()
    empty = Store()
    used.panel.refresh(empty)
    assert "Press Play" in used.panel._empty.text()
    assert not used.panel._empty.isHidden()
    assert used.panel._scroll.isHidden()
    used.store.live.is_replay = True
    used.panel.refresh(used.store)
    assert used.panel._note.text().startswith(
        "REPLAY · Averages of 371 of 403 steps; time in pauses and shifts does not count. "
        "Left out: 12 of warm-up, 20 made while"
    )


def test_a_frame_in_which_nothing_is_new_paints_nothing(used: Used, qtbot: QtBot) -> None:
    painted: list[object] = []
    paint = used.table.paintEvent
    used.table.paintEvent = lambda event: (painted.append(event), paint(event))  # type: ignore[method-assign,assignment]
    used.panel.refresh(used.store)
    QApplication.processEvents()
    assert painted == []
    used.store.feed(
        [visit(4, ONE, 403, 300.0), steps(403, 20, 300.0, 0.05), anatomy(410, 4, forward_s=0.01, sending_s=0)]
    )
    used.panel.refresh(used.store)
    qtbot.waitUntil(lambda: bool(painted), timeout=2_000)


def test_rows_that_wrap_beside_a_scroll_bar_alone_come_to_rest(qtbot: QtBot) -> None:
    """Where all rows fit without the bar that what lies below them asks for, and beside it only closed ones do.

    A bar that came and went at each layout was laid out until the stack was full.
    """
    used = Used(qtbot)
    for number in range(4, 9):
        mode = f"cpu,dp={number}"
        used.store.feed(
            [visit(number, mode, number * 100, number * 100.0), steps(number * 100, 50, number * 100, 0.04)]
        )
        used.store.feed([anatomy(number * 100 + 20, number, forward_s=0.015, sending_s=0.005)])
    panel, table = used.panel, used.table
    panel.resize(900, 10_000)
    panel.refresh(used.store)
    panel._make_room(10_000)
    bar = panel._scroll.verticalScrollBar().sizeHint().width()
    heights = {width: table.heightForWidth(width) for width in range(240, 1_400)}
    critical = [width for width in range(260, 1_400) if heights[width] < heights[width - bar]]
    for width in critical[:: max(1, len(critical) // 8)]:
        for room in range(heights[width], heights[width - bar], 8):
            panel.resize(width, room + panel.height() - panel._scroll.viewport().height())
            QApplication.processEvents()
            assert table.width() <= panel._scroll.viewport().width()


def test_the_bar_of_a_mode_of_which_no_step_was_taken_apart_is_empty_and_it_is_said_why(used: Used) -> None:
    used.panel.setPalette(make_palette(dark=False))
    table = used.table
    image = table.grab().toImage()
    (_, two, data), places = table.rows, table.places(table.width())
    middles = [image.pixel(table.boxes(n, place)[-1][1].center().toPoint()) for n, place in enumerate(places)]
    edge = image.pixel(round(places[0].bar.left()), round(places[0].bar.center().y()))
    assert middles[0] == mode_colours(0, dark=False).tint.rgb(), "the ground of the row in force"
    assert edge != middles[0]
    assert middles[1] != middles[2] == make_palette(dark=False).midlight().color().rgb(), "idle"
    assert "no step was taken apart" in row_words(two, table.rows, "samples", str)
    assert "no step was taken apart" not in row_words(data, table.rows, "samples", str)
    assert "An empty bar: no step of that mode was taken apart." in used.panel._note.text()


def test_a_split_of_a_cold_step_says_so_and_is_in_no_table() -> None:
    store = Store()
    store.feed([visit(0, ONE, 0, 0.0), steps(0, 50, 0.0, 0.04), anatomy(20, 0, forward_s=0.015, sending_s=0.005)])

    def told() -> tuple[str, list[str]]:
        (row,) = rows = store.live.board.rows()
        return row_words(row, rows, "samples", str), table(rows, "samples")[1]

    words, cells = told()
    assert "forward 15.0 ms" in words
    assert "its caches were cold" in words
    assert "15" not in cells
    store.feed([anatomy(30, 0, forward_s=0.01, sending_s=0.01)])
    words, cells = told()
    assert "split of one step taken apart" in words
    assert "10" in cells
