"""The record of a run on disk: written as it goes, whole after any kill, read back without trusting it.

    run.toml        the spec
    events.jsonl    one event a line
    steps.bin       64 bytes of header, then STEP_ROW rows, one a step

Files only grow, by whole rows and lines, with unbuffered writes: a process killed at any moment leaves what it had
written to the system, and a half-written row or line at the end is left out when reading. A run that went on from a
saved state appends to the same files; its RunStarted event says from which step, and what came before from that step
on is superseded (`superseded.py`). Older records have a spans.bin too, which nothing reads any more.

One process writes a run at a time (`lock.py`), into plain files that only its owner reads (`own_file.py`).
"""

from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path

import msgspec
import numpy as np

from engine.config.spec import RunSpec, check_spec, spec_toml
from engine.config.untrusted import open_plain, read_toml
from engine.errors import RequestError, Sentence, plain
from engine.events import AnyEvent, DeviceSample, Event, Message, SaveProgress, SegmentStarted, StepAnatomy, Surface
from engine.record.appender import Appender
from engine.record.lock import RunLock
from engine.record.own_file import make_private, refuse_links
from engine.record.plausible import in_time, is_plausible
from engine.record.sound_rows import sound_rows
from engine.record.states import drop_drafts
from engine.record.superseded import standing_events, standing_rows
from engine.record.whole_file import whole_file
from engine.rows import STEP_ROW, Rows, StepBatch

HEADER_BYTES = 64
VERSION = 1
ANATOMIES_PER_S = 1
"""Steps taken apart kept a second, at first; later in a segment a twentieth of the time since it began passes between
them, so that ten hours in one mode keep 170 and not 36,000."""
ANATOMY_SPACING = 0.05
LINE_BYTES = 8 * 2**20
"""The longest line of events that is read: a step of 64 ranks taken apart has some hundred kilobytes."""
EVENTS_BYTES = 512 * 2**20
ROWS = 2**26
"""What is read of one file; ten hours of a step a millisecond are 36 million rows (1.4 GB)."""

_encoder = msgspec.json.Encoder(enc_hook=plain)
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def _header(kind: str, dtype: np.dtype[np.void]) -> bytes:
    text = f"gearshift {kind} {VERSION} {dtype.itemsize}\n".encode()
    return text.ljust(HEADER_BYTES, b"\0")


class Recorder:
    """Writes one run's record. Nothing it does later raises for want of disk: `flush` tells, and tries again next time.

    Raises:
        OSError: the directory or a file in it cannot be written to.
        RequestError: another process writes this run; or a file in it is a link, or not of this version.
    """

    def __init__(self, directory: Path, spec: RunSpec, *, resume: bool = False) -> None:
        self._directory = directory
        self._anatomy_s = -1.0
        self._segment_s = 0.0
        make_private(directory)
        with ExitStack() as opened:
            self._lock = RunLock(directory)
            opened.callback(self._lock.release)
            refuse_links(directory)
            drop_drafts(directory)  # a state is written where nothing is: what a killed rank left would be in its way
            if not resume:
                with whole_file(directory / "run.toml", text=True, private=True) as file:
                    file.write(spec_toml(spec))
            self._events = Appender(directory / "events.jsonl", b"", None, EVENTS_BYTES)
            opened.callback(self._events.close)
            row_bytes = STEP_ROW.itemsize
            header, limit_bytes = _header("steps", STEP_ROW), HEADER_BYTES + ROWS * row_bytes
            self._steps = Appender(directory / "steps.bin", header, row_bytes, limit_bytes)
            opened.pop_all()

    def write(self, message: Message) -> None:
        """Take a message up; the next flush brings it to disk."""
        match message:
            case StepBatch(rows=rows):
                self._steps.append(rows.tobytes())
            case StepAnatomy(at_s=at_s) if at_s - self._anatomy_s < self._anatomies_apart_s(at_s):
                pass  # enough are kept
            case SaveProgress():
                pass  # for those who wait; what was saved is told when it is
            case Event():
                if isinstance(message, StepAnatomy):
                    self._anatomy_s = message.at_s
                elif isinstance(message, SegmentStarted):
                    self._segment_s = message.at_s
                beside = isinstance(message, StepAnatomy | DeviceSample | Surface)
                self._events.append(_encoder.encode(message) + b"\n", essential=not beside)

    def _anatomies_apart_s(self, at_s: float) -> float:
        return max(1 / ANATOMIES_PER_S, ANATOMY_SPACING * (at_s - self._segment_s))

    @property
    def dropped(self) -> int:
        """Rows and events left out because they waited for room on the disk until memory was short too."""
        return sum(file.dropped for file in self._files)

    @property
    def _files(self) -> tuple[Appender, Appender]:
        return self._steps, self._events

    def flush(self) -> Sentence | None:
        """Bring everything to disk; None if that worked, else a sentence. What did not fit is kept for next time."""
        try:
            for file in self._files:
                file.flush()
        except OSError as error:
            return self._problem(error)
        return None

    def _problem(self, error: OSError) -> Sentence:
        if any(file.is_gone for file in self._files):
            return Sentence(
                "The record in {directory} was deleted while the run went on: nothing of the run is kept. Stop it, and "
                "train a new one to have a record.",
                directory=self._directory,
            )
        words = "The record in {directory} cannot be written: {strerror}. {waiting_kb:,.0f} kB wait for room"
        words += ", {dropped:,} rows and events were left out for want of memory" if self.dropped else ""
        return Sentence(
            words + "; free some space on that disk.",
            directory=self._directory,
            strerror=error.strerror,
            waiting_kb=sum(file.pending_bytes for file in self._files) / 1e3,
            dropped=self.dropped,
        )

    @property
    def words_of_recovery(self) -> Sentence:
        """What to say when a flush has worked again."""
        if not self.dropped:
            return Sentence("The record is being written again; nothing of it was lost.")
        return Sentence(
            "The record is being written again; {dropped:,} rows and events were left out of it for want of memory.",
            dropped=self.dropped,
        )

    def close(self) -> Sentence | None:
        """The last flush, made durable, and the run released; a sentence if not all of it is on the disk."""
        problem = self.flush()
        for file in self._files:
            try:
                file.close()
            except OSError as error:
                problem = problem or self._problem(error)
        self._lock.release()
        return problem


class Record:
    """A record read back. `notes` says in sentences what was damaged and left out."""

    def __init__(self, spec: RunSpec, events: list[AnyEvent], steps: Rows, notes: list[str]) -> None:
        self.spec = spec
        self.events = events
        self.steps = steps
        self.notes = notes


def read_record(directory: Path) -> Record:
    """Read a run's record as far as it is whole.

    Raises:
        RequestError: the directory holds no record, or one of another format.
    """
    notes: list[str] = []
    spec = _read_run_toml(directory)
    steps = _read_rows(directory / "steps.bin", "steps", STEP_ROW, notes)
    told = _read_events(directory / "events.jsonl", notes)
    steps = standing_rows(sound_rows(steps, "steps.bin", notes), told)
    return Record(spec, standing_events(told), steps, notes)


def _read_run_toml(directory: Path) -> RunSpec:
    path = directory / "run.toml"
    try:
        fields = read_toml(path)
    except FileNotFoundError as error:
        raise RequestError(
            "{directory} holds no recorded run: there is no run.toml in it.", directory=directory
        ) from error
    except OSError as error:
        raise RequestError("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror) from error
    try:
        return check_spec(fields)
    except RequestError as error:
        raise RequestError("{path}: {error}", path=path, error=error) from error


def _open(path: Path, notes: list[str]) -> BufferedReader | None:
    try:
        return open_plain(path)
    except (OSError, RequestError):
        notes.append(Sentence("{name} is missing or cannot be read: nothing of it is shown.", name=path.name))
        return None


def _read_rows(path: Path, kind: str, dtype: np.dtype[np.void], notes: list[str]) -> Rows:
    file = _open(path, notes)
    if file is None:
        return np.empty(0, dtype)
    with file:
        header, size = file.read(HEADER_BYTES), file.seek(0, 2)
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
            notes.append(Sentence("{name} ends in the middle of a row; that row is left out.", name=path.name))
        if count > ROWS:
            words = "{name} has {count:,} rows; the first {limit:,} are read."
            notes.append(Sentence(words, name=path.name, count=count, limit=ROWS))
        if not count:
            return np.empty(0, dtype)
        return np.memmap(file, dtype, mode="r", offset=HEADER_BYTES, shape=(min(count, ROWS),))


def _read_events(path: Path, notes: list[str]) -> list[AnyEvent]:
    """All events that can be read, in the order they were told."""
    events: list[AnyEvent] = []
    file = _open(path, notes)
    if file is None:
        return events
    bad = 0
    with file:
        for line in _lines(file, path.name, notes):
            try:
                event = _decoder.decode(line)
            except (ValueError, RecursionError):  # no JSON, no event, no UTF-8, too deep, a number too long
                bad += 1
                continue
            if is_plausible(event):
                events.append(event)
            else:
                bad += 1
    if bad == 1:
        notes.append(Sentence("{name} has 1 line that cannot be read; left out.", name=path.name))
    elif bad:
        notes.append(Sentence("{name} has {count:,} lines that cannot be read; left out.", name=path.name, count=bad))
    return in_time(events, path.name, notes)


def _lines(file: BufferedReader, name: str, notes: list[str]) -> Iterator[bytes]:
    """Whole lines of at most LINE_BYTES, up to EVENTS_BYTES in all; of a longer one, nothing that can be read."""
    read = 0
    while read < EVENTS_BYTES and (line := file.readline(LINE_BYTES)):
        read += len(line)
        if line.endswith(b"\n"):
            yield line[:-1]
            continue
        while line and not line.endswith(b"\n") and read < EVENTS_BYTES:
            line = file.readline(LINE_BYTES)
            read += len(line)
        if line.endswith(b"\n"):
            yield b""
        else:
            notes.append(Sentence("{name} ends in the middle of a line; that line is left out.", name=name))
    if file.read(1):
        words = "{name} has more than {limit:,} bytes; the rest is left out."
        notes.append(Sentence(words, name=name, limit=EVENTS_BYTES))
