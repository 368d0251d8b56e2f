"""The window as it is used: real ranks behind it, keys and menus in front."""

import json
from pathlib import Path
from time import perf_counter

import msgspec
import pytest
from PySide6.QtCore import QPointF, QProcess, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QMessageBox,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from engine.events.run import StatusChanged
from engine.record.replay import Replay
from gui.bench.telemetry import flood
from gui.cli import preview
from gui.look.mode_colours import mode_colours
from gui.look.theme import BLUE, GREEN, ORANGE, SKY, VERMILLION, apply_theme, run_colours
from gui.look.view import PlotView
from gui.model.intents import (
    Change,
    ExportCurves,
    OpenRecord,
    OpenSpec,
    Pause,
    Play,
    Reset,
    SaveSpec,
    SetUp,
    Shift,
    Stop,
)
from gui.model.store import Store
from gui.panels import discover
from gui.panels.base import Panel
from gui.panels.loss import LossPanel
from gui.text.seams import slowdown_words
from gui.widgets.span_look import seen_together
from gui.window import side_process
from gui.window.links_dialog import LinksDialog, Measurement
from gui.window.settings import Settings
from tests.windows import SMALL, TEXT, Open, action, entries, ink, play, shut


def test_play_shift_by_menu_pause_step_reset(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, window = application.store, application.window
    play(application, qtbot)
    qtbot.waitUntil(lambda: application.store.hardware is not None, timeout=30_000)
    entry = action(application, "Data parallel ×2")
    assert entry.isEnabled()
    assert not entry.isChecked()
    entry.trigger()
    assert not entry.isChecked()  # the tick is what is, not what was wished for
    qtbot.waitUntil(lambda: len(store.live.segments) == 2, timeout=30_000)
    qtbot.waitUntil(entry.isChecked, timeout=3_000)
    assert store.live.mode == "cpu,dp=2"
    qtbot.waitUntil(lambda: store.live.segments[1].shift is not None, timeout=10_000)
    for name in ("loss", "throughput"):
        panel = window.panel(name)
        panel.refresh(store)
        seam = panel._plot.seams.shown[1]
        assert seam.text.startswith("cpu,dp=2 · ")
        parts = " · ".join(seam.hint.split("\n")[1:]).split(" · ")
        assert [part.split()[0] for part in parts] == ["state", "new", "state", "first"]
        assert seam.hint in panel._plot.seams.hints_near(seam.position, reach=0.5)
    absent = [device for device in application.store.hardware.devices if not device.available]
    assert absent  # no machine has everything
    for device in absent:
        (missing,) = (entry for text, entry in entries(application).items() if f"({device.device})" in text)
        assert not missing.isEnabled()
        assert device.reason in missing.text()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=5_000)
    at = store.live.step
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: store.live.step == at + 3 and store.live.status == "paused", timeout=5_000)
    application.dispatch(Change(lr=0.05, batch_size=16))
    qtbot.waitUntil(lambda: (store.live.lr, store.live.batch_size) == (0.05, 16), timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: store.live.num_steps == 0 and application.source is None, timeout=10_000)


def test_every_panel_draws_and_says_what_it_waits_for(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    assert [panel.panel_id for panel in application.window.panels] == [kind.panel_id for kind in discover()]
    assert not application.window.grab().isNull()
    play(application, qtbot)
    qtbot.waitUntil(lambda: application.store.live.surface is not None, timeout=10_000)
    qtbot.waitUntil(lambda: len(application.store.live.throughput.curve) > 2, timeout=10_000)
    for theme in ("dark", "light"):
        application.window.look.set_theme(theme)
        for points in (9, 20):
            application.window.look.set_text(points)
            application.window.resize(1280, 800)
            application.window.refresh()
            colours = run_colours(0, dark=theme == "dark")
            mode = mode_colours(0, dark=theme == "dark").line
            for name, line in (("loss", colours.line), ("throughput", mode)):
                plot = application.window.panel(name)._plot
                assert ink(plot.grab().toImage(), line) > 150, (name, theme, points)
    application.dispatch(Pause())  # what is drawn and what is known are compared: nothing may come in between
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=10_000)
    application.window.refresh()
    loss = application.window.panel("loss")
    for changes in ({"log_x": True}, {"log_y": True}, {"x_kind": "time"}, {"x_kind": "samples"}, {"follow": "follow"}):
        application.window.view.set(**changes)
    application.window.view.point_at(application.store.live.loss.axis.of("samples")[-1])
    assert "loss" in loss._readout.text()
    loss._exact.setValue(0.999)
    assert application.window.view.smoothing == 0.999
    smoothed = application.store.live.loss.smoothed(0.999).levels.raw.values
    newest = smoothed[-max(2, len(smoothed) // 50) :]  # what may lie in the last pixel, of which the mean is drawn
    assert newest.min() * (1 - 1e-6) <= 10 ** loss._plot.lines["line"].getData()[1][-1] <= newest.max() * (1 + 1e-6)


def test_stop_then_play_goes_on_and_the_next_launch_shows_the_run(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    application = open_window()
    play(application, qtbot)
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: application.store.live.status == "finished", timeout=10_000)
    steps = application.store.live.num_steps
    application.dispatch(ExportCurves(str(tmp_path / "curves.csv")))
    assert len((tmp_path / "curves.csv").read_text().splitlines()) == steps + 1
    application.dispatch(SaveSpec(str(tmp_path / "spec.toml")))
    application.window.look.set_theme("dark")
    shut(application, qtbot)
    second = open_window()
    qtbot.waitUntil(lambda: second.store.live.num_steps == steps, timeout=10_000)
    assert second.settings.theme == "dark"
    assert second.store.set_up == SMALL
    second.dispatch(OpenSpec(str(tmp_path / "spec.toml")))
    second.dispatch(Play())
    qtbot.waitUntil(lambda: second.store.live.num_steps > steps + 10, timeout=30_000)
    assert second.store.live.loss.axis.of("step").tolist() == list(range(1, second.store.live.num_steps + 1))


def test_a_last_run_that_cannot_be_read_is_told_in_passing(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.toml").write_text("workload = ")
    Settings().last_run = tmp_path / "run"
    window = open_window().window
    qtbot.waitUntil(lambda: "is not a TOML file" in window.statusBar().currentMessage(), timeout=5_000)
    assert not window.findChildren(QMessageBox)  # nobody asked for it


def test_wrong_input_is_told_inline_and_changes_nothing(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    panel = application.window.panel("setup")
    before = application.store.set_up
    batch = panel.setting("batch_size")
    batch.editor.setText("many")
    batch.editor.editingFinished.emit()
    assert "Batch size = 'many'" in batch.problem
    assert application.store.set_up == before
    batch.editor.setText("48")
    batch.editor.editingFinished.emit()
    assert application.store.set_up.batch_size == 48
    assert batch.problem == ""


def test_a_learning_rate_is_shown_and_used_to_its_last_digit(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, field = application.window, application.window.panel("setup").setting("lr").editor
    field.setText("0.00012345678")
    field.editingFinished.emit()
    assert application.store.set_up.lr == 0.00012345678
    window.refresh()
    assert field.text() == "0.00012345678"
    play(application, qtbot)
    field.setText("1.23456789e-7")
    field.editingFinished.emit()
    qtbot.waitUntil(lambda: application.store.live.lr == 1.23456789e-7, timeout=5_000)
    qtbot.waitUntil(lambda: field.text() == "1.23456789e-07", timeout=3_000)
    window.panel("log").refresh(application.store)
    assert "learning rate 1.23456789e-07," in window.panel("log")._text.toPlainText()


@pytest.mark.own_starter
def test_without_torch_the_window_says_so_and_what_to_do(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, starter = application.window, application.starter
    assert starter.hardware is None
    starter.problem = "Traceback (most recent call last):\n  ...\nModuleNotFoundError: No module named 'torch'\n"
    qtbot.waitUntil(lambda: "No module named 'torch'" in window.status.label.text(), timeout=2_000)
    assert "make setup" in window.status.label.text()
    entry = action(application, "Accelerators: unknown, for torch could not be loaded")
    assert "No module named 'torch'" in entry.toolTip()
    for ask in (action(application, "Hardware report …").trigger, lambda: application.dispatch(Play())):
        ask()
        (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
        assert "make setup" in box.text()
        box.close()
    assert application.source is None
    qtbot.waitUntil(lambda: application.store.hardware is not None, timeout=30_000)  # it was there after all
    qtbot.waitUntil(lambda: window.status.label.text().startswith("ready: "), timeout=2_000)
    assert any("(cuda)" in text for text in entries(application))


def test_play_pressed_again_and_again_while_a_run_starts_does_what_the_button_says(
    open_window: Open, qtbot: QtBot
) -> None:
    application = open_window()
    window, store = application.window, application.store
    application.dispatch(SetUp(SMALL))
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.keyClick(window, Qt.Key.Key_Space)  # a double click is not a pause
    qtbot.waitUntil(lambda: window._play.text() == "Pause", timeout=2_000)
    for shown in ("Play", "Pause"):
        qtbot.keyClick(window, Qt.Key.Key_Space)
        assert window._play.text() == shown
    qtbot.waitUntil(lambda: store.live.num_steps > 20, timeout=30_000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=5_000)
    assert window._play.text() == "Play"


def test_shift_before_the_run_sets_where_it_begins(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    application.dispatch(SetUp(SMALL))
    application.dispatch(Shift("cpu,dp=2"))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: application.store.live.num_steps > 3, timeout=30_000)
    assert application.store.live.mode == "cpu,dp=2"
    application.dispatch(Reset())
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)


def test_menus_tick_the_parallelism_in_force_and_grey_what_does_not_fit(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    application.dispatch(SetUp(SMALL))
    qtbot.waitUntil(lambda: application.store.hardware is not None, timeout=30_000)
    window.refresh()
    assert action(application, "Single process").isChecked()
    assert not action(application, "Data parallel ×2").isChecked()
    greyed = action(application, "schedule = interleaved")
    assert not greyed.isEnabled()
    assert "3 layers, 4 stages asked" in greyed.toolTip()
    action(application, "transport = shm").trigger()
    window.refresh()
    assert application.store.set_up.mode == "cpu,dp=2,transport=shm"
    assert action(application, "Data parallel ×2").isChecked()
    assert action(application, "transport = shm").isChecked()
    assert not action(application, "Single process").isChecked()
    application.dispatch(Shift("cpu,dp=2,threads=1"))
    window.refresh()
    action(application, "Single process").trigger()
    assert application.store.set_up.mode == "cpu,threads=1", "as many threads as each rank had: the fair baseline"


def test_what_computes_the_model_is_chosen_among_the_devices(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    qtbot.waitUntil(lambda: application.store.hardware is not None, timeout=30_000)
    application.dispatch(SetUp(SMALL))
    window.refresh()
    greyed = action(application, "Written in Python")
    assert not greyed.isEnabled()
    assert greyed.toolTip().startswith("This model is not written so. code = python is there for:")
    application.dispatch(SetUp(make_spec("gpt-in-plain-python")))
    window.refresh()
    action(application, "Written in Python").trigger()
    window.refresh()
    assert application.store.set_up.mode == "cpu,code=python,threads=1"
    assert action(application, "Written in Python").isChecked()
    assert not action(application, "Written in torch").isChecked()
    assert "goes with no other technique" in action(application, "Data parallel ×2").toolTip()
    action(application, "Written in torch").trigger()
    window.refresh()
    assert application.store.set_up.mode == "cpu,threads=1"


def test_the_bubble_panel_turns_the_pipeline_and_a_shift_that_cannot_be_is_told(
    open_window: Open, qtbot: QtBot
) -> None:
    application = open_window()
    store, window = application.store, application.window
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, mode="cpu,pp=2")))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: any(sums.bubble for _, sums in store.live.board.sums()), timeout=30_000)
    panel = window.panel("bubble")
    panel.refresh(store)
    assert panel._knobs.microbatches.value() == 4
    assert "(2-1) / (4+2-1) = 20% in theory" in panel._words.text()
    panel._knobs.microbatches.lineEdit().setText("m = 8")  # typed, Enter not pressed yet
    panel.refresh(store)
    assert panel._knobs.microbatches.lineEdit().text() == "m = 8"
    panel._knobs.microbatches.interpretText()
    qtbot.waitUntil(lambda: store.live.mode == "cpu,pp=2,microbatches=8", timeout=30_000)
    panel.refresh(store)
    panel._knobs.stages.setValue(4)  # of a model with 3 layers
    assert "4 stages asked" in panel._words.text()
    assert panel._knobs.stages.is_wrong
    panel.refresh(store)
    assert panel._knobs.stages.value() == 4, "what is wrong stays where it was typed, in red"
    application.dispatch(Shift("cpu,pp=4"))  # as a key or a replayed order would
    qtbot.waitUntil(lambda: "4 stages asked" in window.statusBar().currentMessage(), timeout=10_000)
    panel.refresh(store)
    assert store.live.mode == "cpu,pp=2,microbatches=8"
    assert panel._knobs.stages.value() == 2


def test_no_tab_bar_lies_about_under_the_plots(open_window: Open, qtbot: QtBot) -> None:
    for _ in range(2):  # the second window opens in the layout that the first one left
        application = open_window()

        def titles(window: QWidget = application.window) -> list[str]:
            bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
            return [bar.tabText(index) for bar in bars for index in range(bar.count())]

        qtbot.waitUntil(lambda titles=titles: len(titles()) == len(set(titles())))  # type: ignore[misc]
        assert len(titles()) == sum(kind.area == "bottom" for kind in discover())
        shut(application, qtbot)


def test_closing_in_the_middle_of_a_shift_ends_everything(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    play(application, qtbot)
    application.dispatch(Shift("cpu,dp=2"))
    shut(application, qtbot)  # the leak police looks for what is left


@pytest.mark.alone
def test_twenty_thousand_steps_a_second_are_all_shown_and_recorded(qapp: QApplication, tmp_path: Path) -> None:
    shown, recorded, offered, late_s = flood(qapp, tmp_path, 20_000.0, 4.0)
    assert offered > 70_000
    assert shown == recorded == offered
    assert late_s < 0.1


def test_a_focused_control_keeps_its_own_keys(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    loss = application.window.panel("loss")
    loss._more_controls.click()  # there is no room for it beside the legend
    box = loss._log_y
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()
    assert application.source is None  # Space did not press Play
    application.dispatch(OpenRecord(str(preview.SAMPLE_RUN)))
    qtbot.waitUntil(lambda: application.store.live.num_steps > 0, timeout=10_000)
    tree = application.window.panel("traffic")._tree
    for control in (tree, application.window.panel("lanes")._lanes):
        control.window().activateWindow()
        application.window.keys.on_focus(None, control)
        qtbot.keyClick(control, Qt.Key.Key_R)
        assert application.store.live.num_steps > 0, control  # R did not press Reset


MODE_1, MODE_2 = (mode_colours(number, dark=False).line.name().upper() for number in (0, 1))
INK = {
    "ribbon": {MODE_1: 2_000},
    "setup": {},  # it shows the set-up, whatever runs
    "loss": {BLUE: 1_500, "#B85C00": 50},
    "metric": {"#B85C00": 100},
    "throughput": {MODE_2: 200},
    "board": {SKY: 100, BLUE: 100},
    "devices": {BLUE: 130, TEXT: 1_500},
    "lanes": {SKY: 4_000, BLUE: 5_500, GREEN: 500},
    "log": {TEXT: 3_000},
    "shares": {SKY: 1_500, BLUE: 2_500, VERMILLION: 900},
    "mode-picture": {BLUE: 1_500, ORANGE: 1_500},
    "surface": {"#8A5A00": 150, "#B5D3E7": 250},
    "text-sample": {},  # the sample run is of no model of language: test_text_sample.py
    "inside": {},  # a recorded run has no model: test_inside.py
    "bubble": {VERMILLION: 40},
    "traffic": {TEXT: 1_200},
    "memory": {BLUE: 3_000, GREEN: 6_500, ORANGE: 3_000},
}
"""By panel: pixels of a colour that a run with a pipeline draws in it, and an empty one does not."""


@pytest.mark.parametrize("name", ["loss", "board", "inside"])
@pytest.mark.usefixtures("qapp")
def test_a_picture_of_a_panel_is_as_large_as_its_place_in_the_window(name: str, tmp_path: Path) -> None:
    picture = tmp_path / "panel.png"
    assert preview.main([name, "--screenshot", str(picture)]) == 0
    assert QImage(str(picture)).size() == QSize(900, 420)


@pytest.fixture(scope="module")
def recorded() -> Store:
    """The sample run, as far as the end of its pipeline."""
    replay, store = Replay(preview.SAMPLE_RUN), Store()
    replay.run_until(2_700)
    store.feed(replay.take())
    replay.close()
    return store


@pytest.mark.parametrize("kind", discover(), ids=lambda kind: kind.panel_id)
def test_every_panel_draws_a_recorded_run_and_nothing_of_an_empty_one(
    kind: type[Panel], qapp: QApplication, qtbot: QtBot, recorded: Store
) -> None:
    apply_theme(qapp, "light", 10)
    pictures = []
    for store in (Store(), recorded):
        panel = kind(PlotView())
        qtbot.addWidget(panel)
        panel.resize(900, 420)
        panel.show()
        for _ in range(3):  # a plot that is made when the panel is first painted is laid out, and drawn
            qapp.processEvents()
        panel.refresh(store)
        qapp.processEvents()
        pictures.append(panel.grab().toImage())
    empty, drawn = pictures
    for colour, pixels in INK[kind.panel_id].items():
        assert ink(drawn, colour) - ink(empty, colour) >= pixels, colour


def test_the_anatomy_of_a_recorded_run_is_drawn_pointed_at_held_and_saved(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    application.dispatch(OpenRecord(str(preview.SAMPLE_RUN)))
    store, window = application.store, application.window
    qtbot.waitUntil(lambda: application.source is not None and not application.runs.is_busy, timeout=10_000)
    assert len(store.live.anatomies) > 5
    assert {parse_mode(entry.mode).keys for entry in store.live.sums.values()} >= {
        (),
        ("dp",),
        ("pp",),
        ("tp",),
        ("fsdp",),
    }
    window.resize(1600, 1000)
    lanes = window.panel("lanes")
    lanes.refresh(store)
    view = lanes._lanes
    view.resize(700, 120)
    step = lanes._shown
    rank, span = step.ranks[1], step.ranks[1].spans[2]
    lane = view._lane(1, len(step.ranks))
    at_s = rank.begin_s - seen_together(step)[0] + span.offset_s + span.duration_s / 2
    assert view._find(QPointF(view._x(at_s, lane), lane.center().y())) == (1, span)
    lanes._tell((1, span))
    assert "rank 1" in lanes._hint.text()
    whole = view._visible()
    view._look(whole[1] / 4, whole[1] / 4)
    assert view._visible() == (whole[1] / 4, whole[1] / 2)
    view._window = None
    view._point(QPointF(view._x(at_s, lane), lane.center().y()))
    lanes._freeze.setChecked(True)
    store.live.anatomies.extend(
        [store.live.anatomies[0]] * store.live.anatomies.maxlen
    )  # for as long as the teacher talks
    lanes.refresh(store)
    assert lanes._shown is step
    assert "rank 1" in lanes._hint.text()  # and what is under the mouse stays told
    window.keys.on_focus(None, view)
    pointed = step.ranks[1].spans.index(view._hit[1])
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view._hit == (1, step.ranks[1].spans[pointed + 1])
    view.show_anatomy(step)  # as the next one comes
    assert view._hit == (1, step.ranks[1].spans[pointed + 1])
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view._hit[0] == 0
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view._visible()[1] - view._visible()[0] < whole[1] - whole[0]
    trace = tmp_path / "trace.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(trace), ""))
    lanes._save()
    written = json.loads(trace.read_text())
    assert len(written["traceEvents"]) > 50
    assert written["otherData"]["replay"] is True
    assert {segment["mode"] for segment in written["otherData"]["segments"].values()} >= {"cpu,tp=2"}


def test_the_links_are_not_measured_beside_training(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    play(application, qtbot)
    application.window.tools.measure_links()
    application.window.tools.measure_links()
    (dialog,) = application.window.findChildren(LinksDialog)
    assert not application.window.findChildren(Measurement)
    assert "pause it" in dialog._words.text()
    assert dialog._start.isEnabled()
    dialog.close()


def test_the_links_can_be_measured_again_after_an_error_and_after_closing(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window = open_window().window
    with monkeypatch.context() as broken:
        broken.setattr(side_process, "MAIN", tmp_path / "nothing.py")
        window.tools.measure_links()
        (dialog,) = window.findChildren(LinksDialog)
        assert not dialog._start.isEnabled()
        qtbot.waitUntil(lambda: "nothing.py" in dialog._words.text(), timeout=10_000)
        assert dialog._start.isEnabled()
        broken.setattr(side_process.sys, "executable", str(tmp_path / "python"))
        dialog._start.click()
        qtbot.waitUntil(lambda: "The measurement failed" in dialog._words.text(), timeout=10_000)
        assert dialog._start.isEnabled()
        assert dialog._busy.isHidden()
    dialog._start.click()
    measurement = dialog._measurement
    qtbot.waitUntil(lambda: measurement.process.state() == QProcess.ProcessState.Running, timeout=10_000)
    began_s = perf_counter()
    dialog.close()
    assert perf_counter() - began_s < 0.2  # a window that waits here stands still
    window.tools.measure_links()
    dialogs = [dialog for dialog in window.findChildren(LinksDialog) if dialog.isVisible()]
    assert len(dialogs) == 1
    assert "Two processes" in dialogs[0]._words.text()
    dialogs[0].close()
    qtbot.waitUntil(lambda: not window.findChildren(Measurement), timeout=15_000)


def test_a_picture_of_the_window_is_saved_or_it_is_said_why_not(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    for path in (tmp_path / "window.png", tmp_path / "nowhere" / "window.png"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))
        action(application, "Export picture of the window …").trigger()
    assert QImage(str(tmp_path / "window.png")).size() == application.window.size()
    (box,) = application.window.findChildren(QMessageBox)
    assert str(tmp_path / "nowhere" / "window.png") in box.text()
    box.close()


def test_trouble_on_purpose_is_marked_on_every_plot(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, window = application.store, application.window
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, mode="cpu,dp=2")))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.num_steps > 5, timeout=30_000)
    qtbot.waitUntil(lambda: "Rank 1: backward only × 4" in entries(application), timeout=3_000)
    action(application, "Rank 1: backward only × 4").trigger()
    qtbot.waitUntil(lambda: bool(store.live.slowdowns), timeout=10_000)
    for name in ("loss", "throughput"):
        panel = window.panel(name)
        panel.refresh(store)
        assert any("SLOWDOWN" in seam.text for seam in panel._plot.seams.shown)
    qtbot.waitUntil(lambda: "SLOWDOWN" in window._bar.mode.words.text(), timeout=3_000)
    action(application, "Rank 1: kill it (SIGKILL)").trigger()
    qtbot.waitUntil(lambda: store.live.health.failure is not None, timeout=15_000)
    assert store.live.health.failure.signal == "SIGKILL"
    marks = window.panel("ribbon")._words.marks(store.live, "step")
    assert [mark.text for mark in marks] == ["ON PURPOSE: rank 1 ended"]


def test_no_mode_and_no_text_size_widens_the_window(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, words = application.window, parse_mode("cpu,pp=2,dp=2,tp=2").words
    window.resize(1280, 740)
    window.look.set_text(20)
    application.store.live.mode_words = words
    application.store.feed([StatusChanged(at_s=0.0, status="paused", step=0, words=words * 2)])
    qtbot.waitUntil(
        lambda: words in window._bar.mode.toolTip() and words in window.status.label.toolTip(), timeout=3_000
    )
    assert window.width() == 1280
    assert window.minimumSizeHint().width() <= 1280


def test_on_a_small_screen_in_the_projectors_text_size_no_word_of_the_plots_is_cut(
    open_window: Open, qtbot: QtBot
) -> None:
    application = open_window()
    window = application.window
    window.resize(1280, 740)
    window.look.set_text(20)
    loss, throughput, setup = (window.panel(name) for name in ("loss", "throughput", "setup"))
    loss._more_controls.click()
    application.store.feed([Validated(at_s=1.0, step=9, loss=0.02226, metric=0.989, samples=360, seconds=0.1)])
    window.refresh()
    qtbot.waitUntil(lambda: loss._exact.font().pointSize() == 20, timeout=3_000)
    for holder in (loss, throughput):
        buttons = holder.findChildren(QAbstractButton)
        assert any(button.isVisible() for button in buttons)
        for button in buttons:
            assert button.isHidden() or button.width() >= button.sizeHint().width(), button.text()
    qtbot.waitUntil(lambda: throughput._note.width() >= throughput._note.sizeHint().width(), timeout=3_000)
    window.docks.by_id["setup"].raise_()  # it lies behind a tab, where nobody sees how wide it is
    qtbot.waitUntil(lambda: setup._page.widget().width() <= setup._page.viewport().width(), timeout=3_000)
    window.look.set_text(10)
    texts = [button.text for button in loss._legend.findChildren(QToolButton)]
    qtbot.waitUntil(lambda: any("98.9" in text() for text in texts), timeout=3_000)


def test_controls_and_values_stand_still_at_any_width(qtbot: QtBot) -> None:
    # What is left out for want of room must not make the room that brings it back.
    panel = LossPanel(PlotView())
    qtbot.addWidget(panel)
    panel.show()
    panel._legend.show_value("validation", "0.02226 · accuracy 98.9 %")
    for width in range(panel.minimumSizeHint().width(), 1300, 3):
        panel.resize(width, 400)
        QApplication.processEvents()
        seen = set()
        for _ in range(3):
            panel._fit_controls()
            QApplication.processEvents()
            texts = tuple(button.text() for button in panel._legend.findChildren(QToolButton))
            seen.add((panel._controls_place, panel._controls.height(), texts))
        assert len(seen) == 1, width


def test_a_slow_rank_and_a_slow_link_combine_and_are_ticked(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store = application.store
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, mode="cpu,dp=2")))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.num_steps > 5, timeout=30_000)
    rank, link = "Rank 1: backward only × 4", "Every message 1 ms later"
    qtbot.waitUntil(lambda: rank in entries(application), timeout=3_000)

    def is_slow(factor: float, delay_s: float) -> bool:
        slowdown = store.live.slowdown
        now = (1.0, 0.0) if slowdown is None else (slowdown.factor, slowdown.delay_s)
        ticks = action(application, rank).isChecked(), action(application, link).isChecked()
        return now == (factor, delay_s) and ticks == (factor > 1, delay_s > 0)

    action(application, rank).trigger()
    action(application, link).trigger()  # before the first is in force
    qtbot.waitUntil(lambda: is_slow(4.0, 0.001), timeout=10_000)
    assert "rank 1, backward × 4 · every message" in slowdown_words(application.window, store.live.slowdown)
    action(application, link).trigger()  # chosen again: no longer
    qtbot.waitUntil(lambda: is_slow(4.0, 0.0), timeout=10_000)
    action(application, "End the slowdown").trigger()
    qtbot.waitUntil(lambda: is_slow(1.0, 0.0), timeout=10_000)
    action(application, link).trigger()  # the other way round
    action(application, rank).trigger()
    qtbot.waitUntil(lambda: is_slow(4.0, 0.001), timeout=10_000)
    action(application, "End the slowdown").trigger()
    qtbot.waitUntil(lambda: is_slow(1.0, 0.0), timeout=10_000)


def test_theme_and_text_size_are_ticked_where_they_are_chosen(open_window: Open) -> None:
    application = open_window()
    look = application.window.look

    def ticked() -> set[str]:
        texts = {"As the system", "Light", "Dark", *(text for text in entries(application) if " points" in text)}
        return {text for text in texts if action(application, text).isChecked()}

    assert ticked() == {"As the system", "10 points · normal"}
    action(application, "Dark").trigger()
    action(application, "16 points · projector").trigger()
    assert ticked() == {"Dark", "16 points · projector"}
    action(application, "Dark").trigger()  # a tick is what is chosen, not what is clicked
    look.set_text(11)
    assert ticked() == {"Dark", "11 points"}


@pytest.mark.parametrize(
    ("entry", "said"), [("kill it (SIGKILL)", "is killed"), ("let it raise an error", "is made to fail")]
)
def test_a_fault_made_on_purpose_is_called_so(open_window: Open, qtbot: QtBot, entry: str, said: str) -> None:
    application = open_window()
    store, window = application.store, application.window
    play(application, qtbot)
    qtbot.waitUntil(lambda: f"Rank 0: {entry}" in entries(application), timeout=3_000)
    action(application, f"Rank 0: {entry}").trigger()
    qtbot.waitUntil(lambda: store.live.status == "failed", timeout=15_000)
    qtbot.waitUntil(lambda: "ON PURPOSE: Rank 0" in window.banner.sentence.text(), timeout=3_000)
    window.panel("log").refresh(store)
    lines = window.panel("log")._text.toPlainText()
    assert f"ON PURPOSE: rank 0 {said}" in lines
    assert "ON PURPOSE: Rank 0" in lines
    assert "lack of memory" not in lines


def test_without_a_run_the_status_says_what_play_begins(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    window.refresh()
    assert window.status.label.text() == "ready: Play begins a new run as Single process · CPU · 1 thread · fp32"
    play(application, qtbot)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    window.refresh()
    assert window.status.label.text().partition(" · ")[2].startswith("ready: Play begins a new run as ")
