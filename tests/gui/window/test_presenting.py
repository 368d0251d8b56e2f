"""Presenter layout: large, there and back by one key, the window untouched below it, and nothing ends by accident."""

import re

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QCursor, QFontInfo, QFontMetricsF, QHelpEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QMessageBox, QScrollArea, QToolTip
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.config.spec import make_spec
from engine.errors import RequestError, Sentence
from engine.events.evaluator import LookDrawn, TryAnswered, Validated
from engine.events.run import Notice, StatusChanged
from engine.explain.rules.verdict import Verdict
from engine.pictures import Choice, HeatMap, Phrase, Text
from engine.record.places import sample_runs
from gui.look.scale import SMALL, letters_font
from gui.model.intents import BreakRank, Intent, Shift, WatchLook
from gui.panels import discover
from gui.panels.inside import InsidePanel
from gui.widgets.board_places import row_places
from gui.widgets.spotlight import show_tip
from gui.widgets.try_view import TryView
from gui.widgets.verdict_dialog import VerdictDialog
from gui.window.docks import is_seen
from gui.window.help_window import HelpWindow
from gui.window.panel_list import KEYS
from gui.window.presenter import Presenter
from gui.window.view_menu import PROJECTOR_POINTS
from gui.window.walk import NOT_WALKED
from gui.window.window import Window
from tests.gui.window.test_nothing_is_cut import what_is_cut
from tests.messages import batch, begin
from tests.windows import Open, feed_sample, play, press

LETTERS = tuple("It␣is␣a␣truth␣universally␣acknowledged,␣that␣a␣s")
ATTENTION = HeatMap(
    rows=LETTERS,
    columns=LETTERS,
    values=np.tril(np.ones((len(LETTERS), len(LETTERS)), np.float32)).tobytes(),
    relation=Phrase("hears"),
    note=Phrase("How much each character (row) hears of those up to it: each row sums to 1."),
    choices=tuple(Choice(title=title, options=("1", "2")) for title in ("Layer", "Head", "Line")),
)


@pytest.fixture
def window(open_window: Open, qtbot: QtBot) -> Window:
    """A window with a recorded run in it."""
    window = open_window().window
    window.resize(1280, 800)
    feed_sample(window.store)
    window.refresh()
    return window


@pytest.mark.parametrize("size", [QSize(1024, 640), QSize(1920, 1080)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_mode_and_rate_are_large_and_whole(window: Window, qtbot: QtBot, size: QSize, theme: str) -> None:
    window.look.set_theme(theme)
    window.resize(size)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    shown.refresh()
    qtbot.wait(1)
    assert shown.geometry() == window.rect()
    for label in (shown.mode.name, shown.rate.rate):
        assert label.fontInfo().pixelSize() >= 28
    assert shown.mode.name.text() == window.store.live.segments[-1].name
    assert shown.mode.name.width() >= shown.mode.name.sizeHint().width()


def test_it_lies_over_docks_that_larger_letters_have_lain_behind_one_row(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    window.look.set_text(26)
    for _ in range(3):
        qtbot.wait(5)
        window.refresh()
    for x, y in ((300, 300), (900, 300), (300, 600), (900, 600)):
        assert shown.isAncestorOf(window.childAt(x, y))


@pytest.mark.parametrize("points", [10, PROJECTOR_POINTS, 26])
def test_letters_are_those_of_the_projector_at_least_and_never_below_the_chosen(
    window: Window, qtbot: QtBot, points: int
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    window.look.set_text(points)
    try:
        chosen, projector = (round(size * shown.logicalDpiY() / 72) for size in (points, PROJECTOR_POINTS))
        least = max(chosen, projector)
        table = shown._made["board"].table
        qtbot.waitUntil(lambda: table.fontInfo().pixelSize() >= chosen, timeout=2_000)
        qtbot.wait(1)  # letters of the rest follow
        assert shown._keys.fontInfo().pixelSize() == shown.loss.fontInfo().pixelSize(), "no text is smaller than others"
        assert table.fontInfo().pixelSize() >= least
        assert shown.verdict.label.fontInfo().pixelSize() >= least
        assert shown.loss.fontInfo().pixelSize() >= 0.85 * least
    finally:
        window.look.set_text(10)


def test_lanes_take_the_room_and_what_is_for_the_desk_is_left_out(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    for name, texts in {"lanes": {"Save trace …", "Fit"}, "loss": {"log x", "log y", "follow"}}.items():
        shown.choose(name)
        shown.refresh()
        panel, beside = shown._made[name], window.panel(name)
        assert panel.isVisible()
        for text in texts:
            (left_out,) = (button for button in panel.findChildren(QAbstractButton) if button.text() == text)
            assert not left_out.isVisible()
            (kept,) = (button for button in beside.findChildren(QAbstractButton) if button.text() == text)
            assert not kept.isHidden()
    lanes = shown._made["lanes"]._lanes
    shown.choose("lanes")
    qtbot.waitUntil(lambda: lanes.height() > 300, timeout=2_000)
    assert lanes._lane(0, 2).height() > 100


def test_in_the_largest_letters_plots_keep_room_and_no_panel_moves_them_or_is_cut(
    window: Window, qapp: QApplication
) -> None:
    window.look.set_text(26)
    try:
        window.presenting.toggle()
        shown = window.presenting.layout
        assert shown is not None
        places = set()
        for name in shown.walk.there:
            shown.choose(name)
            for _ in range(4):
                qapp.processEvents()
                shown.refresh()
            places.add(shown._place_of(shown._made[name]).x())
            assert what_is_cut(shown) == []
        assert len(places) == 1, "each panel has the same half"
        assert shown._made["throughput"]._plot.height() > 3 * shown.fontMetrics().height()
        assert "F5" in shown._keys.text()
    finally:
        window.look.set_text(10)


def test_in_the_largest_letters_a_metric_on_a_part_leaves_room_for_how_to_leave(
    window: Window, qapp: QApplication
) -> None:
    window.look.set_text(26)
    try:
        window.presenting.toggle()
        shown = window.presenting.layout
        assert shown is not None
        part = Validated(at_s=1.0, step=9, loss=1.5, metric=0.348, samples=23, held_back=130, seconds=0.1)
        window.store.feed([part])
        for _ in range(4):
            qapp.processEvents()
            shown.refresh()
        assert "34.8 % on 23 of 130" in shown.loss.text()
        assert "F5" in shown._keys.text()
    finally:
        window.look.set_text(10)


def test_in_the_largest_letters_many_modes_leave_the_throughput_its_height_and_no_line_is_cut(
    open_window: Open, qapp: QApplication
) -> None:
    window = open_window().window
    window.resize(1276, 764)
    feed_sample(window.store, next(path for path in sample_runs() if path.name == "sample-text-gpt"))
    window.look.set_text(26)
    try:
        window.presenting.toggle()
        shown = window.presenting.layout
        assert shown is not None
        for _ in range(6):
            qapp.processEvents()
            shown.refresh()
        throughput, ribbon = shown._made["throughput"], shown._made["ribbon"]._ribbon
        assert throughput.height() >= window.height() / 4
        assert throughput._plot.getPlotItem().getViewBox().height() > 2 * throughput.fontMetrics().height()
        assert ribbon.height() >= ribbon.sizeHint().height()
        assert ribbon.key.lines == 1
        table = shown._made["board"].table
        small = QFontMetricsF(letters_font(table.font(), SMALL))
        said = [line for place in row_places(table.rows, "tokens", table.font(), 500) for line in place.details]
        assert any("others took" in text for text, _ in said)
        assert all(small.horizontalAdvance(text) <= box.width() for text, box in said)
    finally:
        window.look.set_text(10)


def test_the_ribbon_says_what_its_numbers_stand_for(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    ribbon = shown._made["ribbon"]._ribbon

    def has_a_line_of_them() -> bool:
        ribbon.grab()
        return ribbon.key.lines > 0 and ribbon.height() >= 2 * ribbon._line()

    at = window.store.live.num_steps
    for segment in range(5, 12):  # narrow ones
        at += 1
        window.store.feed([msgspec.structs.replace(begin(segment, at, 99.0), mode=f"cpu,dp={segment}")])
        window.store.feed([batch(at, 1, segment=segment, at_s=99.0)])
    window.refresh()
    qtbot.waitUntil(has_a_line_of_them, timeout=2_000)


def test_the_window_is_as_it_was_and_nothing_of_the_layout_is_kept(window: Window, qtbot: QtBot) -> None:
    window.docks.by_id["traffic"].raise_()
    window.docks.by_id["devices"].hide()
    qtbot.wait(50)  # docks have found their places
    before = (window.saveState(), window.saveGeometry(), window.settings.layout())
    for back in (Qt.Key.Key_F5, Qt.Key.Key_Escape):
        qtbot.keyClick(window, Qt.Key.Key_F5)
        assert window.presenting.layout is not None
        assert (window.saveState(), window.saveGeometry(), window.settings.layout()) == before  # so a crash finds it
        qtbot.keyClick(window, back)
        assert window.presenting.layout is None
        assert (window.saveState(), window.saveGeometry(), window.settings.layout()) == before
    assert all(part.isEnabled() for part in (window.menuBar(), window.centralWidget(), window._reset, window._step))


MODES = ("cpu,threads=1", "cpu,dp=2", "cpu,pp=2")
EMPTY = {"text-sample", "bubble", "inside"}
"""Of the recorded run: no text, no pipeline at its end, no model in memory."""


def test_keys_walk_through_all_panels_that_show_something_and_round(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    first, seen, titles = shown.chosen, [], []
    walked = {panel.panel_id for panel in window.panels if panel.panel_id not in NOT_WALKED} - EMPTY
    for _ in walked:
        seen.append(shown.chosen)
        titles.append(shown._chosen_title.text())
        assert shown._made[shown.chosen].isVisible()
        qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert shown.chosen == first
    assert len(seen) == len(walked)
    assert set(seen) == walked
    names = [window.panel(name).panel_title() for name in seen]
    keys = [KEYS[(at := shown.walk.names.index(name)) : at + 1] for name in seen]
    assert titles == [f"{key}: {name}" if key else name for key, name in zip(keys, names, strict=True)]
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert shown.chosen == seen[-1]
    shown.choose("bubble")
    assert shown._chosen_title.text() == "Bubble", "there is no key 13"
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert shown.chosen in seen


def test_a_panel_is_chosen_by_its_number_or_in_the_list(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    names, there = shown.walk.names, shown.walk.there
    shown.choose_nth(names.index("bubble"))
    assert shown.chosen == "board"
    assert shown._keys.text() == "▲ Bubble has nothing to show: only a pipeline has a bubble."
    qtbot.keyClick(window, "0")
    assert shown._keys.text() == "▲ 0: Inside the model has nothing to show: no model is in memory; Play brings one."
    keys = {"loss": "3", "mode-picture": "6", "traffic": "7", "memory": "8", "surface": "9", "board": "1"}
    for name, key in keys.items():
        qtbot.keyClick(window, key)
        assert shown.chosen == name == names[KEYS.index(key)]
    assert "text-sample" not in names, "nothing is written in this workload"
    shown.list.click()
    menu = shown.list.menu_shown
    assert menu is not None
    listed = [action for action in menu.actions() if not action.isSeparator()]
    titles = [window.panel(name).panel_title() for name in there]
    entries = [(entry.text().strip(f"{KEYS} \N{FIGURE SPACE}"), entry.isChecked()) for entry in listed]
    assert entries == [(title, title == "Board of modes") for title in titles]
    told = [entry.text()[0] for entry in listed]
    assert told == [KEYS[(at := names.index(name)) : at + 1] or "\N{FIGURE SPACE}" for name in there]
    menu.actions()[4].trigger()
    menu.close()
    assert shown.chosen == there[4]
    window.store.feed([msgspec.structs.replace(begin(9, window.store.live.num_steps, 99.0), mode="cpu,pp=2")])
    shown.choose_nth(names.index("bubble"))
    assert shown.chosen == "bubble"
    qtbot.keyClick(window, Qt.Key.Key_7)
    assert shown.chosen == "bubble", "a key means the same panel, whatever there is to show; of messages there are none"
    qtbot.keyClick(window, Qt.Key.Key_1)
    for key in ("Alt+D", "Alt+P", "Alt+T", "L", "PgUp", "PgDn", "▾", "1", "Space", "F1", "F5"):
        assert key in shown._keys.text().replace("\N{NO-BREAK SPACE}", " ").replace(",", "").split(" "), key


def test_what_a_workload_has_of_its_own_is_among_the_ten_keys_and_no_key_is_spent_on_what_it_never_has(
    window: Window, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    kinds = {kind.panel_id: kind for kind in discover()}
    play_through = [msgspec.structs.replace(begin(at, at, float(at)), mode=mode) for at, mode in enumerate(MODES)]
    for card in workloads().values():
        window.store.begin(f"a run of {card.name}").spec = make_spec(card.name)
        shown.refresh()
        with_key = shown.walk.names[: len(KEYS)]
        own = {name for name, kind in kinds.items() if kind.card_picture in card.pictures}
        assert own <= set(with_key), card.name
        assert ("inside" in with_key) == bool(card.looks or card.tries), card.name
        assert not [name for name in shown.walk.names if kinds[name].card_picture not in ("", *card.pictures)], (
            card.name
        )
        assert with_key[:8] == ["board", "lanes", "loss", "devices", "shares", "mode-picture", "traffic", "memory"]
        before = shown.walk.names
        for event in play_through:
            window.store.feed([event])
            assert shown.walk.names == before, f"a key means the same panel as long as {card.name} is trained"


def test_another_workload_without_the_panel_that_was_chosen_shows_the_first(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    shown.choose("surface")
    window.store.begin("another run").spec = make_spec("digits-mlp")
    window.refresh()
    assert shown.chosen == "board"
    assert shown._made["board"].isVisible()


def test_help_and_why_come_over_the_layout_in_its_letters_and_esc_closes_them_first(
    window: Window, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    qtbot.keyClick(window, Qt.Key.Key_F1)
    pages = window.help.pages
    assert isinstance(pages, HelpWindow)
    assert pages.isVisible()
    pages.ensurePolished()
    letters = shown._made["board"].table.fontInfo().pixelSize()
    qtbot.waitUntil(lambda: pages.page.fontInfo().pixelSize() == letters, timeout=2_000)
    assert letters > window.panel("log").fontInfo().pixelSize()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=2_000)
    qtbot.keyClick(window, Qt.Key.Key_Escape)  # though the help has the keyboard no more
    assert not pages.isVisible()
    window.store.live.verdicts.current = Verdict(rule="plain", text=Sentence("As it is."))
    shown.refresh()
    shown.verdict.why.click()
    (why,) = shown.findChildren(VerdictDialog)
    qtbot.waitUntil(why.isActiveWindow, timeout=2_000)
    qtbot.keyClick(why, Qt.Key.Key_Escape)
    assert not why.isVisible()
    shown.verdict.why.click()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=2_000)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert shown.verdict._dialog is None
    assert window.presenting.layout is shown, "one thing at a time"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.presenting.layout is None
    assert pages.styleSheet() == ""


def test_why_does_not_outlast_the_run_that_it_speaks_of(window: Window, qtbot: QtBot) -> None:
    window.store.live.verdicts.current = Verdict(rule="plain", text=Sentence("As it is."))
    window.refresh()
    window.verdict.why.click()
    assert window.verdict._dialog is not None
    window.store.begin("another run")
    window.refresh()
    assert window.verdict._dialog is None
    window.store.live.verdicts.current = Verdict(rule="plain", text=Sentence("As it is."))
    window.refresh()
    window.verdict.why.click()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.verdict._dialog is None, "nothing follows what is said there while somebody presents"


def test_the_metric_at_the_foot_is_said_to_be_of_validation(window: Window, qtbot: QtBot) -> None:
    window.presenting.toggle()
    assert window.presenting.layout is not None
    assert re.fullmatch(r"loss \S+ · validation: accuracy \S+ %", window.presenting.layout.loss.text())


def assert_is_read_from_afar(box: QMessageBox, window: Window) -> None:
    """A box in the letters of the presenter's layout: what is asked as large as a heading, all else as its text."""
    layout = window.presenting.layout
    assert layout is not None
    text = layout.list.fontInfo().pixelSize()
    question, *others = box.findChildren(QLabel, "qt_msgbox_label")
    assert question.fontInfo().pixelSize() > text, "a heading"
    assert not others
    for button in box.buttons():
        assert button.fontInfo().pixelSize() == text
    more = box.findChild(QLabel, "qt_msgbox_informativelabel")
    assert more.fontInfo().pixelSize() == text
    for label in (question, more):
        assert label.height() >= label.heightForWidth(label.width())


def test_what_is_said_or_asked_there_by_others_is_large_too(window: Window, qtbot: QtBot) -> None:
    plain = window.fontInfo().pixelSize()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    layout = window.presenting.layout
    assert layout is not None
    window.say("Something cannot be.")
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    assert box.findChild(QLabel, "qt_msgbox_label").fontInfo().pixelSize() == layout.list.fontInfo().pixelSize() > plain
    box.close()


def test_a_rank_is_broken_from_there_only_after_a_question(window: Window, qtbot: QtBot) -> None:
    wanted: list[Intent] = []
    window.intent.connect(lambda intent: wanted.append(intent) if isinstance(intent, BreakRank) else None)
    window.store.live.is_replay = False
    qtbot.keyClick(window, Qt.Key.Key_F5)
    window.tools.show(None, "", 2)
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    breaks = window.tools.breaks
    assert breaks.isVisible()
    for answer in (QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes):
        breaks.actions()[3].trigger()
        breaks.close()
        assert wanted == []
        box = next(box for box in window.findChildren(QMessageBox) if box.isVisible())
        assert "Break rank 1 on purpose?" in box.text()
        assert box.defaultButton() is box.button(QMessageBox.StandardButton.No)
        assert_is_read_from_afar(box, window)
        box.button(answer).click()
    assert wanted == [BreakRank(1, "kill")]


def test_the_menus_begin_at_the_mode_in_force_and_what_is_told_in_passing_stands_at_the_foot(
    window: Window, qtbot: QtBot
) -> None:
    window.store.feed([msgspec.structs.replace(begin(9, window.store.live.num_steps, 99.0), mode="cpu,dp=2")])
    qtbot.keyClick(window, Qt.Key.Key_F5)
    window.refresh()
    shown = window.presenting.layout
    assert shown is not None
    qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
    menu = window._modes._menus["parallelism"]
    inner = menu.activeAction().menu()
    assert isinstance(inner, QMenu)
    assert inner.activeAction().text() == "Data parallel ×2"
    assert inner.activeAction().isChecked()
    menu.close()
    window.tell(RequestError("That mode is in force already."))
    assert shown._keys.text() == "▲ That mode is in force already."


def test_what_comes_to_have_something_to_show_is_walked_to_from_then_on(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    count = len(shown.walk.there)
    at = window.store.live.num_steps
    window.store.feed([msgspec.structs.replace(begin(9, at, 99.0), mode="cpu,pp=2")])
    shown.refresh()
    assert "bubble" in shown.walk.there
    assert shown._chosen_title.text() == "1: Board of modes"
    assert len(shown.walk.there) >= count


def test_nothing_ends_a_run_by_accident(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store = application.window, application.store
    play(application, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    wanted: list[Intent] = []
    window.intent.connect(wanted.append)
    layout = window.presenting.layout
    assert layout is not None
    chosen = layout.chosen
    for key in (Qt.Key.Key_R, Qt.Key.Key_S, Qt.Key.Key_Right, Qt.Key.Key_L, Qt.Key.Key_PageDown):
        qtbot.keyClick(window, key)
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert wanted == []
    assert layout.chosen != chosen, "the keys come to whom they are meant for"
    window.close()
    (box,) = window.findChildren(QMessageBox)
    assert box.isVisible()
    assert_is_read_from_afar(box, window)
    box.button(QMessageBox.StandardButton.No).click()
    assert window.isVisible()
    assert not window.may_close
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    step = store.live.step
    qtbot.waitUntil(lambda: store.live.step > step, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=5_000)


@pytest.mark.parametrize("name", ["device", "parallelism", "precision"])
def test_the_menus_of_modes_open_by_their_keys_and_shift(window: Window, qtbot: QtBot, name: str) -> None:
    menu = window._modes._menus[name]
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    wanted: list[Intent] = []
    window.intent.connect(wanted.append)
    key = QKeySequence.mnemonic(menu.title())
    assert key.toString(QKeySequence.SequenceFormat.NativeText) in shown._keys.text()
    qtbot.keySequence(window, key)
    assert menu.isVisible()
    assert menu.fontInfo().pixelSize() == shown.rate.below.fontInfo().pixelSize() > 16
    menu.setActiveAction(next(entry for entry in menu.actions() if entry.isEnabled() and entry.isCheckable()))
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert menu.isHidden()
    (intent,) = wanted
    assert isinstance(intent, Shift)


def test_menus_of_modes_tick_what_is_in_force_while_presenting(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    first = next(entry for entry in window._modes._menus["device"].actions() if entry.isCheckable())
    for threads in (2, 1):
        mode = f"cpu,threads={threads}"
        at = window.store.live.num_steps
        window.store.feed([msgspec.structs.replace(begin(9, at, 99.0), mode=mode)])
        window.refresh()
        assert first.isChecked() == (threads == 1)


def test_what_is_grey_in_a_menu_is_so_after_presenting_too(open_window: Open, qtbot: QtBot) -> None:
    window = open_window().window
    window.refresh()
    greyed = [entry for entry in window.tools.menu.actions() if entry.menu()]
    assert len(greyed) == 3
    for _ in ("no rank", "no rank yet"):
        assert not any(entry.isEnabled() for entry in greyed)
        qtbot.keyClick(window, Qt.Key.Key_F5)
        qtbot.keyClick(window, Qt.Key.Key_F5)
        assert window.presenting.layout is None
    window.tools.show(None, "", 2)
    assert all(entry.isEnabled() for entry in greyed)


def test_the_spotlight_leaves_a_circle_on_the_mouse(window: Window, qapp: QApplication, qtbot: QtBot) -> None:
    window.look.set_theme("light")
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    at = QPoint(shown.width() // 2, shown.height() // 2)
    QCursor.setPos(shown.mapToGlobal(at))
    qtbot.keyClick(window, Qt.Key.Key_L)
    light = shown.spotlight
    assert light.isVisible()

    def lightness(where: QPoint) -> int:
        colour: QColor = shown.grab().toImage().pixelColor(where)
        return colour.lightness()

    corner = QPoint(5, 5)
    assert (lightness(at) > 200, lightness(corner) < 120) == (True, True)
    QCursor.setPos(shown.mapToGlobal(corner))
    qtbot.waitUntil(lambda: lightness(corner) > 200, timeout=2_000)
    assert lightness(at) < 120
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert light.isHidden()


def test_no_tooltip_comes_up_while_the_spotlight_is_on(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, *_: told.append(text))
    window.presenting.toggle()
    shown = window.presenting.layout
    assert shown is not None
    table = shown._made["board"].table
    at = row_places(table.rows, "samples", table.font(), table.width())[0].row.center().toPoint()
    for is_lit, count in ((False, 2), (True, 0), (False, 2)):
        told.clear()
        if shown.spotlight.isVisible() != is_lit:
            qtbot.keyClick(window, Qt.Key.Key_L)
        QApplication.sendEvent(table, QHelpEvent(QEvent.Type.ToolTip, at, table.mapToGlobal(at)))
        show_tip(QPoint(), "from a mouse that moves", table)
        assert len(told) == count


def test_a_pause_is_said_where_the_rate_was(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store = application.window, application.store
    play(application, qtbot)
    qtbot.waitUntil(lambda: store.live.samples_per_s is not None, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    shown.refresh()
    assert "/s" in shown.rate.rate.text()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=5_000)
    shown.refresh()
    assert shown.rate.rate.text() == "paused"


def test_a_look_is_drawn_for_whoever_sees_it(window: Window, qtbot: QtBot) -> None:
    window.store.show_set_up(make_spec("digits-mlp"))
    window.store.begin("another")  # its model is that of the set-up
    asked: list[str] = []
    window.intent.connect(lambda intent: asked.append(intent.look) if isinstance(intent, WatchLook) else None)
    window.docks.by_id["inside"].raise_()
    qtbot.waitUntil(lambda: is_seen(window.docks.by_id["inside"]), timeout=5_000)
    window.refresh()
    assert asked == ["weights"]
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert asked == ["weights", ""], "it is covered"
    shown = window.presenting.layout
    assert shown is not None
    shown.choose("inside")
    assert asked[2:] == ["weights"]
    shown.turn(1)
    assert asked[3:] == [""]
    shown.choose("inside")
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert asked[4:] == ["weights", "", "weights"], "from the presenter's panel to the window's"


def test_a_panel_apart_from_the_window_draws_on_while_somebody_presents(window: Window, qtbot: QtBot) -> None:
    dock, log = window.docks.by_id["log"], window.panel("log")
    dock.setFloating(True)
    dock.show()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    window.store.feed([Notice(at_s=99.0, level="info", text=Sentence("What is new."))])
    window.refresh()
    assert "What is new." in log._text.toPlainText()


def test_the_presenter_shows_the_try_and_the_text_that_were_prepared_in_the_window(window: Window) -> None:
    window.store.begin("a run")
    window.store.take_over(make_spec("text-gpt"), is_replay=False)
    inside = window.panel("inside")
    inside.refresh(window.store)
    names = [getattr(inside._picker.itemData(at), "name", "") for at in range(inside._picker.count())]
    inside._picker.setCurrentIndex(names.index("continue"))
    inside._picker.activated.emit(names.index("continue"))
    inside._try.input.prompt.setText("The leap of")
    window.presenting.toggle()
    shown = window.presenting.layout
    assert shown is not None
    shown.choose("inside")
    panel = shown._made["inside"]
    assert panel is not inside
    assert panel._try.input.prompt.text() == "The leap of"


def pick_continue(panel: InsidePanel) -> TryView:
    """The try that goes on with a text, picked as a person does."""
    names = [getattr(panel._picker.itemData(at), "name", "") for at in range(panel._picker.count())]
    panel._picker.setCurrentIndex(names.index("continue"))
    panel._picker.activated.emit(names.index("continue"))
    assert panel._try is not None
    return panel._try


@pytest.mark.parametrize("is_built", [False, True])
def test_what_is_tried_while_presenting_is_in_the_window_then_and_there_when_presenting_again(
    window: Window, *, is_built: bool
) -> None:
    store, presenting = window.store, window.presenting
    store.begin("a run")
    store.take_over(make_spec("text-gpt"), is_replay=False)
    store.feed([StatusChanged(at_s=0.0, status="running", step=3), begin(0, 3, 0.0)])
    if is_built:
        window.panel("inside").refresh(store)
    presenting.toggle()
    assert presenting.layout is not None
    presenting.layout.choose("inside")
    tried = pick_continue(presenting.layout._made["inside"])  # type: ignore[arg-type]
    tried.input.prompt.setText("A class")  # type: ignore[attr-defined]
    tried.input.button.click()  # type: ignore[attr-defined]
    picture = Text(prompt="A class", text=" of words")
    store.feed([TryAnswered(at_s=1.0, number=tried.number, step=5, picture=picture, is_over=True)])
    window.refresh()
    presenting.leave()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    own = window.panel("inside")
    own.refresh(store)

    def assert_is_there(panel: InsidePanel) -> None:
        assert panel._picker.currentText() == "Try: Continue a text"
        assert panel._try is not None
        assert panel._try.input.prompt.text() == "A class"  # type: ignore[attr-defined]
        assert panel._try.answer is not None
        assert panel._try.answer.picture == picture

    assert_is_there(own)
    presenting.toggle()
    assert presenting.layout is not None
    assert presenting.layout.chosen == "inside"
    assert_is_there(presenting.layout._made["inside"])  # type: ignore[arg-type]


def test_a_panel_apart_from_the_window_keeps_what_is_typed_there_while_somebody_presents(window: Window) -> None:
    window.store.begin("a run")
    window.store.take_over(make_spec("text-gpt"), is_replay=False)
    own = window.panel("inside")
    own.refresh(window.store)
    window.docks.by_id["inside"].setFloating(True)
    window.presenting.toggle()
    assert window.presenting.layout is not None
    window.presenting.layout.choose("inside")
    tried = pick_continue(own)
    tried.input.prompt.setText("Typed at the desk")  # type: ignore[attr-defined]
    window.presenting.leave()
    assert own._try is tried


def test_what_was_presented_last_is_not_come_back_to_where_it_has_nothing_to_show(window: Window) -> None:
    window.presenting.toggle()
    assert window.presenting.layout is not None
    window.presenting.layout.choose("traffic")
    window.presenting.toggle()
    window.store.begin("another")
    window.presenting.toggle()
    assert window.presenting.layout.chosen == "board"


def test_escape_gives_back_the_keys_of_a_field_before_it_leaves(window: Window, qtbot: QtBot) -> None:
    window.store.begin("a run")
    window.store.take_over(make_spec("text-gpt"), is_replay=False)
    window.store.feed([StatusChanged(at_s=0.0, status="running", step=3), begin(0, 3, 0.0)])
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    shown = window.presenting.layout
    assert shown is not None
    shown.choose("inside")
    prompt = pick_continue(shown._made["inside"]).input.prompt  # type: ignore[arg-type, attr-defined]
    prompt.setFocus()
    qtbot.keyClicks(prompt, "A class")
    press(window, Qt.Key.Key_Escape)
    assert window.presenting.layout is shown
    assert prompt.text() == "A class"
    assert not prompt.hasFocus()
    press(window, Qt.Key.Key_Escape)
    assert window.presenting.layout is None


def places_that_scroll(layout: Presenter) -> list[str]:
    """What of the chosen panel is seen only by scrolling."""
    around = layout._place_of(layout._made[layout.chosen])
    places = [place for place in (around, *around.findChildren(QScrollArea)) if isinstance(place, QScrollArea)]
    bars = {type(place).__name__: place.verticalScrollBar().maximum() for place in places if place.isVisible()}
    return [f"{layout.chosen}: {name} by {most}" for name, most in bars.items() if most]


@pytest.mark.parametrize("points", [10, 26])
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_each_panel_that_draws_fits_its_height(
    open_window: Open, qapp: QApplication, size: tuple[int, int], points: int
) -> None:
    window = open_window().window
    window.resize(*size)
    feed_sample(window.store, next(path for path in sample_runs() if path.name == "sample-text-gpt"))
    window.store.take_over(make_spec("text-attention"), is_replay=False)
    window.store.live.status = "paused"  # there is a model to look into
    window.store.feed([LookDrawn(at_s=1.0, look="attention", chosen=(), step=1_234, picture=ATTENTION)])
    window.look.set_text(points)
    try:
        window.presenting.toggle()
        shown = window.presenting.layout
        assert shown is not None
        scrolled, drawn = [], {"lanes", "loss", "metric", "mode-picture", "inside"}
        for name in drawn & {*shown.walk.there}:
            shown.choose(name)
            for _ in range(6):
                qapp.processEvents()
                shown.refresh()
            scrolled += places_that_scroll(shown)
        assert drawn <= {*shown.walk.there}
        assert scrolled == []
    finally:
        window.look.set_text(10)


@pytest.mark.parametrize("points", [10, 26])
def test_numbers_along_the_bubble_are_as_large_as_the_letters_around_them(
    window: Window, qapp: QApplication, points: int
) -> None:
    window.store.feed([msgspec.structs.replace(begin(9, window.store.live.num_steps, 99.0), mode="cpu,pp=2")])
    window.look.set_text(points)
    try:
        window.presenting.toggle()
        shown = window.presenting.layout
        assert shown is not None
        shown.choose("bubble")
        for _ in range(6):
            qapp.processEvents()
            shown.refresh()
        panel = shown._made["bubble"]
        letters = panel._words.fontInfo().pixelSize()
        for side in ("left", "bottom"):
            axis = panel._plot.getAxis(side)
            assert QFontInfo(axis.style["tickFont"]).pixelSize() == letters
            assert QFontInfo(axis.label.font()).pixelSize() == letters
        assert what_is_cut(shown) == []
        assert places_that_scroll(shown) == []
        at = panel._plot.mapTo(shown, QPoint())
        assert shown._place_of(panel).geometry().contains(QRect(at, panel._plot.size()))
        assert panel._plot.getPlotItem().getViewBox().width() > 3 * letters
    finally:
        window.look.set_text(10)
