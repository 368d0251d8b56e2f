"""Keys and clicks as a person makes them: through the window, shortcuts first, then whoever has the keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox, QStyle, QStyleOptionSpinBox
from pytestqt.qtbot import QtBot

from gui.app import Application
from gui.look.theme import apply_theme
from gui.model.intents import OpenRecord, Pause, Reset, Shift, Step, Stop
from gui.window.actions import show_box
from gui.window.settings import Settings
from tests.windows import SMALL, Open, action, click, play, press

DEADLINE = 30_000


@pytest.fixture
def paused(open_window: Open, qtbot: QtBot) -> Application:
    """A window with a run that pauses, in front."""
    application = open_window()
    play(application, qtbot)
    application.window.activateWindow()
    qtbot.waitUntil(application.window.isActiveWindow, timeout=5_000)
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=DEADLINE)
    return application


def makes_a_step(application: Application, qtbot: QtBot, key: Qt.Key) -> None:
    at = application.store.live.step
    press(application.window, key)
    qtbot.waitUntil(lambda: application.store.live.step == at + 1, timeout=5_000)
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=5_000)


def choose(combo: QComboBox, text: str, qtbot: QtBot) -> None:
    """Click on a list, walk to an entry, and take it."""
    click(combo)
    popup = combo.view()
    qtbot.waitUntil(popup.isVisible, timeout=5_000)
    popup.setCurrentIndex(combo.model().index(combo.findText(text), 0))
    qtbot.keyPress(popup, Qt.Key.Key_Return)  # the popup's window is gone before the key is let go
    qtbot.waitUntil(lambda: not popup.isVisible(), timeout=5_000)


def test_after_any_click_the_keys_are_the_windows(paused: Application, qtbot: QtBot) -> None:
    window = paused.window
    loss, traffic = window.panel("loss"), window.panel("traffic")
    window.docks.by_id["traffic"].raise_()
    qtbot.waitUntil(traffic._tree.isVisible, timeout=5_000)
    click(loss._more_controls)
    was = loss._log_y.isChecked()
    places = {
        "a check box": loss._log_y,
        "a plot": loss._plot.viewport(),
        "a tree": traffic._tree.viewport(),
        "the summary": window.panel("setup")._summary,
    }
    for name, place in places.items():
        click(place, QPoint(8, place.height() // 2))
        for key in (Qt.Key.Key_S, Qt.Key.Key_Right):
            makes_a_step(paused, qtbot, key)
        press(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: paused.store.live.status == "running", timeout=5_000)
        press(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: paused.store.live.status == "paused", timeout=5_000)
        assert paused.source is not None, name
    assert loss._log_y.isChecked() != was  # the click; Space was never the box's
    press(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: paused.source is None, timeout=10_000)


def test_the_arrow_that_a_clicker_sends_steps_where_a_run_pauses_and_stops_none(
    paused: Application, qtbot: QtBot
) -> None:
    window, store = paused.window, paused.store
    makes_a_step(paused, qtbot, Qt.Key.Key_Right)
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "running", timeout=5_000)
    with qtbot.assertNotEmitted(window.intent):
        press(window, Qt.Key.Key_Right)
    assert "S makes one at any time" in window.status.currentMessage()
    press(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=5_000)


@pytest.mark.parametrize("points", [10, 26])
def test_the_first_key_is_the_windows_in_letters_of_any_size(
    open_window: Open, qapp: QApplication, qtbot: QtBot, points: int
) -> None:
    apply_theme(qapp, "light", points)
    Settings().text_points = points
    window = open_window().window
    window.resize(1920, 1080)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    assert QApplication.focusWidget() in (None, window)
    qtbot.keyClick(window, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() not in (None, window), "Tab leads to a control all the same"
    apply_theme(qapp, "light", 10)


def test_a_control_that_tab_led_to_has_its_own_keys(paused: Application, qtbot: QtBot) -> None:
    loss = paused.window.panel("loss")
    click(loss._more_controls)  # there is no room for it beside the legend
    box = loss._log_y
    box.setFocus(Qt.FocusReason.TabFocusReason)
    press(paused.window, Qt.Key.Key_Space)
    assert box.isChecked()
    assert paused.store.live.status == "paused"


def test_enter_and_choosing_give_the_keyboard_back(paused: Application, qtbot: QtBot) -> None:
    window, setup = paused.window, paused.window.panel("setup")
    rate = setup.setting("lr").editor
    click(rate)
    assert QApplication.focusWidget() is rate
    rate.selectAll()
    press(window, "0.002", Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: paused.store.live.lr == 0.002, timeout=5_000)
    makes_a_step(paused, qtbot, Qt.Key.Key_S)
    exact = window.panel("loss")._exact
    click(exact, QPoint(10, exact.height() // 2))
    press(window, Qt.Key.Key_Return)
    makes_a_step(paused, qtbot, Qt.Key.Key_S)
    combo: QComboBox = setup.setting("optimizer").editor
    choose(combo, "sgd" if combo.currentText() == "adam" else "adam", qtbot)
    assert paused.store.set_up.optimizer != SMALL.optimizer
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not combo, timeout=5_000)
    makes_a_step(paused, qtbot, Qt.Key.Key_S)


@pytest.mark.parametrize("reason", [Qt.FocusReason.MouseFocusReason, Qt.FocusReason.TabFocusReason])
def test_closing_a_list_gives_the_keyboard_back(paused: Application, qtbot: QtBot, reason: Qt.FocusReason) -> None:
    box: QComboBox = paused.window.panel("setup")._workload.editor
    if reason == Qt.FocusReason.MouseFocusReason:
        click(box)
    else:
        box.setFocus(reason)
        press(paused.window, Qt.Key.Key_Space)
    popup = box.view()
    qtbot.waitUntil(popup.isVisible, timeout=5_000)
    qtbot.keyPress(popup, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not popup.isVisible(), timeout=5_000)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not box, timeout=5_000)
    makes_a_step(paused, qtbot, Qt.Key.Key_S)
    press(paused.window, Qt.Key.Key_Space)
    assert not popup.isVisible()
    qtbot.waitUntil(lambda: paused.store.live.status == "running", timeout=5_000)


def test_a_list_that_has_the_keyboard_takes_none_of_the_windows_keys(open_window: Open, qtbot: QtBot) -> None:
    """It comes back to one late, as a system does that gives it to the window anew once the list has closed."""
    application = open_window()
    window = application.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    application.bridge.stop()
    box: QComboBox = window.panel("setup")._workload.editor
    chosen = box.currentText()
    assert box.findText("Recommender", Qt.MatchFlag.MatchStartsWith) >= 0
    asked: list[object] = []
    window.intent.disconnect()
    window.intent.connect(asked.append)
    ways = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.OtherFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
    for way in (*ways, Qt.FocusReason.TabFocusReason):
        box.setFocus(way)
        assert QApplication.focusWidget() is box
        press(window, Qt.Key.Key_R)
        press(window, Qt.Key.Key_S)
        assert (asked, box.currentText()) == ([Reset(), Step()], chosen), way
        asked.clear()
        box.clearFocus()
    click(box)
    box.view().window().hide()
    QApplication.processEvents()
    for way in ways:
        box.setFocus(way)
        press(window, Qt.Key.Key_Space)
        assert not box.view().isVisible(), way
        assert len(asked) == 1, "Play"
        asked.clear()
        box.clearFocus()
    box.setFocus(Qt.FocusReason.TabFocusReason)
    press(window, Qt.Key.Key_Space)
    assert box.view().isVisible(), "who got there by Tab opens it"
    box.hidePopup()


def test_a_click_on_a_numbers_arrows_and_space_behind_a_number_leave_the_keys_to_the_window(
    paused: Application, qtbot: QtBot
) -> None:
    window, loss = paused.window, paused.window.panel("loss")
    click(loss._more_controls)
    exact, up = loss._exact, QStyle.SubControl.SC_SpinBoxUp
    before, option = exact.value(), QStyleOptionSpinBox()
    exact.initStyleOption(option)
    click(exact, exact.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, up, exact).center())
    assert exact.value() > before
    makes_a_step(paused, qtbot, Qt.Key.Key_S)
    click(exact, QPoint(10, exact.height() // 2))
    exact.selectAll()
    press(window, "0.25", Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: paused.store.live.status == "running", timeout=5_000)
    assert window.view.smoothing == 0.25


def test_the_fifth_step_of_the_readme_as_it_is_written(paused: Application, qtbot: QtBot) -> None:
    # "Press Space to pause, S for single steps, change the learning rate, go on": nobody presses Enter there.
    window, store = paused.window, paused.store
    rate = window.panel("setup").setting("lr").editor
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "running", timeout=5_000)
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=5_000)
    makes_a_step(paused, qtbot, Qt.Key.Key_S)
    click(rate)
    rate.selectAll()
    press(window, "0.0005", Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "running" and store.live.lr == 0.0005, timeout=5_000)


def test_the_sixth_step_of_the_readme_as_it_is_written(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store, setup = application.window, application.store, application.window.panel("setup")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.num_steps > 2, timeout=DEADLINE)
    box: QComboBox = setup._workload.editor
    choose(box, "Two spirals", qtbot)
    qtbot.waitUntil(lambda: store.set_up.workload == "spirals", timeout=5_000)
    press(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.num_steps > 2 and store.live.surface is not None, timeout=DEADLINE)


def test_escape_never_stops_a_run(paused: Application, qtbot: QtBot) -> None:
    window = paused.window
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: paused.store.live.status == "running", timeout=5_000)
    press(window, Qt.Key.Key_Escape)
    press(window, Qt.Key.Key_F11)
    qtbot.waitUntil(window.isFullScreen, timeout=5_000)
    press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen(), timeout=5_000)
    dock = window.docks.by_id["log"]
    dock.setFloating(True)
    dock.show()
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow, timeout=5_000)
    press(dock, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not dock.isFloating(), timeout=5_000)
    at = paused.store.live.step
    qtbot.waitUntil(lambda: paused.store.live.step > at + 5, timeout=5_000)
    assert paused.store.live.status == "running"
    assert not action(paused, "Stop").shortcuts()


def test_reset_keeps_the_mode_that_was_chosen(paused: Application, qtbot: QtBot) -> None:
    store = paused.store
    paused.dispatch(Shift("cpu,dp=2"))
    paused.dispatch(Reset())  # before it is in force
    qtbot.waitUntil(lambda: paused.source is None, timeout=10_000)
    assert store.set_up.mode == "cpu,dp=2"
    play(paused, qtbot)  # with a set-up of one process
    paused.dispatch(Shift("cpu,dp=2"))
    qtbot.waitUntil(lambda: store.live.mode == "cpu,dp=2", timeout=DEADLINE)
    paused.dispatch(Reset())
    qtbot.waitUntil(lambda: paused.source is None, timeout=10_000)
    assert store.set_up.mode == "cpu,dp=2"


def test_a_stopped_run_and_a_finished_one_are_told_apart_after_reopening_too(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store = application.window, application.store
    play(application, qtbot)
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: store.next_play is not None, timeout=10_000)
    directory = str(application.source.directory)

    def is_told() -> None:
        assert window.status.label.text()[:32] == "stopped · Play goes on from step", window.status.label.text()

    for _ in range(2):
        qtbot.waitUntil(is_told, timeout=5_000)
        application.dispatch(Reset())
        qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
        application.dispatch(OpenRecord(directory))
        qtbot.waitUntil(lambda: store.next_play is not None, timeout=10_000)
    log = window.panel("log")
    log.refresh(store)
    assert "run stopped after" in log._text.toPlainText()


def test_a_control_that_vanishes_leaves_its_keys_to_the_window(open_window: Open, qtbot: QtBot) -> None:
    # As "Go on from step N" does in the banner, over an example's words with a button of their own.
    application = open_window()
    window = application.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    application.bridge.stop()  # nothing but what is done here shows or hides anything
    go_on = window.banner.go_on
    go_on.clicked.disconnect()
    for part in (window.banner, go_on, window.docks.example):
        part.show()
    for way in ("a click", "Tab"):
        if way == "Tab":
            go_on.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            click(go_on)
        assert QApplication.focusWidget() is go_on
        window.banner.hide()
        assert QApplication.focusWidget() in (None, window), way
        window.banner.show()


def test_after_a_box_that_a_click_opened_the_keys_are_still_the_windows(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, asked = application.window, []
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    application.bridge.stop()
    why = window.banner.details
    why.clicked.disconnect()
    why.clicked.connect(lambda: asked.append(why))
    window.banner.show()
    why.show()
    click(why)
    assert QApplication.focusWidget() is why
    show_box(window, "A box", "for a while")
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    qtbot.waitUntil(box.isActiveWindow, timeout=5_000)
    box.close()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is why, timeout=5_000)
    window.intent.disconnect()
    press(window, Qt.Key.Key_Space)
    assert len(asked) == 1, "the click, and not Space"
