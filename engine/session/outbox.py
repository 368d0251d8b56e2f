"""What a run tells: kept in its record on disk, and waiting for whoever takes it. Writing here waits for nobody.

run, session  --tell-->  record (once it is open)  and  messages  --take-->  a window, a terminal
"""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter

from engine.config.spec import RunSpec
from engine.errors import Sentence
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import Notice, RunFinished
from engine.record.writer import Recorder

FLUSH_S = 0.25
Mailbox = SimpleQueue[Callable[[], None]]
"""What the session's thread is to do next; threads that hear processes, and those that call verbs, put it in."""


class Outbox:
    """The messages of one run, on its clock, which began at `origin_s` of this process's monotonic one.

    All but `take` and `wait` are for the session's thread alone.
    """

    def __init__(self, origin_s: float) -> None:
        self.origin_s = origin_s
        self.record_problem: Sentence | None = None
        """Why part of the record is not on disk; once the record is closed, why it never will be."""
        self._recorder: Recorder | None = None
        self._told = ""
        self._flush_s = 0.0
        self._messages: deque[Message] = deque()
        self._filled = threading.Event()

    @property
    def now_s(self) -> float:
        """Seconds since the run began, by the session's clock."""
        return perf_counter() - self.origin_s

    @property
    def is_recorded(self) -> bool:
        """Whether what is told goes into a record."""
        return self._recorder is not None

    def open_record(self, directory: Path, spec: RunSpec, *, resume: bool) -> None:
        """From now on what is told is recorded in `directory`.

        Raises:
            OSError: the directory, or a file in it, cannot be written to.
            RequestError: another process writes this record, or something in it is not ours to write to.
        """
        self._recorder = Recorder(directory, spec, resume=resume)

    def tell(self, message: Message) -> None:
        """Record a message, and have it taken."""
        if self._recorder is not None:
            self._recorder.write(message)
            if isinstance(message, RunFinished | RankFailed):
                self._flush(self._recorder)  # whoever hears that it is over finds all of it on disk
        self.show(message)

    def show(self, message: Message) -> None:
        """Have a message taken that is not for the record."""
        self._messages.append(message)
        self._filled.set()

    def take(self) -> list[Message]:
        """All messages since the last take, in order. Never waits."""
        taken = []
        while self._messages:
            taken.append(self._messages.popleft())
        return taken

    def wait(self, timeout_s: float) -> None:
        """Return when there is something to take, at the latest after `timeout_s`."""
        if not self._messages:
            self._filled.wait(timeout_s)
        self._filled.clear()

    def flush_when_due(self) -> None:
        """Bring the record to disk, four times a second."""
        now_s = perf_counter()
        if self._recorder is not None and now_s - self._flush_s >= FLUSH_S:
            self._flush_s = now_s
            self._flush(self._recorder)

    def close_record(self) -> None:
        """Bring the record to disk for the last time, and let go of it."""
        if self._recorder is not None:
            self._tell_of_record(self._recorder, self._recorder.close())

    def _flush(self, recorder: Recorder) -> None:
        self._tell_of_record(recorder, recorder.flush())

    def _tell_of_record(self, recorder: Recorder, problem: Sentence | None) -> None:
        """Tell when the record cannot be written, when rows begin to be left out for it, and when it can again."""
        kind = problem.template if problem is not None else ""
        if kind != self._told:
            self._told = kind
            level, text = ("warning", problem) if problem is not None else ("info", recorder.words_of_recovery)
            notice = Notice(at_s=self.now_s, level=level, text=text)
            recorder.write(notice)
            self.show(notice)
        self.record_problem = problem
