"""Looking on while another process trains a run: what it adds to its record is shown as it comes.

    files of the record    [ what there was at the beginning | what has come since | half a row ]
                             read like any record              taken at each look    waits for its other half

Nobody tells that something was written: who looks on looks at how long the files are. When nobody holds the run's lock
any more, it is an ordinary replay, at its end.
"""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from engine.config.untrusted import open_plain
from engine.errors import RequestError, Sentence
from engine.events.message import AnyEvent, Message
from engine.events.run import Notice, RunStarted, SegmentStarted, StatusChanged
from engine.record.form import HEADER_BYTES, LINE_BYTES
from engine.record.lock import holder_of
from engine.record.plausible import is_plausible
from engine.record.replay import Replay
from engine.rows import STEP_ROW, Rows, StepBatch

LOOK_BYTES = 2**20
"""The most that is read of a file at one look: who shows it must not stand still."""
READ_TWICE = 1_000
"""More events than can be written while a record is read."""
ASK_EVERY_S = 1.0
"""How often it is asked whether the run is still trained."""

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Following(Replay):
    """The replay of a run that process `holder` trains: all of it so far at once, then what comes."""

    can_wind = False

    def __init__(self, directory: Path, holder: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows = _Growing(directory / "steps.bin", HEADER_BYTES, STEP_ROW.itemsize)
        self._lines = _Growing(directory / "events.jsonl", 0, None)
        super().__init__(directory, at_end=True, clock=clock)
        steps = self._record.steps
        self._shown_s = float(steps["at_s"][-1]) if len(steps) else -1.0
        self._next = int(steps["step"][-1]) + 1 if len(steps) else 0
        self._seen = set(map(msgspec.json.encode, self._record.events[-READ_TWICE:]))
        """What came between taking the files' lengths and reading the record is in both."""
        self._segment = max((e.segment for e in self._record.events if isinstance(e, SegmentStarted)), default=-1)
        self._early = np.empty(0, STEP_ROW)
        """Rows of a segment whose beginning is not read yet: the writer brings rows to disk before events."""
        self._holder = holder
        self._asked_s = clock()
        self._is_followed = True

    def take(self) -> list[Message]:
        """What has been recorded since the last call, in order."""
        if not self._is_followed:
            return super().take()
        if not self._ended:
            messages = self._all_so_far()
        else:
            messages, self._untold = self._untold, []
        rows = np.concatenate([self._early, self._new_rows()])
        events = self._new_events()
        for event in events:
            before = int(np.searchsorted(rows["at_s"], event.at_s, side="right"))
            self._add(rows[:before], messages)
            rows = rows[before:]
            messages.append(event)
            self.end_s = max(self.end_s, event.at_s)
            if isinstance(event, RunStarted):
                self._next = event.step
            elif isinstance(event, SegmentStarted):
                self._segment = event.segment
        is_early = rows["segment"] > self._segment
        self._early = rows[is_early]
        self._add(rows[~is_early], messages)
        self._at_s = self.end_s
        if not events and is_early.all() and self._is_over():
            self._is_followed = False
            messages.append(StatusChanged(at_s=self.end_s, status="paused", step=self._next, words="replay"))
        return messages

    def pause(self) -> None:
        """Tell that what another process trains is paused there."""
        self._refuse_here() if self._is_followed else super().pause()

    def step(self, count: int = 1) -> None:
        """Tell that what another process trains is stepped there."""
        self._refuse_here() if self._is_followed else super().step(count)

    def stop(self) -> None:
        """Tell that what another process trains is stopped there."""
        self._refuse_here() if self._is_followed else super().stop()

    def _refuse_here(self) -> None:
        self._refuse(
            Sentence(
                "This run is being trained by process {holder}; here it is only looked at. Pause, change or stop it "
                "there.",
                holder=self._holder,
            )
        )

    def _all_so_far(self) -> list[Message]:
        """What a replay at its end has to show, and that it goes on."""
        messages = [m for m in super().take() if not (isinstance(m, StatusChanged) and m.words == "replay")]
        words = Sentence("This run is being trained by process {holder}: what comes is shown.", holder=self._holder)
        messages.append(Notice(at_s=self.end_s, level="info", text=words))
        messages.append(StatusChanged(at_s=self.end_s, status="running", step=self._next, words="replay"))
        return messages

    def _add(self, rows: Rows, messages: list[Message]) -> None:
        if len(rows):
            messages.append(StepBatch(rows))
            self._next = int(rows["step"][-1]) + 1
            self.end_s = max(self.end_s, float(rows["at_s"][-1]))

    def _new_rows(self) -> Rows:
        rows = np.frombuffer(self._rows.read(), STEP_ROW)
        return rows[rows["at_s"] > self._shown_s]

    def _new_events(self) -> list[AnyEvent]:
        found = []
        for line in self._lines.read().splitlines():
            try:
                event = _decoder.decode(line)
            except (ValueError, RecursionError):
                continue  # damage, as everywhere in a record
            if is_plausible(event) and msgspec.json.encode(event) not in self._seen:
                found.append(event)
        if found:
            self._seen.clear()
        return found

    def _is_over(self) -> bool:
        """Nobody trains it any more; asked now and then."""
        now_s = self._clock()
        if now_s - self._asked_s < ASK_EVERY_S:
            return False
        self._asked_s = now_s
        return holder_of(self.directory) is None


def replay_of(directory: Path) -> Replay:
    """The replay of the run in `directory`, at its end; or what comes of it, while another process trains it.

    Raises:
        RequestError: there is no record, or none that could be shown.
    """
    holder = holder_of(directory)
    if holder is None or holder == str(os.getpid()):  # one of ours: it is about to end
        return Replay(directory, at_end=True)
    return Following(directory, holder)


class _Growing:
    """A file that grows, read by whole rows of `row_bytes` (None: by whole lines) from where it ends now."""

    def __init__(self, path: Path, header_bytes: int, row_bytes: int | None) -> None:
        self._path, self._row_bytes = path, row_bytes
        self._at = header_bytes
        with contextlib.suppress(OSError, RequestError), open_plain(path) as file:
            size = file.seek(0, os.SEEK_END)
            if row_bytes:
                self._at += max(0, size - header_bytes) // row_bytes * row_bytes
            else:
                begin = file.seek(max(0, size - LINE_BYTES))
                self._at = begin + file.read(size - begin).rfind(b"\n") + 1

    def read(self) -> bytes:
        """What is whole of what has come since the last call; nothing if the file cannot be read just now."""
        try:
            with open_plain(self._path) as file:
                file.seek(self._at)
                found = file.read(LOOK_BYTES)
        except (OSError, RequestError):
            return b""
        whole = len(found) - len(found) % self._row_bytes if self._row_bytes else found.rfind(b"\n") + 1
        self._at += whole
        return found[:whole]
