"""Tabs at the bottom: whose they are, and what comes to the front of them by itself."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from engine.config.spec import make_spec
from engine.events.evaluator import Surface, TextSample
from gui.model.store import Store
from gui.window.dock_title import DockTitle
from gui.window.settings import Settings
from gui.window.tab_bars import is_seen, size_with_tabs
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


def test_a_panel_without_a_picture_makes_the_row_no_higher_and_gives_way_to_what_was_in_front(window: Window) -> None:
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
    assert height() > 1.3 * low
    assert is_seen(docks["surface"])
    begin(window, "digits-mlp")
    assert height() == low
    assert is_seen(docks["shares"])


def test_the_window_after_a_picture_was_in_front_opens_as_low_as_without(qtbot: QtBot) -> None:
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
    assert height(first) > 1.3 * low
    first.may_close = True
    first.close()
    second = opened(qtbot, "spirals")
    assert is_seen(second.docks.by_id["surface"])
    assert height(second) == low
    begin(second, "spirals")
    second.store.feed([SURFACE])
    assert height(second) > 1.3 * low
    second.docks.by_id["log"].raise_()
    assert height(second) == low


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
