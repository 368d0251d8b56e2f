"""Tabs at the bottom: whose they are, and what comes to the front of them by itself."""

import pytest
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from engine.config.spec import make_spec
from engine.events.evaluator import TextSample
from gui.model.store import Store
from gui.window.docks import is_seen
from gui.window.settings import Settings
from gui.window.window import Window
from tests.windows import click

TEXT = TextSample(at_s=1.0, step=1, prompt="To be", text=" or not")


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    window = Window(Settings(), Store())
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
    click_tab(window, "log")
    begin(window, "text-gpt")
    store.feed([TEXT])
    window.refresh()
    assert is_seen(docks["log"])
    store.show_example(next(one for one in examples().values() if one.panel == "inside"))
    window.refresh()
    assert is_seen(docks["inside"])
