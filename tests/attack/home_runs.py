"""`train --resume` over a damaged home: it ends with a sentence or with a good run, and touches nothing of others."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.cli import train
from engine.config.spec import read_spec
from engine.errors import RequestError
from engine.events.run import RunStarted
from engine.record.reader import read_record
from engine.record.states import KEEP, last_state, saved_states
from engine.session.starter import RankStarter
from tests.attack.home import CONFIG_FILES, IN_STATES, NEW, OLD, SPEC, STATES, TARGET, Accident, run_of
from tests.lent import Lent

LIMIT_S = 60.0
ROOT = Path(__file__).parent.parent.parent
CLOSE = 1e-9


def elsewhere(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """What is none of the run's business: inode, mode and content by path."""
    found, copy = {}, home / "elsewhere" / "run"
    is_run = os.path.realpath(run_of(home)) == os.path.realpath(copy)  # linked there, it is what was asked for
    for path in sorted((home / "elsewhere").rglob("*")):
        if is_run and copy in path.parents:
            continue
        status = path.lstat()
        found[str(path)] = (status.st_ino, status.st_mode, path.read_bytes() if path.is_file() else b"")
    return found


def is_touched(home: Path, before: dict[str, tuple[int, int, bytes]]) -> bool:
    """Whether anything of others is another, or gone, or new. Settings may be, in a directory that is linked there."""
    now, there = elsewhere(home), home / "elsewhere"
    if os.path.realpath(home / "config") == os.path.realpath(there):
        ours = {str(there / name) for name in (*CONFIG_FILES, "last-setup.damaged")}
        now, before = ({path: f for path, f in found.items() if path not in ours} for found in (now, before))
    return now != before


def whole_states(home: Path) -> set[int]:
    """Steps of the saved states to which nothing has happened."""
    run, copy = run_of(home), home / "elsewhere" / "run"
    found = set()
    for step, names in STATES.items():
        with contextlib.suppress(OSError):
            if all(_is_plain(run / n) and (run / n).read_bytes() == (copy / n).read_bytes() for n in names):
                found.add(step)
    return found


def _is_plain(path: Path) -> bool:
    return path.is_file() and path.stat().st_size < 2**20


def has_same_spec(home: Path) -> bool:
    """Whether the run is still described as it was made."""
    try:
        return read_spec(run_of(home) / "run.toml") == SPEC
    except RequestError:
        return False


class Attempt:
    """One resume. `command` is what would be typed."""

    def __init__(self, home: Path, whole: Sequence[Accident], losses: dict[int, float]) -> None:
        self._home, self._accidents, self._losses = home, whole, losses
        self._before = elsewhere(home)
        self._states = whole_states(home)
        self._is_same = has_same_spec(home)
        self.arguments = ["--resume", str(run_of(home)), "--steps", str(TARGET), "--quiet"]

    def in_process(self, starter: RankStarter) -> str:
        """Resume through the command's own `main`, with a fork server that is there already; what is wrong, or ""."""
        said = io.StringIO()
        with lent(starter), contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            try:
                status = train.main(self.arguments)
            except BaseException as error:
                return f"{type(error).__name__} escaped: {error}"
        return self.judged(status, said.getvalue())

    def as_command(self) -> str:
        """Resume with the command itself, in a process of its own; what is wrong, or ""."""
        command = [sys.executable, "-W", "ignore", "main.py", "train", *self.arguments]
        try:
            out = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False, errors="replace"
            )
        except subprocess.TimeoutExpired:
            return f"no end within {LIMIT_S:.0f} s"
        return self.judged(out.returncode, out.stdout + out.stderr)

    def judged(self, status: int, said: str) -> str:
        """What is wrong with how it went."""
        if "Traceback" in said:
            return f"a traceback: {said[-1_500:]}"
        if status not in (train.DONE, train.WRONG_REQUEST, train.FAILED):
            return f"exit status {status}: {said[-500:]}"
        if status != train.DONE and not said.strip().endswith("."):
            return f"exit status {status} without a sentence: {said[-500:]!r}"
        if is_touched(self._home, self._before):
            return "a file outside the run was touched"
        if status != train.DONE:
            return self._refused(said)
        return self._went_on(said)

    def _refused(self, said: str) -> str:
        """A run of which only a state is damaged goes on."""
        states = {name for names in STATES.values() for name in names}
        only = all(a.kind in IN_STATES and Path(a.place).name in states for a in self._accidents)
        return f"one state is whole, and yet: {said[-500:]}" if only and self._states else ""

    def _went_on(self, said: str) -> str:
        run = run_of(self._home)
        try:
            record = read_record(run)
        except RequestError as error:
            return f"done, and the record is not read: {error}"
        starts = [event.step for event in record.events if isinstance(event, RunStarted)]
        begun = starts[-1] if starts else -1
        steps = {s: loss for s, loss in zip(record.steps["step"], record.steps["loss"], strict=True) if s >= begun}
        return self._wrong_states(begun, said) or self._wrong_steps(begun, steps)

    def _wrong_states(self, begun: int, said: str) -> str:
        state = last_state(run_of(self._home))
        if state is None or state.step != TARGET:
            return f"done, and the last state is {state}"
        if len(saved_states(run_of(self._home))) > KEEP:
            return "more states are kept than should be"
        if begun < max(self._states, default=0):
            return f"the state before step {max(self._states)} is whole, and the run went on from {begun}"
        return f"the run went on from {begun}, and no word was said of it" if begun < NEW and not said.strip() else ""

    def _wrong_steps(self, begun: int, steps: dict[int, float]) -> str:
        if sorted(steps) != list(range(begun, TARGET)):
            return f"went on from {begun}, and has the steps {sorted(steps)}"
        if self._is_same and begun in (0, OLD, NEW):
            for step, loss in steps.items():
                if abs(loss - self._losses[step]) > CLOSE * max(1.0, self._losses[step]):
                    return f"the loss of step {step} is {loss}, undisturbed it is {self._losses[step]}"
        return ""


@contextlib.contextmanager
def lent(starter: RankStarter) -> Iterator[None]:
    """Commands take their ranks from `starter`."""
    made = train.make_starter
    train.make_starter = lambda: Lent(starter)  # type: ignore[assignment,return-value]
    try:
        yield
    finally:
        train.make_starter = made


def open_files() -> int:
    """Descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number counts
