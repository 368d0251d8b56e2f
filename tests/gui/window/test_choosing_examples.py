"""File > Examples: choosing one sets it up, says what to do and what to watch for, and ends what was there."""

from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from gui.model.intents import Play, Reset, SetUp
from tests.windows import SMALL, Open, action, play


def test_choosing_an_example_sets_it_up_and_says_what_to_do(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, window = application.store, application.window
    play(application, qtbot)
    example = examples()["data-parallel-loses"]
    action(application, example.title).trigger()
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)  # the run there was has ended
    assert store.set_up == example.spec
    line = window.docks.example
    qtbot.waitUntil(line.isVisible, timeout=5_000)
    assert example.do in line.words.text()
    assert example.watch in line.words.text()
    assert window.panel("setup").setting("hidden").editor.text() == str(example.spec.knobs["hidden"])
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.num_steps > 5, timeout=30_000)
    assert store.live.spec == example.spec
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


def test_every_example_is_in_the_menu(open_window: Open) -> None:
    application = open_window()
    for example in examples().values():
        entry = action(application, example.title)
        entry.trigger()
        assert application.store.set_up == example.spec
        assert entry.toolTip() == example.watch
