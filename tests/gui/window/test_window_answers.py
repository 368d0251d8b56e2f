"""The window answers all the while, however large a state is; and it closes in good order, however it is asked to."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import msgspec
import psutil
import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from engine.events.evaluator import Validated
from engine.events.run import StatusChanged
from engine.events.states import SaveProgress
from engine.record.reader import read_record
from engine.record.states import last_state, saved_states
from engine.record.writer import Recorder
from gui.app import Application
from gui.cli import preview
from gui.model.intents import OpenRecord, Play, Reset, SetUp, Step, Stop
from gui.model.store import TOPICS
from gui.window.closing_dialog import ClosingDialog
from tests.conftest import ROOT
from tests.messages import batch, begin
from tests.windows import SMALL, Open, play, shut

STATE_BYTES = 512 * 2**20


class Heart(QObject):
    """Beats every 10 ms as long as the event loop turns; remembers the longest time between two beats.

    Time in which this thread could have gone on, but other processes had all cores, is no fault of the window's: where
    the system tells it, it is left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.beats, self.longest_s = 0, 0.0
        self._last_s = with_core_s()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(10)

    def _beat(self) -> None:
        now_s = with_core_s()
        self.beats += 1
        self.longest_s = max(self.longest_s, now_s - self._last_s)
        self._last_s = now_s


def with_core_s() -> float:
    """The clock, less what this thread has been ready to run while others had the cores."""
    while True:
        before_s, now_s = _without_core_s(), perf_counter()
        if _without_core_s() == before_s:  # else it had to wait in between, and the two do not belong together
            return now_s - before_s


def _without_core_s() -> float:
    try:
        return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


def made(application: Application, qtbot: QtBot) -> Path:
    """Where a run of 20 steps lies that was made, and stopped, in this window."""
    application.dispatch(SetUp(SMALL))
    application.dispatch(Step(20))
    qtbot.waitUntil(
        lambda: application.store.live.status == "paused" and application.store.live.step == 20, timeout=30_000
    )
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: application.store.live.status == "finished", timeout=10_000)
    assert application.source is not None
    return application.source.directory


@pytest.fixture
def heavy(open_window: Open, qtbot: QtBot) -> Iterator[tuple[Application, Path]]:
    """A window, and a run of 20 steps whose last state is made as large as a real model's, by a hole in the file."""
    application = open_window()
    directory = made(application, qtbot)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    manifest = saved_states(directory)[-1]
    path = directory / manifest.name
    make_heavy(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    manifest = msgspec.structs.replace(manifest, state_bytes=STATE_BYTES, sha256=digest)
    path.with_suffix(".json").write_bytes(msgspec.json.encode(manifest))
    yield application, directory
    path.unlink(missing_ok=True)


def make_heavy(path: Path) -> None:
    """Add one tensor to a safetensors file, of zeros up to STATE_BYTES, which take no room on disk."""
    content = path.read_bytes()
    header_bytes = int.from_bytes(content[:8], "little")
    entries, data = json.loads(content[8 : 8 + header_bytes]), content[8 + header_bytes :]
    room = header_bytes + 400  # of the longer header
    padding = STATE_BYTES - 8 - room - len(data)
    entries["padding"] = {"dtype": "U8", "shape": [padding], "data_offsets": [len(data), len(data) + padding]}
    header = json.dumps(entries).encode().ljust(room)
    assert len(header) == room
    with path.open("wb") as file:
        file.write(room.to_bytes(8, "little") + header + data)
        file.truncate(STATE_BYTES)


@pytest.mark.slow
def test_a_large_state_is_opened_and_played_beside_a_window_that_answers(
    heavy: tuple[Application, Path], qtbot: QtBot
) -> None:
    application, directory = heavy
    store, window = application.store, application.window
    heart = Heart()
    application.dispatch(OpenRecord(str(directory)))
    application.dispatch(OpenRecord(str(directory)))  # in the middle of opening: the last wish holds
    qtbot.waitUntil(lambda: application.source is not None, timeout=10_000)
    application.dispatch(Play())
    application.dispatch(Play())
    qtbot.waitUntil(lambda: "checking the state before step 20" in window.status.label.text(), timeout=5_000)
    qtbot.waitUntil(lambda: store.live.step > 25, timeout=60_000)
    print(f"the longest time without an answer: {heart.longest_s * 1e3:.0f} ms")
    assert heart.longest_s < 0.1
    assert heart.beats > 50
    events = (directory / "events.jsonl").read_text().splitlines()
    assert sum('"runstarted"' in event for event in events) == 2  # the first, and one resumption


@pytest.mark.slow
def test_an_errand_that_nobody_waits_for_any_more_leaves_nothing(heavy: tuple[Application, Path], qtbot: QtBot) -> None:
    application, directory = heavy

    def begin() -> None:
        application.dispatch(OpenRecord(str(directory)))
        qtbot.waitUntil(lambda: application.source is not None, timeout=10_000)
        application.dispatch(Play())
        assert application.runs.is_busy

    begin()
    application.dispatch(Stop())
    assert not application.runs.is_busy
    assert application.source.is_replay
    begin()
    application.dispatch(Reset())
    assert not application.runs.is_busy
    assert application.source is None
    begin()
    began_s = perf_counter()
    application.close()
    assert application.window.may_close
    assert perf_counter() - began_s < 1.0
    for thread in threading.enumerate():
        if thread.name == "errand":
            thread.join()  # it cannot be stopped in the middle, and leaves nothing when it is through
    events = (directory / "events.jsonl").read_text().splitlines()
    assert sum('"runstarted"' in event for event in events) == 1  # and the police looks for sessions' threads


@pytest.mark.slow
def test_a_long_record_is_shown_beside_a_window_that_answers(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, SMALL)
    recorder.write(begin(0, 0, 0.0))
    for second in range(4_000):  # an hour and more, with a validation a second
        recorder.write(batch(500 * second, 500, at_s=5.0 * second))
        recorder.write(Validated(at_s=5.0 * second, step=500 * second, loss=1.0, metric=0.5, samples=9, seconds=0.1))
        recorder.flush()
    assert recorder.close() is None
    application = open_window()
    heart = Heart()
    application.dispatch(OpenRecord(str(tmp_path)))
    qtbot.waitUntil(lambda: not application.runs.is_busy, timeout=30_000)
    print(f"the longest time without an answer: {heart.longest_s * 1e3:.0f} ms")
    assert application.store.live.num_steps == 2_000_000
    assert heart.longest_s < 0.1


def test_the_event_loop_has_its_turn_between_panels_that_take_long_to_draw(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    application.dispatch(OpenRecord(str(preview.SAMPLE_RUN)))
    qtbot.waitUntil(lambda: application.store.live.num_steps == 4_200 and not application.runs.is_busy, timeout=10_000)
    application.window.refresh()
    application.bridge.stop()
    application.qt.processEvents()  # what frames before have left for the next turn
    told: list[str] = []
    docks = application.window.docks
    seen = [panel_id for panel_id in docks.built if panel_id in docks._seen]
    for panel_id in seen:
        panel = docks.built[panel_id]
        monkeypatch.setattr(
            panel,
            "refresh",
            partial(lambda name, draw, store: (told.append(name), draw(store)), panel_id, panel.refresh),
        )
    application.store.versions.update(TOPICS)
    QTimer.singleShot(0, lambda: told.append("an answer"))
    application.window.refresh(perf_counter())
    assert len(told) == 1
    qtbot.waitUntil(lambda: len(told) > len(seen), timeout=5_000)
    assert told[1] == "an answer"
    assert sorted(told) == sorted(["an answer", *seen])


def test_play_pressed_while_a_run_still_ends_begins_the_next(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    play(application, qtbot)
    first = application.source.directory
    application.dispatch(Reset())
    application.dispatch(Play())
    qtbot.waitUntil(lambda: application.source is not None and application.source.directory != first, timeout=10_000)
    qtbot.waitUntil(lambda: application.store.live.num_steps > 5, timeout=30_000)
    assert last_state(first) is not None


def test_a_record_is_opened_in_place_of_a_run_which_ends_first(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    store, runs = application.store, application.runs
    play(application, qtbot)
    first = application.source
    application.dispatch(OpenRecord(str(tmp_path)))  # there is none: the run goes on
    qtbot.waitUntil(lambda: not runs.is_busy, timeout=5_000)
    assert any("holds no recorded run" in box.text() for box in application.window.findChildren(QMessageBox))
    assert application.source is first
    assert store.live.is_running
    application.dispatch(OpenRecord(str(first.directory)))  # the very one that computes
    qtbot.waitUntil(lambda: application.source is not first and store.next_play is not None, timeout=10_000)
    assert application.source.is_replay
    state = last_state(first.directory)
    assert state is not None
    assert store.live.num_steps == state.step == store.next_play.step
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.step > state.step + 5, timeout=30_000)
    application.dispatch(OpenRecord(str(preview.SAMPLE_RUN)))
    qtbot.waitUntil(lambda: store.live.num_steps == 4_200 and not runs.is_busy, timeout=10_000)
    assert last_state(first.directory).step > state.step


def test_a_state_that_is_damaged_is_told_and_the_record_stays(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    directory = made(application, qtbot)
    for path in directory.glob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[-3] ^= 1
        path.write_bytes(content)
    before = (directory / "steps.bin").read_bytes()
    application.dispatch(Play())
    window = application.window
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)), timeout=10_000)
    (box,) = window.findChildren(QMessageBox)
    assert "No saved state of this run is whole" in box.text()
    assert (directory / "steps.bin").read_bytes() == before


DAMAGES = {
    "cut short": lambda state: os.truncate(state, 10),
    "gone": Path.unlink,
    "vouched for by nonsense": lambda state: state.with_suffix(".json").write_text("{"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_play_on_a_record_whose_states_are_all_damaged_begins_nothing_and_says_so(
    open_window: Open, qtbot: QtBot, damage: Callable[[Path], object]
) -> None:
    application = open_window()
    window = application.window
    play(application, qtbot)
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: application.store.live.status == "finished", timeout=10_000)
    directory = application.source.directory
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    for state in directory.glob("*.safetensors"):
        damage(state)
    application.dispatch(OpenRecord(str(directory)))
    qtbot.waitUntil(lambda: "no saved state of it is whole" in window.status.label.text(), timeout=10_000)
    application.dispatch(Play())
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    assert "No saved state of this run is whole" in box.text()
    box.close()
    assert application.source.is_replay
    assert [path.name for path in directory.parent.iterdir()] == [directory.name]  # no new run was begun
    application.dispatch(Reset())  # as the sentence says
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    application.dispatch(Play())
    qtbot.waitUntil(lambda: application.store.live.num_steps > 5, timeout=30_000)
    assert application.source.directory != directory


def fill_the_disk_of(directory: Path) -> None:
    """What this process writes to the steps of a run from now on finds the disk full."""
    (number,) = (
        int(entry.name)
        for entry in Path("/proc/self/fd").iterdir()
        if entry.exists() and entry.readlink() == directory / "steps.bin"
    )
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, number)
    os.close(full)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("how", ["close", "reset"])
def test_what_a_session_says_last_is_told_though_another_is_shown_or_the_window_is_gone(
    open_window: Open, qtbot: QtBot, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    application = open_window()
    window = application.window
    play(application, qtbot)
    fill_the_disk_of(application.source.directory)
    if how == "close":
        shut(application, qtbot)
        said = capsys.readouterr().err
    else:
        application.dispatch(Reset())
        qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)), timeout=10_000)
        (box,) = window.findChildren(QMessageBox)
        said = box.text()
        box.close()
    assert "No space left on device" in said
    assert "Traceback" not in said


def test_closing_waits_for_the_last_state_and_says_so(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    play(application, qtbot)
    store, directory = application.store, application.source.directory
    rank = psutil.Process(store.live.segments[-1].ranks[0].pid)
    rank.suspend()  # as a slow disk would hold it up
    qtbot.waitUntil(lambda: rank.status() == psutil.STATUS_STOPPED, timeout=5_000)
    application.close()
    dialog = application.window.findChild(ClosingDialog)
    qtbot.waitUntil(lambda: dialog.isVisible() and "3 s" in dialog._words.text(), timeout=8_000)
    assert "Saving the last state" in dialog._words.text()
    assert not application.window.may_close
    store.feed([SaveProgress(at_s=0.0, step=store.live.step, saved_bytes=310, total_bytes=500)])
    qtbot.waitUntil(lambda: "62 %" in dialog._words.text() and dialog._bar.value() == 62, timeout=2_000)
    application.dispatch(Reset())  # nothing is begun any more
    rank.resume()
    qtbot.waitUntil(lambda: application.window.may_close, timeout=10_000)
    record = read_record(directory)
    state = last_state(directory)
    assert state is not None
    assert state.step == len(record.steps)


def test_who_would_rather_not_wait_leaves_at_once(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    play(application, qtbot)
    rank = psutil.Process(application.store.live.segments[-1].ranks[0].pid)
    rank.suspend()
    application.close()
    dialog = application.window.findChild(ClosingDialog)
    qtbot.waitUntil(dialog.isVisible, timeout=3_000)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    began_s = perf_counter()
    (leave,) = dialog.findChildren(QPushButton)
    leave.click()
    assert application.window.may_close
    assert perf_counter() - began_s < 2.0
    assert not rank.is_running() or rank.status() == psutil.STATUS_ZOMBIE


DRIVER = """
import sys
from PySide6.QtCore import QTimer
from engine.config.spec import make_spec
from gui.app import Application
from gui.cli import open as opening
from gui.model.intents import BreakRank, Play, SetUp

class Driven(Application):
    \"\"\"Presses Play, says what it sees, and lets a rank freeze if told to.\"\"\"
    def start(self):
        super().start()
        self.said = set()
        self.eyes = QTimer(self)
        self.eyes.timeout.connect(self.look)
        self.eyes.start(10)
    def look(self):
        if self.starter is not None and self.say("open"):
            self.dispatch(SetUp(make_spec("spirals", knobs={"hidden": 8})))
            self.dispatch(Play())
        if self.store.live.num_steps > 50 and "playing" not in self.said:
            if sys.argv[1] == "freeze":
                self.dispatch(BreakRank(0, "freeze"))
            self.say("playing")
        if self._ending.has_begun:
            self.say("closing")
    def say(self, word):
        if word in self.said:
            return False
        self.said.add(word)
        print(word, flush=True)
        return True

opening.Application = Driven
sys.exit(opening.main([]))
"""


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a window in a process of its own, which plays."""
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, how],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    assert word in iter(lambda: process.stdout.readline().strip(), "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_closes_the_window_in_good_order(
    driven: Callable[[str], subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    process = driven("play")
    until(process, "playing")
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said == ""
    (directory,) = (tmp_path / "home/data/runs").iterdir()
    record, state = read_record(directory), last_state(directory)
    assert isinstance(record.events[-1], StatusChanged)
    assert record.events[-1].status == "finished"
    assert state is not None
    assert state.step == len(record.steps) > 50


def test_a_second_interrupt_leaves_at_once(driven: Callable[[str], subprocess.Popen[str]]) -> None:
    process = driven("freeze")
    until(process, "playing")
    process.send_signal(signal.SIGINT)
    until(process, "closing")
    began_s = perf_counter()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert perf_counter() - began_s < 5.0
