"""Run › Stop: where there is nothing to stop it is grey, and says why; it ends what goes on, pauses or is checked."""

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from engine.events.run import StatusChanged
from gui.model.intents import Stop
from gui.model.store import Store
from gui.window.greyed import BEHIND
from gui.window.settings import Settings
from gui.window.window import Window
from tests.messages import batch, begin


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    window = Window(Settings(), Store())
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    return window


def stop_of(window: Window) -> QAction:
    """As it stands in the menu Run."""
    window.refresh()
    run = next(menu for menu in window.findChildren(QMenu) if menu.title() == "&Run")
    return next(entry for entry in run.actions() if entry.text().split(BEHIND)[0] == "Stop")


def test_it_is_grey_with_its_reason_until_there_is_a_run_and_once_that_has_ended(window: Window) -> None:
    store = window.store
    entry = stop_of(window)
    assert (entry.isEnabled(), entry.text()) == (False, f"Stop{BEHIND}No run to stop: press Play first")
    assert entry.toolTip() == "No run to stop: press Play first."
    store.show_errand("checking the state before step 5 …")
    assert stop_of(window).isEnabled(), "it is given up"
    store.show_errand("")
    store.begin("a-run")
    for status in ("starting", "running", "paused", "shifting", "failed"):
        store.feed([StatusChanged(at_s=0.0, status=status, step=0)])
        assert (stop_of(window).isEnabled(), stop_of(window).text()) == (True, "Stop"), status
    assert stop_of(window).toolTip() == "End the run; its state is saved"
    store.feed([begin(0, 0, 0.0), batch(0, 40), StatusChanged(at_s=1.0, status="finished", step=40)])
    assert (stop_of(window).isEnabled(), stop_of(window).toolTip()) == (False, "The run has ended already.")
    store.live.is_replay = True
    assert stop_of(window).toolTip() == "A recorded run: nothing computes that could be stopped."


def test_chosen_it_is_wanted_once_and_presenting_gives_it_back_as_it_was(window: Window) -> None:
    wanted: list[object] = []
    window.intent.connect(wanted.append)
    window.store.begin("a-run")
    window.store.feed([StatusChanged(at_s=0.0, status="running", step=0)])
    stop_of(window).trigger()
    assert wanted == [Stop()]
    window.show()
    window.store.feed([StatusChanged(at_s=0.0, status="finished", step=0)])
    window.presenting.toggle()
    QApplication.processEvents()
    window.presenting.toggle()
    assert not stop_of(window).isEnabled()
