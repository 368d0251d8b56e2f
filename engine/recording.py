"""The record of a run on disk: written as it goes, whole after any kill, read back without trusting it.

    run.toml        the spec
    events.jsonl    one event a line
    steps.bin       64 bytes of header, then STEP_ROW rows, one a step
    spans.bin       64 bytes of header, then SPAN_ROW rows, thinned to a fixed rate a rank

Files only grow, by whole rows and lines, with unbuffered writes: a process killed at any moment leaves what it had
written to the system, and a half-written row or line at the end is left out when reading. A run that went on from a
saved state appends to the same files; its RunStarted event says from which step, and what came before from that step
on is superseded.
"""

import contextlib
import os
import tomllib
from pathlib import Path

import msgspec
import numpy as np

from engine.errors import RequestError, plain
from engine.events import (
    SPAN_ROW,
    STEP_ROW,
    AnyEvent,
    Event,
    Message,
    Rows,
    RunStarted,
    SegmentStarted,
    SpanBatch,
    StepAnatomy,
    StepBatch,
)
from engine.spec import RunSpec, check_spec, spec_toml
from engine.whole_file import whole_file

HEADER_BYTES = 64
VERSION = 1
SPANS_PER_S = 50
"""Span rows kept a second and rank: enough to see what a step is made of, and a long run stays small."""
ANATOMIES_PER_S = 1
"""Steps taken apart kept a second, at first; later in a segment a twentieth of the time since it began passes between
them, so that ten hours in one mode keep 170 and not 36,000."""
ANATOMY_SPACING = 0.05

_encoder = msgspec.json.Encoder(enc_hook=plain)
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def _header(kind: str, dtype: np.dtype[np.void]) -> bytes:
    text = f"gearshift {kind} {VERSION} {dtype.itemsize}\n".encode()
    return text.ljust(HEADER_BYTES, b"\0")


class _Appender:
    """One growing file. What cannot be written stays pending, and the file is cut back to whole units."""

    def __init__(self, path: Path, header: bytes, unit_bytes: int | None) -> None:
        self._path = path
        self._unit_bytes = unit_bytes
        self._pending: list[bytes] = []
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self._end = self._whole_end(header)
        os.ftruncate(self._descriptor, self._end)
        if not self._end and header:
            self._pending.append(header)

    def _whole_end(self, header: bytes) -> int:
        """Where whole units end in a file that may have been cut."""
        size = os.fstat(self._descriptor).st_size
        if self._unit_bytes is not None:
            return size - (size - len(header)) % self._unit_bytes if size >= len(header) else 0
        data = self._path.read_bytes()
        return data.rfind(b"\n") + 1

    def append(self, data: bytes) -> None:
        self._pending.append(data)

    @property
    def pending_bytes(self) -> int:
        return sum(map(len, self._pending))

    def flush(self) -> None:
        """Write all that is pending.

        Raises:
            OSError: not all could be written; the file is as before and all of it is still pending.
        """
        if not self._pending:
            return
        data = b"".join(self._pending)
        self._pending = [data]
        view, at = memoryview(data), self._end
        try:
            while view:
                written = os.pwrite(self._descriptor, view, at)
                view, at = view[written:], at + written
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
            raise
        self._end = at
        self._pending = []

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.fsync(self._descriptor)
        os.close(self._descriptor)


class Recorder:
    """Writes one run's record. Nothing it does raises for want of disk: `flush` tells, and tries again next time."""

    def __init__(self, directory: Path, spec: RunSpec, *, resume: bool = False) -> None:
        self.thinned_spans = 0
        if not resume:
            with whole_file(directory / "run.toml", text=True) as file:
                file.write(spec_toml(spec))
        self._directory = directory
        self._events = _Appender(directory / "events.jsonl", b"", None)
        self._steps = _Appender(directory / "steps.bin", _header("steps", STEP_ROW), STEP_ROW.itemsize)
        self._spans = _Appender(directory / "spans.bin", _header("spans", SPAN_ROW), SPAN_ROW.itemsize)
        self._last_slot = -1
        self._anatomy_s = -1.0
        self._segment_s = 0.0
        self.thinned_anatomies = 0

    def write(self, message: Message) -> None:
        """Take a message up; the next flush brings it to disk."""
        match message:
            case StepBatch(rows=rows):
                self._steps.append(rows.tobytes())
            case SpanBatch(rows=rows):
                self._spans.append(self._thin(rows).tobytes())
            case StepAnatomy(at_s=at_s) if at_s - self._anatomy_s < self._anatomies_apart_s(at_s):
                self.thinned_anatomies += 1
            case Event():
                if isinstance(message, StepAnatomy):
                    self._anatomy_s = message.at_s
                elif isinstance(message, SegmentStarted):
                    self._segment_s = message.at_s
                self._events.append(_encoder.encode(message) + b"\n")

    def _anatomies_apart_s(self, at_s: float) -> float:
        return max(1 / ANATOMIES_PER_S, ANATOMY_SPACING * (at_s - self._segment_s))

    def _thin(self, rows: Rows) -> Rows:
        """At most one step's spans every 1/SPANS_PER_S seconds, for all ranks the same steps."""
        if not len(rows):
            return rows
        slot = np.floor(rows["at_s"] * SPANS_PER_S).astype(np.int64)
        first_rank = rows["rank"] == 0
        steps, slots = rows["step"][first_rank], slot[first_rank]
        fresh = np.diff(slots, prepend=self._last_slot) > 0
        if len(slots):
            self._last_slot = int(slots[-1])
        kept = rows[np.isin(rows["step"], steps[fresh])]
        self.thinned_spans += len(rows) - len(kept)
        return kept

    def flush(self) -> str | None:
        """Bring everything to disk; None if that worked, else a sentence. What did not fit is kept for next time."""
        try:
            for file in (self._steps, self._events, self._spans):
                file.flush()
        except OSError as error:
            waiting = sum(file.pending_bytes for file in (self._steps, self._events, self._spans))
            return (
                f"The record in {self._directory} cannot be written: {error.strerror}. "
                f"{waiting / 1e3:,.0f} kB wait for room; free some space on that disk."
            )
        return None

    def close(self) -> str | None:
        """The last flush, made durable."""
        problem = self.flush()
        for file in (self._steps, self._events, self._spans):
            file.close()
        return problem


class Record:
    """A record read back. `notes` says in sentences what was damaged and left out."""

    def __init__(self, spec: RunSpec, events: list[AnyEvent], steps: Rows, spans: Rows, notes: list[str]) -> None:
        self.spec = spec
        self.events = events
        self.steps = steps
        self.spans = spans
        self.notes = notes


def read_record(directory: Path) -> Record:
    """Read a run's record as far as it is whole.

    Raises:
        RequestError: the directory holds no record, or one of another format.
    """
    notes: list[str] = []
    spec = _read_run_toml(directory)
    steps = _read_rows(directory / "steps.bin", "steps", STEP_ROW, notes)
    spans = _read_rows(directory / "spans.bin", "spans", SPAN_ROW, notes)
    events, starts = _read_events(directory / "events.jsonl", notes)
    steps = _in_order(steps, "steps.bin", notes)
    for start in starts:
        steps = _without_superseded(steps, start)
        spans = _without_superseded(spans, start)
    return Record(spec, events, steps, spans, notes)


def _read_run_toml(directory: Path) -> RunSpec:
    path = directory / "run.toml"
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RequestError(
            "{directory} holds no recorded run: there is no run.toml in it.", directory=directory
        ) from error
    except OSError as error:
        raise RequestError("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RequestError("{path} is damaged: {error}.", path=path, error=error) from error
    try:
        return check_spec(fields)
    except RequestError as error:
        raise RequestError("{path}: {error}", path=path, error=error) from error


def _read_rows(path: Path, kind: str, dtype: np.dtype[np.void], notes: list[str]) -> Rows:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
    except OSError:
        notes.append(f"{path.name} is missing or cannot be read: nothing of it is shown.")
        return np.empty(0, dtype)
    expected = _header(kind, dtype)
    if len(header) < HEADER_BYTES and expected.startswith(header):
        return np.empty(0, dtype)
    if header != expected:
        raise RequestError(
            "{path} is not a file of this version of Gearshift (its first bytes are {value!r}).",
            path=path,
            value=header[:32],
        )
    count, torn = divmod(size - HEADER_BYTES, dtype.itemsize)
    if torn:
        notes.append(f"{path.name} ends in the middle of a row; that row is left out.")
    if not count:
        return np.empty(0, dtype)
    return np.memmap(path, dtype, mode="r", offset=HEADER_BYTES, shape=(count,))


def _read_events(path: Path, notes: list[str]) -> tuple[list[AnyEvent], list[RunStarted]]:
    events: list[AnyEvent] = []
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        notes.append(f"{path.name} is missing or cannot be read: nothing of it is shown.")
        return [], []
    if lines.pop():
        notes.append(f"{path.name} ends in the middle of a line; that line is left out.")
    bad = 0
    for line in lines:
        try:
            events.append(_decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            bad += 1
    if bad:
        notes.append(f"{path.name} has {bad:,} line{'s' if bad > 1 else ''} that cannot be read; left out.")
    return events, [event for event in events if isinstance(event, RunStarted)]


def _in_order(steps: Rows, name: str, notes: list[str]) -> Rows:
    """Leave out rows that cannot be: a step or a time far from all reason is damage, not data."""
    if not len(steps):
        return steps
    good = (steps["step"] >= 0) & (steps["samples"] >= 0) & (steps["segment"] >= 0)
    good &= np.isfinite(steps["at_s"]) & (steps["seconds"] >= 0)
    if good.all():
        return steps
    notes.append(f"{name} has {int((~good).sum()):,} damaged rows; they are left out.")
    return steps[good]


def _without_superseded(rows: Rows, start: RunStarted) -> Rows:
    """Rows from `start.step` on that were made before the run started anew there."""
    if start.step == 0 and start.at_s < 1e-3:
        return rows
    old = (rows["step"] >= start.step) & (rows["at_s"] < start.at_s)
    return rows[~old] if old.any() else rows
