"""A run's record read back, as far as it is whole, without trusting it: what is damaged is left out, and told."""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

import msgspec
import numpy as np

from engine.config.spec import RunSpec, check_spec
from engine.config.untrusted import open_plain, read_toml
from engine.errors import RequestError, Sentence
from engine.events.message import AnyEvent
from engine.record.completed import with_completion
from engine.record.form import EVENTS_BYTES, HEADER_BYTES, LINE_BYTES, ROWS, header_of
from engine.record.plausible import in_time, is_plausible
from engine.record.sound_rows import sound_rows
from engine.record.superseded import standing_events, standing_rows
from engine.rows import STEP_ROW, Rows

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


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
    spec = read_set_up(directory)
    steps = _read_rows(directory / "steps.bin", "steps", STEP_ROW, notes)
    told = _read_events(directory / "events.jsonl", notes)
    steps = standing_rows(sound_rows(steps, "steps.bin", notes), told)
    return Record(spec, with_completion(standing_events(told), spec.steps), steps, notes)


def read_set_up(directory: Path) -> RunSpec:
    """What a recorded run was set up to be.

    Raises:
        RequestError: there is no record, or its run.toml says what cannot be.
    """
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
        expected = header_of(kind, dtype)
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
            template = "{name} has {count:,} rows; the first {limit:,} are read."
            notes.append(Sentence(template, name=path.name, count=count, limit=ROWS))
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
        template = "{name} has more than {limit:,} bytes; the rest is left out."
        notes.append(Sentence(template, name=name, limit=EVENTS_BYTES))
