"""Let every write fail in turn: the n-th call to the system that writes, for all n, and all from the n-th on.

    python -m tests.attack.writes

A run is recorded, two states are published, a file is written over an old one. Whatever fails, and however: nothing is
raised where a sentence is promised, an old file stays whole, no draft and no open file is left, the record can be read
and gone on with, and what nobody complained of is on the disk. Exit status 1 if anything of that is broken.
"""

import argparse
import errno
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from engine.config.spec import make_spec, spec_toml
from engine.errors import RequestError
from engine.events.run import Notice, RunStarted
from engine.record.reader import read_record
from engine.record.states import last_state, publish, state_name
from engine.record.whole_file import whole_file
from engine.record.writer import Recorder
from engine.rows import STEP_ROW, StepBatch

SPEC = make_spec("spirals")
OLD, NEW = "the old content\n" * 10, "the new content\n" * 5_000
CALLS = ("write", "fsync", "replace", "ftruncate", "mkdir", "chmod")
STEPS = 100


class Faults:
    """Counts calls that write, and lets those fail that are due. `made` is what was called, in order."""

    def __init__(self, place: Path, first: int, last: int, code: int) -> None:
        self.made: list[str] = []
        self._place = str(place)
        self._first, self._last, self._code = first, last, code

    def due(self, name: str, half: Callable[[], object] = lambda: None) -> None:
        """Raise if this call is one of those that fail; `half` is what it still does before."""
        self.made.append(name)
        if self._first <= len(self.made) <= self._last:
            half()
            raise OSError(self._code, os.strerror(self._code), self._place)


@contextmanager
def failing(place: Path, first: int, last: int, code: int) -> Iterator[Faults]:
    """The system as it is, but for calls number `first` to `last` (from 1), which fail with `code`."""
    faults = Faults(place, first, last, code)
    kept: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in (*CALLS, "open", "fdopen")}

    def wrapped(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if name == "write":
                descriptor, data = arguments
                faults.due(name, lambda: kept["write"](descriptor, bytes(data)[: len(data) // 2]))
            else:
                faults.due(name)
            return kept[name](*arguments, **named)

        return call

    class Raw(io.FileIO):
        """A file opened by Python itself: its writes count as well."""

        def write(self, data: Any) -> int:
            faults.due("write", lambda: super(Raw, self).write(bytes(data)[: len(data) // 2]))
            return super().write(data)

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & os.O_CREAT:
            faults.due("open")
        descriptor: int = kept["open"](path, flags, *more, **named)
        return descriptor

    def file(descriptor: int, mode: str = "r", **named: Any) -> Any:
        if "w" not in mode:
            return kept["fdopen"](descriptor, mode, **named)
        buffered = io.BufferedWriter(Raw(descriptor, "w"))
        return buffered if "b" in mode else io.TextIOWrapper(buffered, **named)

    for name in CALLS:
        setattr(os, name, wrapped(name))
    os.open, os.fdopen = opened, file  # type: ignore[assignment]
    try:
        yield faults
    finally:
        for name, call in kept.items():
            setattr(os, name, call)


def rows(first: int) -> StepBatch:
    """STEPS steps."""
    made = np.zeros(STEPS, STEP_ROW)
    made["step"] = np.arange(first, first + STEPS)
    made["at_s"] = made["step"] * 1e-3
    return StepBatch(made)


def scenario(place: Path) -> list[str]:
    """What a run writes; returns what it complained of. Raises only what is promised: an OSError where one may come."""
    run, complaints = place / "run", []
    with complaining(complaints, "export"), whole_file(place / "export.csv", text=True) as file:
        file.write(NEW)
    try:
        recorder = Recorder(run, SPEC)
    except (OSError, RequestError) as error:
        return [*complaints, f"recorder: {error}"]
    recorder.write(RunStarted(at_s=0.0, spec=spec_toml(SPEC), step=0, started_unix_s=0.0, directory="x"))
    for turn in range(3):
        recorder.write(rows(turn * STEPS))
        recorder.write(Notice(at_s=float(turn), level="info", text=f"turn {turn}"))
        recorder.flush()  # a complaint about it is taken back if the next one works
        if turn:
            temporary = run / f"{state_name(turn)}.partial"
            temporary.write_bytes(bytes(100 + turn))
            with complaining(complaints, f"state {turn}"):
                publish(run, temporary, turn, sha256(temporary.read_bytes()).hexdigest())
            temporary.unlink(missing_ok=True)  # as the saver does
    recorder.write(rows(3 * STEPS))  # what only closing brings to the disk
    recorder.write(Notice(at_s=3.0, level="info", text="turn 3"))
    if (problem := recorder.close()) is not None:
        complaints.append(f"record: {problem}")
    return complaints


@contextmanager
def complaining(complaints: list[str], what: str) -> Iterator[None]:
    """An OSError is a complaint about `what`."""
    try:
        yield
    except OSError as error:
        complaints.append(f"{what}: {error}")


def check(place: Path, complaints: list[str]) -> list[str]:
    """What is wrong with what is on the disk, given what was complained of."""
    wrong: list[str] = []
    run = place / "run"
    content = (place / "export.csv").read_text()
    if content not in (OLD, NEW) or (content == OLD) != any(c.startswith("export") for c in complaints):
        wrong.append(f"the exported file holds {len(content)} characters, complaints {complaints}")
    wrong += [f"{path.name} was left" for path in place.rglob("*.partial")]
    is_made = not any(c.startswith("recorder") for c in complaints)
    try:
        read = read_record(run)
    except RequestError as error:
        return wrong + ([f"the record is not read: {error}"] if is_made else [])
    steps, told = read.steps["step"].tolist(), [event.text for event in read.events if isinstance(event, Notice)]
    if steps != list(range(len(steps))) or told != [f"turn {turn}" for turn in range(len(told))]:
        wrong.append(f"the record has {len(steps)} steps and the events {told}")
    if is_made and not any(c.startswith("record:") for c in complaints) and (len(steps), len(told)) != (4 * STEPS, 4):
        wrong.append(f"nothing was said, and the record has {len(steps)} steps and {len(told)} events")
    wrong += [note for note in read.notes if is_made and not any(c.startswith("record:") for c in complaints)]
    notes: list[str] = []
    state = last_state(run, notes)
    failed = [turn for turn in (1, 2) if any(c.startswith(f"state {turn}") for c in complaints)]
    saved = [turn for turn in (1, 2) if turn not in failed] if is_made else []
    if saved and (state is None or state.step < saved[-1]):
        wrong.append(f"state {saved[-1]} was saved, and the last one is {state} ({notes})")
    again = Recorder(run, SPEC, resume=True)
    again.write(rows(len(steps)))
    if (problem := again.close()) is not None or len(read_record(run).steps) != len(steps) + STEPS:
        wrong.append(f"the run cannot go on: {problem}")
    return wrong


def open_files() -> set[str]:
    """Descriptors of this process, where the system lists them."""
    place = Path("/proc/self/fd")
    return {path.name for path in place.iterdir()} if place.is_dir() else set()


def attack(first: int, last: int, code: int) -> tuple[list[str], list[str]]:
    """(calls made, what is broken) where calls number `first` to `last` fail."""
    place = Path(tempfile.mkdtemp())
    try:
        (place / "export.csv").write_text(OLD)
        before = open_files()
        with failing(place, first, last, code) as faults:
            try:
                complaints = scenario(place)
            except Exception as error:
                return faults.made, [f"{type(error).__name__} escaped: {error}"]
        wrong = [] if open_files() == before else ["a file was left open"]
        if "fsync" in faults.made[max(0, first - 1) : last] and first and not complaints:
            wrong.append("the disk refused to keep something, and nobody said so")
        return faults.made, wrong + check(place, complaints)
    finally:
        shutil.rmtree(place)


def main() -> int:
    """Every call in turn; prints what broke, and the figures."""
    argparse.ArgumentParser(prog="python -m tests.attack.writes", description=__doc__).parse_args()
    calls, wrong = attack(0, 0, 0)
    reports = [f"nothing fails, and yet: {text}" for text in wrong]
    tried = 0
    for code in (errno.ENOSPC, errno.EIO):
        for number in range(1, len(calls) + 1):
            for last in (number, len(calls) * 10):
                tried += 1
                _, wrong = attack(number, last, code)
                which = f"call {number} ({calls[number - 1]})" + (" and all after it" if last > number else "")
                reports += [f"{which}, {errno.errorcode[code]}: {text}" for text in wrong]
    print(f"{len(calls)} calls that write; {tried} runs with faults; {len(reports)} broken")
    for report in reports:
        print(report)
    return min(1, len(reports))


if __name__ == "__main__":
    sys.exit(main())
