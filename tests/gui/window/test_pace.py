"""The menu Pace: so many steps a second, said in status line, plots and log, and kept for the next run."""

from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from gui.model.intents import Reset
from tests.windows import Open, action, play


def test_a_pace_is_chosen_said_and_kept(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store = application.window, application.store
    play(application, qtbot)
    assert action(application, "full speed").isChecked()
    window.resize(1280, 800)
    button = window._bar.pace
    qtbot.waitUntil(button.isVisible, timeout=2_000)
    assert button.text() == "Pace"
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
    assert button.text() == "10/s"
    assert not action(application, "full speed").isChecked()
    below = window._bar.rate.below.text()
    assert "at a pace of 10 steps/s · rate of computing time" in below.replace("\n", " · ")
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
