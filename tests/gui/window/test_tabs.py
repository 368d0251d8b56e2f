"""Tabs at the bottom: whose they are, and what comes to the front of them by itself."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QTabBar
from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from engine.config.spec import make_spec
from engine.events.evaluator import Surface, TextSample
from gui.look.theme import apply_theme
from gui.model.store import Store
from gui.window.dock_title import DockTitle
from gui.window.settings import Settings
from gui.window.tab_bars import is_seen, size_with_tabs
from gui.window.tab_list import TabList
from gui.window.window import Window
from tests.windows import click

TEXT = TextSample(at_s=1.0, step=1, prompt="To be", text=" or not")


SURFACE = Surface(at_s=1.0, step=1, x_min=-1, x_max=1, y_min=-1, y_max=1, width=1, height=1, probability=b"a")


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    return opened(qtbot)


def opened(qtbot: QtBot, workload: str = "digits-mlp") -> Window:
    store = Store()
    store.show_set_up(make_spec(workload))
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    return window


def begin(window: Window, workload: str) -> None:
    """A run of a workload, of which nothing is known yet."""
    window.store.begin(workload)
    window.store.take_over(make_spec(workload), is_replay=False)
    window.refresh()


def click_tab(window: Window, panel_id: str) -> None:
    title = window.docks.by_id[panel_id].windowTitle()
    for bar in window.findChildren(QTabBar):
        for index in range(bar.count() if bar.isVisible() else 0):
            if bar.tabText(index) == title:
                click(bar, bar.tabRect(index).center())
    assert is_seen(window.docks.by_id[panel_id])


def test_a_row_of_tabs_is_theirs_who_clicked_one_until_they_choose_an_example(window: Window) -> None:
    store, docks = window.store, window.docks.by_id
    begin(window, "tabular-mlp")
    begin(window, "text-gpt")
    store.feed([TEXT])
    window.refresh()
    assert is_seen(docks["text-sample"])  # nobody has chosen anything yet
    begin(window, "tabular-mlp")
    click_tab(window, "bubble")
    begin(window, "text-gpt")
    store.feed([TEXT])
    window.refresh()
    assert is_seen(docks["bubble"])
    store.show_example(next(one for one in examples().values() if one.panel == "inside"))
    window.refresh()
    assert is_seen(docks["inside"])


def test_a_panel_makes_the_row_no_higher_and_without_a_picture_gives_way_to_what_was_in_front(window: Window) -> None:
    store, docks = window.store, window.docks.by_id

    def height() -> int:
        for _ in range(2):
            window.refresh()
            QApplication.processEvents()
        return size_with_tabs(window, docks["lanes"]).height()

    begin(window, "spirals")
    low = height()
    click_tab(window, "shares")
    click_tab(window, "surface")
    assert height() == low
    store.feed([SURFACE])
    assert height() == low
    assert is_seen(docks["surface"])
    begin(window, "digits-mlp")
    assert height() == low
    assert is_seen(docks["shares"])


def test_the_window_after_a_picture_was_in_front_opens_as_it_was_left(qtbot: QtBot) -> None:
    def height(window: Window) -> int:
        for _ in range(3):
            window.refresh()
            QApplication.processEvents()
        return size_with_tabs(window, window.docks.by_id["lanes"]).height()

    first = opened(qtbot)
    begin(first, "spirals")
    low = height(first)
    first.docks.by_id["surface"].raise_()
    first.store.feed([SURFACE])
    assert height(first) == low
    first.may_close = True
    first.close()
    second = opened(qtbot, "spirals")
    assert is_seen(second.docks.by_id["surface"])
    assert height(second) == low
    begin(second, "spirals")
    second.store.feed([SURFACE])
    assert height(second) == low
    second.docks.by_id["log"].raise_()
    assert height(second) == low


@pytest.mark.parametrize("points", [16, 20])
def test_no_tab_begins_or_ends_in_the_middle_of_its_word(window: Window, qapp: QApplication, points: int) -> None:
    window.look.set_text(points)
    torn = 0
    try:
        for panel_id in ("inside", "log", "shares", "bubble"):
            window.docks.bring(window.docks.by_id[panel_id])
            for _ in range(6):
                qapp.processEvents()
                window.refresh()
            (row,) = (one for one in window.findChildren(TabList) if one.isVisible())
            bar = row.parentWidget()
            assert isinstance(bar, QTabBar)
            covers = [label.geometry() for label in bar.findChildren(QLabel) if label.isVisible()]
            room = QRect(0, 0, row.x(), bar.height())
            for tab in (bar.tabRect(index) for index in range(bar.count())):
                seen = tab & room
                if not seen.isEmpty() and seen.width() < tab.width():
                    assert seen in covers
                    torn += 1
                else:
                    assert not any(cover.intersects(seen) for cover in covers)
        assert torn
    finally:
        window.look.set_text(10)


def test_a_panel_taken_apart_is_larger_and_elsewhere_and_in_front_when_it_is_put_back(window: Window) -> None:
    dock = window.docks.by_id["bubble"]
    click_tab(window, "bubble")
    before = QRect(dock.mapToGlobal(QPoint()), dock.size())
    title = dock.titleBarWidget()
    assert isinstance(title, DockTitle)
    click(title._float)
    QApplication.processEvents()
    assert dock.isFloating()
    assert dock.width() > 1.3 * before.width()
    assert dock.height() > 1.3 * before.height()
    assert window.geometry().contains(dock.geometry())
    dock.move(40, 50)
    click(title._float)
    QApplication.processEvents()
    assert not dock.isFloating()
    assert is_seen(dock)
    click(title._float)
    assert dock.pos() == QPoint(40, 50)  # as it was left


def test_text_that_becomes_large_leaves_the_window_as_high_as_it_was(window: Window, qapp: QApplication) -> None:
    window.resize(1280, 800)
    for _ in range(4):
        qapp.processEvents()
        window.refresh()
    window.verdict.setMinimumHeight(300)  # a long verdict, in large letters
    window.look.set_text(26)
    try:
        assert window.size().toTuple() == (1280, 800)
    finally:
        window.look.set_text(10)


def test_every_panel_is_two_clicks_away_where_its_tab_has_no_room_and_stays_in_front_in_every_text_size(
    window: Window, qapp: QApplication
) -> None:
    docks = window.docks.by_id

    def set_text(points: int) -> None:
        window.look.set_text(points)
        for _ in range(6):
            qapp.processEvents()
            window.refresh()

    def lists() -> list[TabList]:
        return [one for one in window.findChildren(TabList) if one.isVisible()]

    def in_front() -> set[str]:
        return {name for name, dock in docks.items() if is_seen(dock)}

    assert not lists()
    click_tab(window, "bubble")
    before = in_front()
    try:
        set_text(16)
        assert in_front() == {"bubble"}
        (row,) = lists()
        entries = {entry.text(): entry for entry in row.menu_of_tabs().actions()}
        assert list(entries) == [panel.panel_title() for panel in window.panels if panel.area != "centre"]
        assert [title for title, entry in entries.items() if entry.isChecked()] == ["Bubble"]
        click(row)
        menu = qapp.activePopupWidget()
        assert menu is not None
        menu.close()
        entries["Traffic"].trigger()
        assert in_front() == {"traffic"}
        begin(window, "tabular-mlp")
        begin(window, "text-gpt")
        window.store.feed([TEXT])
        window.refresh()
        assert in_front() == {"traffic"}, "a panel that was chosen is theirs who chose it"
    finally:
        set_text(10)
    assert in_front() == before - {"lanes"} | {"traffic"}
    assert not lists()


def test_a_panel_of_the_view_menu_comes_to_the_front_and_one_that_is_there_is_closed(window: Window) -> None:
    docks = window.docks.by_id
    entry = next(
        one for menu in window.menuBar().findChildren(QMenu) for one in menu.actions() if one.text() == "Text sample"
    )
    for is_in_front in (True, False, True):
        entry.trigger()
        QApplication.processEvents()
        assert is_seen(docks["text-sample"]) == entry.isChecked() == is_in_front
    docks["log"].raise_()
    entry.trigger()
    assert is_seen(docks["text-sample"]), "one behind another is not closed"


def test_a_window_that_opens_in_a_projectors_letters_shows_the_anatomy(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "light", 16)
    try:
        window = opened(qtbot)
        for _ in range(4):
            qapp.processEvents()
            window.refresh()
        assert [name for name, dock in window.docks.by_id.items() if is_seen(dock)] == ["lanes"]
    finally:
        apply_theme(qapp, "light", 10)
