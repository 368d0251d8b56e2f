"""What every test gets: a home of its own, and a police that fails the test which leaves something behind."""

import contextlib
import gc
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from engine.config.hardware import DeviceReport, HardwareReport
from engine.config.spec import RunSpec
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.session.session import Session
from engine.session.starter import RankStarter, make_starter
from tests.led import lead  # noqa: F401 - a fixture
from tests.stage import stage  # noqa: F401 - a fixture
from tests.windows import open_window  # noqa: F401 - a fixture

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
T = TypeVar("T")
ROOT = Path(__file__).parent.parent
QT_KEEPS = ("anon_inode:[eventfd]", "anon_inode:[timerfd]")
"""Qt makes them at its first event loop, and has them until the process ends."""
OF_PROCESS = "gearshift-tests-of-"
"""With a process number behind it: how a test names what it puts into /dev/shm."""
_starters: list[RankStarter] = []


def bare_report(*devices: DeviceReport) -> HardwareReport:
    """A machine of which nothing is known but these devices."""
    return HardwareReport(
        system="",
        python_version="",
        cpu_name="",
        physical_cores=None,
        usable_cores=2,
        memory_bytes=0,
        torch_version="",
        torch_build="",
        devices=devices,
    )


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and runs of a test go nowhere near the user's."""
    monkeypatch.setenv("GEARSHIFT_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Widgets that a test is done with are gone before the next one: each change of theme would dress them, too."""
    yield
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)


@pytest.fixture(scope="session")
def starter() -> Iterator[RankStarter]:
    """One starter for the whole suite: importing torch for every test would take most of its time."""
    starter = make_starter()
    _starters.append(starter)
    starter.wait_hardware()
    yield starter
    _starters.remove(starter)
    starter.close()


def command_of(process: psutil.Process) -> list[str]:
    """The first words of its command line, or that it has ended and nobody has asked how."""
    try:
        return process.cmdline()[:4]
    except psutil.ZombieProcess:
        return ["ended, but not waited for"]


@pytest.fixture(autouse=True)
def _leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Processes, threads, shared memory and environment are as they were, or the test fails and says what it left."""
    shared = {path.name for path in Path("/dev/shm").iterdir()} if Path("/dev/shm").is_dir() else set()
    descriptors = open_descriptors()
    environment = dict(os.environ)
    threads = set(threading.enumerate())
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield

    def left() -> list[str]:
        found = []
        for child in psutil.Process().children(recursive=True):
            # The suite's starter replaces its server when a test has killed it.
            spares = {pid for starter in _starters for pid in starter.labels}
            if child.pid not in before | spares:
                with contextlib.suppress(psutil.NoSuchProcess):  # it ended just now
                    found.append(f"process {child.pid} ({' '.join(command_of(child))}): end it in the test")
        found += [
            f"thread {thread.name}: close what started it"
            for thread in set(threading.enumerate()) - threads
            if thread.name != "fork-server"  # the suite's starter replaces it when a test has killed it
        ]
        now = open_descriptors()
        found += [
            f"descriptor of {what}: close it"
            for what in now.keys() | descriptors.keys()
            for _ in range(now[what] - descriptors[what])
        ]
        if Path("/dev/shm").is_dir():
            new = {path.name for path in Path("/dev/shm").iterdir()} - shared
            found += [f"/dev/shm/{name}: close it" for name in new if not is_of_others(f"/dev/shm/{name}")]
        return found

    deadline_s = time.monotonic() + 3.0
    while (found := left()) and time.monotonic() < deadline_s:
        gc.collect()  # a record's arrays in a closed window's cycle are no leak
        time.sleep(0.02)  # a process that was just ended may still be in the table
    assert not found, "This test left behind: " + "; ".join(found)
    environment.pop("PYTEST_CURRENT_TEST", None)
    now = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    changed = {key for key in environment.keys() | now.keys() if environment.get(key) != now.get(key)}
    changed = {key for key in changed if not key.startswith("TORCH")}  # torch sets some when it is imported
    assert changed <= {"GEARSHIFT_HOME"}, f"This test changed the environment: {changed}"


def is_of_others(path: str) -> bool:
    """Whether a file is named after, or used by, a process that this one has not started: other tests run beside it."""
    own = psutil.Process()
    if (named := re.search(rf"/{OF_PROCESS}(\d+)", path)) and int(named[1]) != own.pid:
        return psutil.pid_exists(int(named[1]))
    ours = {own.pid, *(child.pid for child in own.children(recursive=True))}
    for process in psutil.process_iter():
        if process.pid not in ours:
            with contextlib.suppress(OSError, psutil.Error):
                if path in Path(f"/proc/{process.pid}/maps").read_text() or path in {
                    file.path for file in process.open_files()
                }:
                    return True
    return False


def open_descriptors() -> Counter[str]:
    """What this process has open, shared memory and pidfds included, by path or kind."""
    found: Counter[str] = Counter()
    for entry in Path("/proc/self/fd").iterdir() if Path("/proc/self/fd").is_dir() else ():
        with contextlib.suppress(OSError):
            name = str(entry.readlink())
            if name.startswith(("pipe:", "socket:")):
                name = name.partition(":")[0]  # the rest is a number
            if name not in QT_KEEPS:
                found[name] += 1
    return found


class Watched:
    """A session and everything it has said; waits by reading messages, not by sleeping."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.messages: list[Message] = []

    def until(self, done: Callable[[Message], bool], limit_s: float = 60.0) -> Message:
        """The first message from now on that is `done`."""
        deadline_s = time.monotonic() + limit_s
        while time.monotonic() < deadline_s:
            self.session.wait(0.1)
            taken = self.session.take()
            for index, message in enumerate(taken):
                self.messages.append(message)
                if done(message):
                    self._keep(taken[index + 1 :])
                    return message
                assert not isinstance(message, RankFailed), f"{message.reason}\n{message.details}"
        raise AssertionError(f"not seen within {limit_s} s; the last messages were {self.messages[-8:]}")

    def until_true(self, found: Callable[[], T | None], limit_s: float = 60.0) -> T:
        """What is `found`, as soon as it is something; messages are taken meanwhile."""
        deadline_s = time.monotonic() + limit_s
        while not (value := found()):
            assert time.monotonic() < deadline_s, f"not so within {limit_s} s; the last were {self.messages[-8:]}"
            self.session.wait(0.01)
            self.drain()
        return value

    def _keep(self, rest: list[Message]) -> None:
        """Messages behind the one that was waited for are for the next wait."""
        self.session._outbox._messages.extendleft(reversed(rest))

    def status(self, status: str, limit_s: float = 60.0) -> Message:
        """Wait for a status."""
        return self.until(lambda m: getattr(m, "status", None) == status, limit_s)

    def goes_on(self, steps: int = 20) -> None:
        """Wait until so many more steps are made."""
        from engine.rows import StepBatch

        made = len(self.steps())
        while len(self.steps()) < made + steps:
            self.until(lambda m: isinstance(m, StepBatch))

    def ends(self) -> None:
        """Stop the run, wait until it has finished, and close its session."""
        self.session.stop()
        self.status("finished")
        self.session.close()

    def drain(self) -> None:
        """Take what is there."""
        self.messages += self.session.take()

    def of(self, kind: type) -> list[Message]:
        """All messages of a kind so far."""
        self.drain()
        return [message for message in self.messages if isinstance(message, kind)]

    def losses(self) -> dict[int, float]:
        """Loss by step; a step that was made twice keeps the last."""
        from engine.rows import StepBatch

        found: dict[int, float] = {}
        for batch in self.of(StepBatch):
            found |= dict(zip(batch.rows["step"].tolist(), batch.rows["loss"].tolist(), strict=True))  # type: ignore[union-attr]
        return found

    def steps(self) -> list[int]:
        """All steps in the order they came."""
        from engine.rows import StepBatch

        return [step for batch in self.of(StepBatch) for step in batch.rows["step"].tolist()]  # type: ignore[union-attr]


@pytest.fixture
def watch(starter: RankStarter, tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Makes sessions that are closed when the test is over."""
    made: list[Session] = []

    def make(
        spec: RunSpec, *, directory: Path | None = None, resume: bool = False, is_evaluated: bool = True
    ) -> Watched:
        directory = directory or tmp_path / f"run-{len(made)}"
        session = Session(spec, starter, directory=directory, resume=resume, is_evaluated=is_evaluated)
        made.append(session)
        return Watched(session)

    yield make
    for session in made:
        session.close()
