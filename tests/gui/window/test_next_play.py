"""What Play does after a stop, a failure, and with a recorded run: what was chosen since holds, and is said before."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec, spec_toml
from engine.events.ranks import RankFailed
from engine.events.run import StatusChanged
from engine.record.places import runs_directory
from engine.record.reader import read_record
from engine.record.states import saved_states
from engine.rows import STEP_ROW
from gui.app import Application
from gui.cli.preview import SAMPLE_RUN
from gui.model.intents import BreakRank, Change, OpenRecord, OpenSpec, Play, Reset, SetUp, Shift, Step, Stop
from gui.model.next_play import NextPlay
from gui.model.store import Store
from gui.text.words import Words
from gui.window.banner import Banner
from gui.window.tab_bars import is_seen
from tests.messages import begin
from tests.windows import SMALL, Open, action, play

DOUBLE = "cpu,threads=1,precision=fp64"
LR = 0.00012345678


def stopped_at(application: Application, qtbot: QtBot, step: int, steps: int | None = None) -> Path:
    """A run stopped there; its directory."""
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, steps=steps)))
    application.dispatch(Step(step))
    qtbot.waitUntil(
        lambda: application.store.live.status == "paused" and application.store.live.step == step, timeout=30_000
    )
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: application.store.next_play is not None, timeout=10_000)
    assert application.source is not None
    return application.source.directory


def choose_and_check_what_is_said(application: Application, qtbot: QtBot, step: int) -> None:
    application.dispatch(Shift(DOUBLE))
    application.dispatch(Change(lr=LR))
    application.dispatch(Change(batch_size=16))
    window = application.window
    said = f"Play goes on from step {step}"
    qtbot.waitUntil(
        lambda: said in window.status.label.text() and "batch size 16" in window.status.label.text(), timeout=3_000
    )
    assert f"learning rate {LR}" in window.status.label.text()
    assert "fp64" in window.status.label.text()
    assert "NEXT" in window._bar.mode.name.text()
    assert action(application, "fp64 · double, for comparing").isChecked()
    setup = window.panel("setup")
    assert [setting_text(setup, name) for name in ("lr", "batch_size")] == [str(LR), "16"]


def setting_text(setup: Any, name: str) -> str:
    """What stands in a field of the form."""
    text: str = setup.setting(name).editor.text()
    return text


def samples_by_step(directory: Path) -> dict[int, int]:
    rows = np.asarray(read_record(directory).steps)
    assert rows.dtype == STEP_ROW
    return dict(zip(rows["step"].tolist(), rows["samples"].tolist(), strict=True))


def test_a_stopped_run_goes_on_as_chosen_to_its_last_step_and_then_beyond(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store = application.store
    directory = stopped_at(application, qtbot, 20, steps=60)
    choose_and_check_what_is_said(application, qtbot, 20)
    assert "to step 60" in application.window.status.label.text()
    application.dispatch(Play())
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.status == "finished" and store.live.step > 20, timeout=30_000)
    assert store.live.step == 60
    assert store.live.mode == DOUBLE
    assert store.live.lr == LR
    assert samples_by_step(directory) == {n: SMALL.batch_size if n < 20 else 16 for n in range(60)}
    qtbot.waitUntil(lambda: "until stopped" in application.window.status.label.text(), timeout=3_000)
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.step > 70, timeout=30_000)
    events = [json.loads(line) for line in (directory / "events.jsonl").read_text().splitlines()]
    starts = [event["step"] for event in events if event["event"] == "runstarted"]
    assert starts == [0, 20, 60]  # and Play pressed twice was one start


def test_a_failed_run_goes_on_as_chosen(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store = application.store
    play(application, qtbot)
    application.dispatch(BreakRank(0, "kill"))
    qtbot.waitUntil(lambda: store.live.status == "failed" and store.next_play is not None, timeout=15_000)
    health, failure = store.live.health, store.live.health.failure
    assert failure.mode == store.live.mode
    health.failure = msgspec.structs.replace(failure, mode=DOUBLE)  # as of a run that was about to shift
    assert application.runs.next_play().mode == DOUBLE
    health.failure = failure
    choose_and_check_what_is_said(application, qtbot, failure.resume_step)
    assert store.live.status == "failed"  # nothing has happened yet
    banner = application.window.banner
    application.window.refresh()
    assert "fp64, batch size 16, learning rate" in banner.sentence.toolTip()  # all of it, in a window of any width
    banner.go_on.click()
    qtbot.waitUntil(lambda: store.live.status == "running" and store.live.mode == DOUBLE, timeout=30_000)
    qtbot.waitUntil(lambda: (store.live.lr, store.live.batch_size) == (LR, 16), timeout=5_000)
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: store.live.status == "finished", timeout=10_000)
    assert set(samples_by_step(application.source.directory).values()) == {16}


def test_a_run_that_fails_as_it_is_about_to_shift_says_that_it_goes_on_in_the_next_mode(qtbot: QtBot) -> None:
    why = {"signal": "SIGKILL", "reason": "Gone.", "details": "", "resume_step": 40}
    failed = RankFailed(at_s=9.0, rank=0, pid=1, exit_status=-9, mode=DOUBLE, **why)
    store, banner = Store(), Banner()
    qtbot.addWidget(banner)
    ahead = NextPlay(step=40, mode=DOUBLE, steps=None, lr=0.1, batch_size=8)
    store.feed([begin(0, 0, 0.0), failed, StatusChanged(at_s=9.0, status="failed", step=41)])
    store.show_next_play(ahead)
    banner.refresh(store)
    assert "Play goes on from step 40: " in banner.sentence.toolTip()
    assert parse_mode(DOUBLE).words in banner.sentence.toolTip()
    store.show_next_play(msgspec.structs.replace(ahead, mode=store.live.mode))
    banner.refresh(store)
    assert "Play goes on" not in banner.sentence.toolTip()


def test_a_recorded_run_goes_on_as_chosen_though_play_is_pressed_before_it_is_read(
    open_window: Open,
    qtbot: QtBot,
) -> None:
    application = open_window()
    store = application.store
    directory = stopped_at(application, qtbot, 20)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    application.dispatch(OpenRecord(str(directory)))
    application.dispatch(Shift(DOUBLE))
    application.dispatch(Change(batch_size=16))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.step > 30, timeout=30_000)
    assert application.source.directory == directory
    assert store.live.mode == DOUBLE
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: store.live.status == "finished", timeout=10_000)
    samples = samples_by_step(directory)
    assert [samples[n] for n in range(30)] == [SMALL.batch_size] * 20 + [16] * 10


def test_reset_keeps_rate_and_batch_that_a_recorded_run_was_changed_to(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store = application.store
    directory = stopped_at(application, qtbot, 20)
    application.dispatch(Change(lr=0.0625))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.step > 25, timeout=30_000)
    application.dispatch(Change(batch_size=16))
    qtbot.waitUntil(lambda: store.live.batch_size == 16, timeout=10_000)
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: store.live.status == "finished", timeout=10_000)
    application.dispatch(OpenRecord(str(directory)))
    qtbot.waitUntil(lambda: application.source.is_replay and store.live.lr == 0.0625, timeout=10_000)
    assert (store.set_up.lr, store.set_up.batch_size) == (SMALL.lr, SMALL.batch_size)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    assert (store.set_up.lr, store.set_up.batch_size) == (0.0625, 16)
    application.dispatch(Reset())
    assert (store.set_up.lr, store.set_up.batch_size) == (0.0625, 16)


def test_a_new_set_up_begins_anew_and_says_so_where_a_reset_alone_keeps_the_mode(
    open_window: Open, qtbot: QtBot
) -> None:
    application = open_window()
    store, window = application.store, application.window
    new, first = action(application, "New set-up"), make_spec(SMALL.workload)
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, mode=DOUBLE, batch_size=16)))
    application.dispatch(Step(5))
    qtbot.waitUntil(lambda: store.live.status == "paused" and store.live.step == 5, timeout=30_000)
    new.trigger()
    said = window.status.currentMessage()
    assert "New set-up: Two spirals in 1 thread, all as at first." in said
    assert said.endswith("The run goes on; Reset, then Play begin it.")
    assert store.live.step == 5
    assert is_seen(window.docks.by_id["setup"])
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: not store.live.segments, timeout=10_000)
    assert store.set_up == first
    directory = runs_directory() / store.kept
    application.dispatch(OpenRecord(str(directory)))
    qtbot.waitUntil(lambda: store.live.step == 5 and store.next_play is not None, timeout=10_000)
    new.trigger()
    assert window.status.currentMessage().endswith("Play begins it.")
    assert not store.live.segments, "a run that computes no more is put away"
    application.dispatch(OpenRecord(str(directory)))
    qtbot.waitUntil(lambda: store.live.step == 5 and store.next_play is not None, timeout=10_000)
    application.dispatch(Reset())
    assert store.set_up.mode == DOUBLE, "nothing was begun anew beside this one"


def test_a_device_that_is_not_here_is_told_before_anything_starts(
    open_window: Open,
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    application = open_window()
    window, store = application.window, application.store

    def box() -> QMessageBox | None:
        return next((box for box in window.findChildren(QMessageBox) if box.isVisible()), None)

    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(spec_toml(msgspec.structs.replace(SMALL, mode="xpu:0")))
    application.dispatch(OpenSpec(str(elsewhere)))
    application.dispatch(Play())  # torch may still load: then it is asked first
    qtbot.waitUntil(lambda: box() is not None, timeout=30_000)
    assert "xpu:0 is not available" in box().text()
    assert "Choose another" in box().text()
    assert application.source is None
    box().close()
    application.dispatch(Shift("cpu,threads=1"))
    directory = stopped_at(application, qtbot, 5)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    record = shutil.copytree(directory, tmp_path / "record")  # as it comes from another machine
    for name in ("run.toml", "events.jsonl"):
        text = (record / name).read_text()
        assert "cpu,threads=1" in text
        (record / name).write_text(text.replace("cpu,threads=1", "xpu:0"))
    assert saved_states(record)
    application.dispatch(OpenRecord(str(record)))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: box() is not None, timeout=10_000)
    assert "xpu:0 is not available" in box().text()
    assert application.source.is_replay
    box().close()
    application.dispatch(Shift("cpu,threads=1"))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.step > 10, timeout=30_000)
    assert application.source.directory == record


def test_what_is_typed_while_a_run_is_shown_changes_nothing_else(open_window: Open, qtbot: QtBot) -> None:
    # The form shows what the run computes with; that is not what the next new run is to begin with.
    application = open_window()
    stopped_at(application, qtbot, 5)
    setup = application.window.panel("setup")
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, lr=0.5, batch_size=7)))
    application.window.refresh()
    assert [setting_text(setup, name) for name in ("lr", "batch_size")] == [str(SMALL.lr), str(SMALL.batch_size)]
    expected = {"seed": 0, "batch_size": 7, "lr": 0.5}
    for name in ("seed", "batch_size", "lr"):
        field = setup.setting(name).editor
        field.setText("9")
        field.editingFinished.emit()
        expected[name] = 9
        assert {key: getattr(application.store.set_up, key) for key in expected} == expected
    qtbot.waitUntil(lambda: "batch size 9, learning rate 9" in application.window.status.label.text(), timeout=3_000)
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, batch_size=7)))
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None and not setup._shows_run, timeout=10_000)
    assert setting_text(setup, "batch_size") == "7"


def test_of_a_run_that_cannot_go_on_nothing_says_that_it_does(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    application.dispatch(OpenRecord(str(SAMPLE_RUN)))  # no state of it is here
    qtbot.waitUntil(lambda: application.store.next_play is not None, timeout=10_000)
    application.window.refresh()
    said = Words().what_goes_on(application.store, "")
    log = " ".join(map(Words().log_line, application.store.live.log.lines))
    inside = application.window.panel("inside")
    inside.refresh(application.store)
    assert "Play begins a new run" in said
    assert said.startswith("finished · "), "it was to make 4,200 steps, and has made them"
    assert "run finished: all its 4,200 steps are made" in log
    assert not [text for text in (log, inside.why_empty()) if "goes on with" in text or "go on" in text]
