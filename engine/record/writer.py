"""The record of a run on disk: written as it goes, whole after any kill.

    run.toml        the spec
    events.jsonl    one event a line
    steps.bin       64 bytes of header, then STEP_ROW rows, one a step

Files only grow, by whole rows and lines, with unbuffered writes: a process killed at any moment leaves what it had
written to the system, and a half-written row or line at the end is left out when reading (`reader.py`). A run that went
on from a saved state appends to the same files; its RunStarted event says from which step, and what came before from
that step on is superseded (`superseded.py`). Older records have a spans.bin too, which nothing reads any more.

One process writes a run at a time (`lock.py`), into plain files that only its owner reads (`own_file.py`).
"""

from contextlib import ExitStack
from pathlib import Path

import msgspec

from engine.config.spec import RunSpec, spec_toml
from engine.errors import Sentence, plain
from engine.events.evaluator import Surface, TextSample
from engine.events.event import Event
from engine.events.machine import DeviceSample
from engine.events.message import Message
from engine.events.ranks import StepAnatomy
from engine.events.run import SegmentStarted
from engine.events.states import SaveProgress
from engine.record.appender import Appender
from engine.record.form import EVENTS_BYTES, HEADER_BYTES, ROWS, header_of
from engine.record.lock import RunLock
from engine.record.own_file import make_private, refuse_links
from engine.record.states import drop_drafts
from engine.record.whole_file import whole_file
from engine.rows import STEP_ROW, StepBatch
from engine.sizes import size

ANATOMIES_PER_S = 1
"""Steps taken apart kept a second, at first; later in a segment a twentieth of the time since it began passes between
them, so that ten hours in one mode keep 170 and not 36,000."""
ANATOMY_SPACING = 0.05
_encoder = msgspec.json.Encoder(enc_hook=plain)


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
            header, limit_bytes = header_of("steps", STEP_ROW), HEADER_BYTES + ROWS * row_bytes
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
            case TextSample(is_over=False):
                pass  # for those who read along
            case Event():
                if isinstance(message, StepAnatomy):
                    self._anatomy_s = message.at_s
                elif isinstance(message, SegmentStarted):
                    self._segment_s, self._anatomy_s = message.at_s, -1.0  # of each mode one is kept, however short
                beside = isinstance(message, StepAnatomy | DeviceSample | Surface | TextSample)
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
        template = "The record in {directory} cannot be written: {strerror}. {waiting} wait for room"
        template += ", {dropped:,} rows and events were left out for want of memory" if self.dropped else ""
        return Sentence(
            template + "; free some space on that disk.",
            directory=self._directory,
            strerror=error.strerror,
            waiting=size(sum(file.pending_bytes for file in self._files)),
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
