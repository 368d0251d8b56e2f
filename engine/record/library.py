"""The runs there are: of each a card, read from the heads and tails of its files, however long these are.

    run.toml: workload    events.jsonl: modes, how it ended (lines of a few kinds), the last    steps.bin: the last row

A directory that holds no sound record has a card too, with the reason in a sentence.
"""

import os
import re
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path

import msgspec
import numpy as np

from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.config.untrusted import open_plain
from engine.errors import RequestError, Sentence
from engine.events.message import AnyEvent
from engine.events.ranks import RankFailed
from engine.events.run import RunFinished, RunStarted, SegmentStarted
from engine.record.completed import with_completion
from engine.record.form import HEADER_BYTES, LINE_BYTES, header_of
from engine.record.lock import holder_of
from engine.record.plausible import is_plausible
from engine.record.reader import read_set_up
from engine.rows import STEP_ROW

MOST_RUNS = 2_000
LOOK_BYTES = 4 * 2**20
"""What is looked at of events at their beginning, and again at their end; an hour's run has some ten megabytes."""
LAST_LINES = 20
"""Of the events, among which the one is that was told last."""
_TOLD = re.compile(rb'^\{"event":"(?:runstarted|segmentstarted|runfinished|rankfailed)",.*$', re.MULTILINE)
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class RunCard(msgspec.Struct, frozen=True, kw_only=True):
    """One run, as a list of runs shows it.

    `modes` are those visited, by name, in that order; `has_more_modes`: its record is so long that not all of it was
    looked at. `seconds` reach to its last step, or to what was told after it, as those of a replay do. `ended` is
    finished, stopped, failed, "cut off" (nobody told how), or "trained now"; `problem` is a sentence on why it cannot
    be shown, or "".
    """

    directory: str
    begun_unix_s: float
    workload: str = ""
    modes: tuple[str, ...] = ()
    has_more_modes: bool = False
    steps: int = 0
    seconds: float = 0.0
    ended: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """The last part of its directory, by which people know it."""
        return Path(self.directory).name


def run_cards(directory: Path) -> Iterator[RunCard]:
    """The cards of all runs in `directory`, the newest first; at most MOST_RUNS."""
    try:
        with os.scandir(directory) as entries:
            found = sorted((entry.name for entry in entries if entry.is_dir()), reverse=True)
    except OSError:
        return
    for name in found[:MOST_RUNS]:
        yield run_card(directory / name)


def run_card(directory: Path) -> RunCard:
    """The card of one run; whatever is wrong with it, there is one."""
    try:
        begun_unix_s = directory.stat().st_mtime
    except OSError:
        begun_unix_s = 0.0
    card = RunCard(directory=str(directory), begun_unix_s=begun_unix_s)
    try:
        spec = read_set_up(directory)
        card = msgspec.structs.replace(card, workload=spec.workload)
        steps, seconds = _length(directory / "steps.bin")
        card = msgspec.structs.replace(card, steps=steps, seconds=seconds)
        return _with_events(card, directory, spec.steps)
    except RequestError as error:
        return msgspec.structs.replace(card, problem=error.sentence)
    except OSError as error:
        problem = Sentence("{name} cannot be read: {strerror}.", name=directory.name, strerror=error.strerror)
        return msgspec.structs.replace(card, problem=problem)


def _length(path: Path) -> tuple[int, float]:
    """How many steps were made in all, and in what time."""
    with open_plain(path) as file:
        header, size = file.read(HEADER_BYTES), file.seek(0, os.SEEK_END)
        expected = header_of("steps", STEP_ROW)
        if header != expected and not (len(header) < HEADER_BYTES and expected.startswith(header)):
            raise RequestError("{name} is not a file of this version of Gearshift.", name=path.name)
        count = max(0, size - HEADER_BYTES) // STEP_ROW.itemsize
        if not count:
            return 0, 0.0
        file.seek(HEADER_BYTES + (count - 1) * STEP_ROW.itemsize)
        row = np.frombuffer(file.read(STEP_ROW.itemsize), STEP_ROW)[0]
    step, at_s = int(row["step"]), float(row["at_s"])
    return max(0, step + 1), at_s if at_s >= 0 else 0.0


def _with_events(card: RunCard, directory: Path, wanted: int | None) -> RunCard:
    with open_plain(directory / "events.jsonl") as file:
        head, tail, is_whole = _ends(file)
    events = with_completion([*_events(head), *_events(tail)], wanted)
    times = [event.at_s for event in _sound((tail or head).splitlines()[-LAST_LINES:])]
    modes: dict[str, None] = {}
    ended = "cut off"
    for event in events:
        match event:
            case SegmentStarted(mode=mode):
                modes[name_of(parse_mode(mode), card.workload)] = None
                ended = "cut off"
            case RunFinished(is_complete=is_complete):
                ended = "finished" if is_complete else "stopped"
            case RankFailed():
                ended = "failed"
            case RunStarted(started_unix_s=begun_unix_s) if event is events[0]:
                card = msgspec.structs.replace(card, begun_unix_s=begun_unix_s)
    if ended == "cut off" and holder_of(directory) is not None:
        ended = "trained now"
    seconds = max([card.seconds, *times])
    return msgspec.structs.replace(card, modes=tuple(modes), has_more_modes=not is_whole, ended=ended, seconds=seconds)


def _ends(file: BufferedReader) -> tuple[bytes, bytes, bool]:
    """The beginning of the file, its end, if that is not in it too, and whether this is all."""
    head = file.read(LOOK_BYTES)
    size = file.seek(0, os.SEEK_END)
    if size <= len(head):
        return head, b"", True
    file.seek(max(len(head), size - LOOK_BYTES))
    return head, file.read(LOOK_BYTES), size <= 2 * LOOK_BYTES


def _events(text: bytes) -> Iterator[AnyEvent]:
    return _sound(match.group() for match in _TOLD.finditer(text))


def _sound(lines: Iterable[bytes]) -> Iterator[AnyEvent]:
    for line in lines:
        if len(line) > LINE_BYTES:
            continue
        try:
            event = _decoder.decode(line)
        except (ValueError, RecursionError):
            continue  # torn, or damaged
        if is_plausible(event):
            yield event
