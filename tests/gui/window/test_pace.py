"""The menu Pace: so many steps a second, said in status line, plots and log, and kept for the next run.

Over a recorded run it says how fast that was made to go.
"""

from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from engine.events.run import Paced
from gui.model.intents import Reset
from gui.model.next_play import NextPlay
from gui.model.store import Store
from gui.text.words import Words
from gui.window.settings import Settings
from gui.window.window import Window
from tests.messages import batch, begin
from tests.windows import Open, action, play


def test_a_pace_is_chosen_said_and_kept(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store = application.window, application.store
    play(application, qtbot)
    assert action(application, "full speed").isChecked()
    window.resize(1280, 800)
    button = window._bar.pace
    qtbot.waitUntil(button.isVisible, timeout=2_000)
    assert (button.text(), button.isChecked()) == ("Pace", False)
    entries = {entry.text(): entry for entry in button.defaultAction().menu().actions()}
    assert button.popupMode() == QToolButton.ToolButtonPopupMode.InstantPopup
    entries["10 steps a second"].trigger()
    qtbot.waitUntil(lambda: store.live.paces.now == 10.0, timeout=5_000)
    made = store.live.num_steps
    qtbot.waitUntil(lambda: store.live.num_steps >= made + 10, timeout=5_000)
    qtbot.wait(1_000)
    assert made + 15 <= store.live.num_steps <= made + 30
    qtbot.waitUntil(lambda: "pace: 10 steps a second" in window.status.label.text(), timeout=3_000)
    assert action(application, "10 steps a second").isChecked()
    assert (button.text(), button.isChecked()) == ("10/s", True)
    assert button.toolTip().startswith("Pace: 10 steps a second at most, also of what the next Play computes.")
    assert not action(application, "full speed").isChecked()
    below = window._bar.rate.below.text()
    assert "at a pace of 10 steps/s" in below.replace("\n", " · ")
    assert window._bar.rate.note.text() == "while computing"
    assert store.live.samples_per_s > 50 * store.live.batch_size  # of the time in which it computes
    for name in ("loss", "throughput"):
        panel = window.panel(name)
        panel.refresh(store)
        assert any("pace: 10" in seam.text for seam in panel._plot.seams.shown)
    log = window.panel("log")
    log.refresh(store)
    assert "pace: 10 steps a second" in log._text.toPlainText()
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    play(application, qtbot, steps=5)
    assert store.live.paces.now == 10.0
    action(application, "full speed").trigger()
    qtbot.waitUntil(lambda: store.live.paces.now is None, timeout=5_000)
    made = store.live.num_steps
    qtbot.waitUntil(lambda: store.live.num_steps > made + 100, timeout=5_000)


def test_over_a_recorded_run_the_button_says_what_the_next_play_has_and_the_menu_its_own_pace(qtbot: QtBot) -> None:
    window = Window(Settings(), Store())
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    store, menu = window.store, window._pace.menu
    store.show_pace(5.0)

    def seen() -> tuple[object, ...]:
        window.refresh()
        lines = [entry.text() for entry in menu.actions() if entry.isVisible() and not entry.isEnabled()]
        ticked = [entry.text() for entry in menu.actions() if entry.isChecked()]
        own = menu.menuAction()
        assert own.isChecked() == window._bar.pace.isChecked() == (own.iconText() != "Pace")
        return own.iconText(), lines, *ticked

    assert seen() == ("5/s", [], "5 steps a second")
    store.live.is_replay = True
    store.feed([begin(0, 0, 0.0), batch(0, 40)])
    assert seen() == ("5/s", ["Recorded run: full speed", "From the next Play on:"], "5 steps a second")
    store.feed([Paced(at_s=0.2, step=20, steps_per_s=10.0)])
    assert seen() == ("5/s", ["Recorded run: 10 steps a second", "From the next Play on:"], "5 steps a second")
    store.show_next_play(NextPlay(step=40, mode="cpu,threads=1", steps=None))
    assert Words().what_goes_on(store, "").endswith(" · pace: 5 steps a second"), "that Play computes so is said"
    store.show_pace(None)
    assert seen()[0] == "Pace", "that the run was held is no pace of the next Play"
    store.show_pace(5.0)
    store.begin("another")
    assert seen() == ("5/s", [], "5 steps a second")
