"""Recorded runs laid beside the one that is shown: drawn as they were recorded, named by what differs, taken away."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QMessageBox, QToolButton
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.events.run import RunStarted
from engine.record.places import runs_directory
from engine.record.writer import Recorder
from gui.app import Application
from gui.beside import MOST
from gui.model.intents import LayBeside, OpenExample, Play, Reset, SetPace
from gui.window.greyed import BEHIND
from gui.window.runs_dialog import NAME, RunsDialog
from tests.messages import batch, begin
from tests.windows import SMALL, Open, action, play

STEPS = 300
TAKE_AWAY = "Take away runs laid beside"


def record(name: str, *, worse: float, **knobs: int) -> Path:
    """A run of the workload that `play` trains, with a loss so much higher than others'."""
    directory = runs_directory() / name
    recorder = Recorder(directory, make_spec("spirals", knobs=SMALL.knobs | knobs), resume=False)
    recorder.write(RunStarted(at_s=0.0, spec="", step=0, started_unix_s=1.7e9, directory=str(directory)))
    recorder.write(begin(0, 0, 0.0))
    steps = batch(0, STEPS)
    steps.rows["loss"] += worse
    recorder.write(steps)
    recorder.close()
    return directory


def lay(application: Application, qtbot: QtBot, *names: str) -> None:
    """As a person does: chosen in the list of recorded runs."""
    action(application, "Open recorded run …").trigger()
    (dialog,) = (one for one in application.window.findChildren(RunsDialog) if one.isVisible())
    qtbot.waitUntil(lambda: not dialog._take.isActive(), timeout=20_000)
    assert not dialog.beside_button.isEnabled()
    for row in range(dialog.shown.rowCount()):
        index = dialog.shown.index(row, 0)
        if index.siblingAtColumn(NAME).data() in names:
            flags = QItemSelectionModel.SelectionFlag
            dialog.table.selectionModel().select(index, flags.Select | flags.Rows)
    assert dialog.open_button.isEnabled() == (len(names) == 1)
    dialog.beside_button.click()
    qtbot.waitUntil(lambda: not application.beside.is_busy, timeout=20_000)


def entries(application: Application) -> list[str]:
    buttons = application.window.panel("loss")._legend.findChildren(QToolButton)
    return [button.accessibleName() for button in buttons if not button.isHidden()]


def drawn(application: Application, name: str) -> np.ndarray:
    """What the plot of losses draws under that name; nothing where it draws none."""
    line = application.window.panel("loss")._plot.lines.get(name)
    return line.getData()[1] if line is not None and line.isVisible() else np.empty(0)


def test_recorded_runs_lie_beside_a_live_one_until_they_are_taken_away(open_window: Open, qtbot: QtBot) -> None:
    record("2026-01-01-a", worse=0.5, hidden=16)
    record("2026-01-02-b", worse=1.0, hidden=32)
    application = open_window()
    window, store = application.window, application.store
    window.view.set(smoothing=0.0)
    application.dispatch(SetPace(40.0))  # or its own length would soon have the plot thin all curves
    play(application, qtbot, steps=3)
    live = store.live
    lay(application, qtbot, "2026-01-01-a", "2026-01-02-b")
    qtbot.waitUntil(lambda: len(drawn(application, "line 2")) == STEPS, timeout=5_000)
    true = 1.0 / (1 + np.arange(STEPS))
    expected = {round(float(curve[-1]), 4): curve for curve in (true + 0.5, true + 1.0)}
    for name in ("line 1", "line 2"):
        values = drawn(application, name)
        assert values == pytest.approx(expected[round(float(values[-1]), 4)])
    assert {"hidden=8 · loss", "hidden=16", "hidden=32"} <= set(entries(application))
    throughput = window.panel("throughput")._plot.lines
    names = {"throughput 1", "throughput 2"}
    qtbot.waitUntil(lambda: names <= throughput.keys(), timeout=5_000)
    assert all(len(throughput[name].getData()[1]) for name in names)
    assert store.live is live  # it goes on
    made = live.num_steps
    qtbot.waitUntil(lambda: live.num_steps > made, timeout=10_000)

    window.panel("loss")._clear.click()
    qtbot.waitUntil(lambda: not len(drawn(application, "line 1")), timeout=5_000)
    assert store.beside == []
    assert not any("hidden" in entry for entry in entries(application))
    assert window.panel("loss")._clear.isHidden()
    assert len(drawn(application, "raw"))

    lay(application, qtbot, "2026-01-01-a")
    application.dispatch(Reset())  # the next run is compared to it, too
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    assert [run.name for run in store.beside] == ["2026-01-01-a"]
    qtbot.waitUntil(lambda: "2026-01-01-a" in entries(application), timeout=5_000)
    store.begin("another run of it")
    store.take_over(make_spec("spirals"), is_replay=False)
    application._on_frame()
    assert store.beside
    store.begin("a run of something else")
    store.take_over(make_spec("digits-mlp"), is_replay=False)
    application._on_frame()
    assert [run.name for run in store.beside] == ["2026-01-01-a"]
    store.leave("")
    application.dispatch(OpenExample("from-python-to-torch"))
    qtbot.waitUntil(lambda: store.example is not None, timeout=5_000)
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.num_steps > 3, timeout=20_000)
    assert store.live.workload == "gpt-in-plain-python"
    assert [run.name for run in store.beside] == ["2026-01-01-a"]
    qtbot.waitUntil(lambda: "spirals" in entries(application), timeout=5_000)
    entry = action(application, TAKE_AWAY)
    assert (entry.text(), entry.isEnabled()) == (TAKE_AWAY, True)
    entry.trigger()
    assert store.beside == []
    assert entry is action(application, TAKE_AWAY)
    assert not entry.isEnabled()
    assert entry.text() == f"{TAKE_AWAY}{BEHIND}none is laid beside"
    assert entry.toolTip() == "No run is laid beside the one that is shown."


def test_what_cannot_lie_beside_is_answered_with_a_sentence(open_window: Open, qtbot: QtBot) -> None:
    home, application = runs_directory(), open_window()
    damaged = record("damaged", worse=0.0)
    (damaged / "steps.bin").write_bytes(b"no record")
    several = [record(f"run-{number}", worse=0.0, hidden=16 + number) for number in range(MOST)]

    def said() -> str:
        qtbot.waitUntil(lambda: bool(application.window.findChildren(QMessageBox)), timeout=5_000)
        (box,) = application.window.findChildren(QMessageBox)
        text = box.text()
        box.deleteLater()
        qtbot.waitUntil(lambda: not application.window.findChildren(QMessageBox), timeout=5_000)
        return text

    application.dispatch(LayBeside(str(home / "nowhere")))
    assert "nowhere" in said()
    application.dispatch(LayBeside(str(damaged)))
    assert "steps.bin" in said()
    for directory in several:
        application.dispatch(LayBeside(str(directory)))
    application.dispatch(LayBeside(str(several[0])))  # once more is nothing new
    qtbot.waitUntil(lambda: len(application.store.beside) == MOST, timeout=20_000)
    application.dispatch(LayBeside(str(record("one-more", worse=0.0))))
    assert said().startswith(f"{MOST} runs lie side by side already")
    play(application, qtbot)
    application.dispatch(LayBeside(str(application.source.directory)))
    assert "is the run that is shown" in said()
