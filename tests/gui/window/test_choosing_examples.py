"""File > Examples: choosing one sets it up, says what to do and what to watch for, and ends what was there."""

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from engine.config.spec import make_spec
from gui.model.intents import NewSetUp, OpenExample, Play, Reset, SetPace, SetUp
from gui.window.docks import is_seen
from tests.windows import SMALL, Open, action, entries, play


def test_choosing_an_example_sets_it_up_and_says_what_to_do(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, window = application.store, application.window
    play(application, qtbot)
    directory = application.source.directory
    example = examples()["data-parallel-loses"]
    action(application, example.title).trigger()
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)  # the run there was has ended
    assert store.set_up == example.spec
    window.refresh()
    assert window.status.label.text().startswith(f"{directory.name} is kept: File › Open recorded run")
    assert f"{directory.name} is kept" in store.live.log.lines[-1].event.text
    line = window.docks.example
    qtbot.waitUntil(line.isVisible, timeout=5_000)
    assert example.do in line.words.text()
    assert example.watch in line.words.text()
    assert window.panel("setup").setting("hidden").editor.text() == str(example.spec.knobs["hidden"])
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.num_steps > 5, timeout=30_000)
    assert store.live.spec == example.spec
    assert store.kept == ""
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    assert line.isVisible()  # to show it once more
    application.dispatch(SetUp(SMALL))  # something else
    qtbot.waitUntil(lambda: not line.isVisible(), timeout=5_000)
    action(application, example.title).trigger()
    qtbot.waitUntil(line.isVisible, timeout=5_000)
    line._close.click()
    qtbot.waitUntil(lambda: not line.isVisible(), timeout=5_000)
    assert store.set_up == example.spec


@pytest.mark.parametrize("way", ["menu", "verdict", "sample", "reset"])
def test_whatever_takes_the_place_of_a_run_nothing_is_asked_and_the_run_is_said_to_be_kept(
    open_window: Open, qtbot: QtBot, way: str
) -> None:
    application = open_window()
    store, window = application.store, application.window
    play(application, qtbot)
    name = application.source.directory.name
    match way:
        case "menu":
            action(application, examples()["data-parallel-wins"].title).trigger()
        case "verdict":
            window.verdict.intent.emit(OpenExample("data-parallel-wins"))
        case "sample":
            entries(application)  # filled
            next(one for text, one in entries(application).items() if text.startswith("Two spirals:")).trigger()
        case "reset":
            application.dispatch(NewSetUp())
            assert "The run goes on" in window.status.currentMessage()
            application.dispatch(Reset())
    assert not [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    qtbot.waitUntil(lambda: store.kept == name or store.live.is_replay, timeout=10_000)
    window.refresh()
    said = window.status.currentMessage() or window.status.label.text()
    assert said.removeprefix("▲ ").startswith(f"{name} is kept: File › Open recorded run")
    assert "goes on; Reset" not in said


def test_every_example_is_in_the_menu_and_brings_its_panel_to_the_front(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    for example in examples().values():
        application.dispatch(SetPace(50.0))
        entry = action(application, example.title)
        entry.trigger()
        assert application.store.set_up == example.spec
        assert application.store.pace is None, "what the one before was held at says nothing of this one"
        assert entry.toolTip() == example.watch
        application.window.refresh()
        assert application.window.view.x_kind == example.axis
        assert application.window.view.log_y == example.log_y
        assert application.window.panel("loss")._axis.currentData() == example.axis
        dock = application.window.docks.by_id[example.panel]
        application.window.refresh()
        qtbot.waitUntil(lambda dock=dock: is_seen(dock), timeout=3_000)
        next(one for one in application.window.tabifiedDockWidgets(dock) if one is not dock).raise_()
    assert example.axis == "time"
    assert example.log_y, "or Python's rate is a line along the axis"
    switches = [application.window.panel(name)._log_y for name in ("loss", "throughput")]
    assert [switch.isChecked() for switch in switches] == [True, True]
    application.store.begin("a run")
    application.dispatch(SetUp(SMALL))  # that is no part of it
    application.window.refresh()
    assert application.window.view.x_kind == "time", "what is drawn stands until another run is"
    application.store.leave("a run")
    application.window.refresh()
    assert application.window.view.x_kind == "step"
    assert [switch.isChecked() for switch in switches] == [False, False]
    switches[1].click()
    assert application.window.view.log_y
    assert switches[0].isChecked()


def test_the_decision_surface_comes_to_the_front_with_its_first_picture(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, dock = application.store, application.window.docks.by_id["surface"]
    application.dispatch(SetUp(make_spec("tabular-mlp")))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.num_steps > 0, timeout=30_000)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    assert not is_seen(dock)
    play(application, qtbot)
    qtbot.waitUntil(lambda: store.live.surface is not None, timeout=10_000)
    qtbot.waitUntil(lambda: is_seen(dock), timeout=3_000)
    application.window.docks.by_id["log"].raise_()  # what a person chooses stays
    seen = store.live.surface
    qtbot.waitUntil(lambda: store.live.surface is not seen, timeout=10_000)
    qtbot.waitUntil(lambda: not is_seen(dock), timeout=3_000)


def test_the_text_sample_comes_to_the_front_with_its_first_text(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, dock = application.store, application.window.docks.by_id["text-sample"]
    for workload in ("tabular-mlp", "text-attention"):
        application.dispatch(SetUp(make_spec(workload)))
        application.dispatch(Play())
        qtbot.waitUntil(lambda: store.live.num_steps > 0, timeout=30_000)
        if workload == "tabular-mlp":
            assert not is_seen(dock)
            application.dispatch(Reset())
            qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    qtbot.waitUntil(lambda: is_seen(dock), timeout=30_000)
    assert store.live.texts.all
