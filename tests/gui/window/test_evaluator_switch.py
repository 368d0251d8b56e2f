"""The switch of the evaluator: at once and for runs to come, remembered, and said where its curve would be."""

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from engine.session.evaluation import OFF
from gui.app import Application
from gui.widgets.legend import NOTHING
from gui.window.settings import Settings
from tests.windows import action, play

Open = Callable[..., Application]
ENTRY = "Evaluator beside training"


def is_listed(application: Application) -> bool:
    sample = application.store.live.samples.last
    return sample is not None and "evaluator" in [usage.label for usage in sample.processes]


def test_switched_off_while_it_trains_and_remembered(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    assert action(application, ENTRY).isChecked()
    play(application, qtbot)
    qtbot.waitUntil(lambda: application.store.live.validation.last is not None, timeout=30_000)
    qtbot.waitUntil(lambda: is_listed(application), timeout=10_000)
    action(application, ENTRY).trigger()
    qtbot.waitUntil(lambda: application.store.live.why_unevaluated == OFF, timeout=10_000)
    qtbot.waitUntil(lambda: not is_listed(application), timeout=10_000)
    assert OFF in application.window.panel("log")._text.toPlainText()
    assert not Settings().is_evaluated
    action(application, ENTRY).trigger()
    qtbot.waitUntil(lambda: application.store.live.why_unevaluated == "", timeout=10_000)
    assert Settings().is_evaluated


def test_a_run_begun_without_it_says_why_there_is_no_validation(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    action(application, ENTRY).trigger()
    play(application, qtbot)
    loss, surface = application.window.panel("loss"), application.window.panel("surface")
    qtbot.waitUntil(lambda: loss._legend._values.get("validation", NOTHING)[0] == "none", timeout=10_000)
    assert loss._legend._buttons["validation"][0].toolTip() == OFF
    surface.refresh(application.store)  # it lies behind another tab, where nothing is drawn
    assert surface.why_empty() == OFF
    assert application.store.live.validation.last is None
