"""A session: one run, its processes and its record, behind verbs that return at once and messages that can be taken.

    verbs (any thread)  ->  mailbox  <-  ranks' reports
                               |
                        the session's thread:  Course (what happens)  ->  Recorder (disk)  and  outbox  ->  take()

The thread drains the ranks' rings every few milliseconds, whether anyone takes messages or not: a window that stalls
costs nothing but its own memory.
"""

import contextlib
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter

from engine.config.mode import parse_mode
from engine.config.spec import MAXIMUM_BATCH_SIZE, RunSpec, spec_toml
from engine.errors import RequestError, Sentence
from engine.events import (
    Changed,
    DeviceSample,
    Message,
    Notice,
    RankFailed,
    RunFinished,
    RunStarted,
    SegmentStarted,
    StatusChanged,
)
from engine.ipc.wire import AnyReport, Hinder
from engine.metrics.monitor import Monitor
from engine.record.places import new_run_directory
from engine.record.states import last_state
from engine.record.writer import Recorder, read_record
from engine.session.rank_process import Exited, RankProcess
from engine.session.run import Course
from engine.session.starter import RankStarter

TICK_S = 0.02
SEAM_TICK_S = 0.002
FLUSH_S = 0.25
CLOSE_LIMIT_S = 5.0


class Session:
    """One run of `spec`, in `directory` (made when it starts; a new one unless `resume`).

    Nothing runs before the first `play`, `step` or `run_until`. With `resume`, the run in `directory` goes on from
    its last saved state and its record is continued.
    """

    is_replay = False

    def __init__(
        self, spec: RunSpec, starter: RankStarter, *, directory: Path | None = None, resume: bool = False
    ) -> None:
        self.spec = spec
        self.directory = (directory or new_run_directory(spec.workload)).absolute()  # ranks stand elsewhere
        self.resume_step = 0
        self._starter = starter
        self._mailbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._outbox: deque[Message] = deque()
        self._recorder: Recorder | None = None
        self.record_problem: Sentence | None = None
        """Why part of the record is not on disk; after `close`, why it never will be."""
        self._record_told = ""
        self._flush_s = 0.0
        self._resume = resume
        self._closing = False
        self._monitor = Monitor()
        self._news = threading.Event()
        origin_s, next_segment = perf_counter(), 0
        if resume:
            record = read_record(self.directory)
            state = last_state(self.directory)
            self.resume_step = state.step if state else 0
            ended_s = [event.at_s for event in record.events] + [float(at_s) for at_s in record.steps["at_s"][-1:]]
            origin_s -= max(ended_s, default=0.0)
            next_segment = 1 + max(
                (event.segment for event in record.events if isinstance(event, SegmentStarted)), default=-1
            )
        self._course = Course(
            spec,
            starter,
            self.directory,
            emit=self._emit,
            deliver=self._deliver,
            origin_s=origin_s,
            next_segment=next_segment,
            resumes=resume,
        )
        self._course.step = self.resume_step
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)
        self._thread.start()

    @property
    def mode(self) -> str:
        """The text of the mode in force (of the last commit; a shift under way does not count yet)."""
        return self._course.mode.text

    # Verbs -----------------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Start, go on, or (after a failure) recover from the last state."""
        self._post(lambda: self._started(self._course.play))

    def pause(self) -> None:
        """Pause at the next step boundary."""
        self._post(self._course.pause)

    def step(self, count: int = 1) -> None:
        """Exactly `count` steps, then pause. While running: pause first."""
        if count < 1:
            raise RequestError("{count} steps cannot be made: ask for 1 or more.", count=count)
        self._post(lambda: self._started(lambda: self._course.make_steps(count)))

    def run_until(self, step: int) -> None:
        """Go on until `step` steps are made in all, then pause."""
        self._post(lambda: self._started(lambda: self._course.run_until(step)))

    def shift(self, mode: str) -> None:
        """Compute in another mode from the next step boundary on."""
        wanted, asked_s = parse_mode(mode), perf_counter()
        self._post(lambda: self._course.shift_to(wanted, asked_s))

    def change(self, *, lr: float | None = None, batch_size: int | None = None) -> None:
        """Learning rate and batch size from the next step boundary on."""
        if lr is not None and not 0.0 <= lr <= 1e6:
            raise RequestError("lr = {lr!r} must be a number from 0 to 1e+06.", lr=lr)
        if batch_size is not None and not 1 <= batch_size <= MAXIMUM_BATCH_SIZE:
            raise RequestError(
                "batch_size = {batch_size!r} must be a whole number from 1 to {maximum:,}.",
                batch_size=batch_size,
                maximum=MAXIMUM_BATCH_SIZE,
            )
        self._post(lambda: self._course.change(lr, batch_size))

    def hinder(self, *, rank: int = 0, phase: str = "compute", factor: float = 1.0, delay_s: float = 0.0) -> None:
        """Make a rank, or every message, slow on purpose; with the defaults, nothing any more."""
        if phase not in ("forward", "backward", "compute"):
            raise RequestError("phase = {phase!r} is not one of forward, backward, compute.", phase=phase)
        if not 1.0 <= factor <= 100.0:
            raise RequestError("factor = {factor!r} must be a number from 1 to 100.", factor=factor)
        if not 0.0 <= delay_s <= 1.0:
            raise RequestError("delay = {delay_s!r} s must be a number from 0 to 1.", delay_s=delay_s)
        order = Hinder(rank=rank, phase=phase, factor=factor, delay_s=delay_s)
        self._post(lambda: self._course.hinder(order))

    def break_rank(self, rank: int, how: str = "kill") -> None:
        """Let one rank fail: "kill" (SIGKILL), "freeze" (SIGSTOP) or "exception"."""
        if how not in ("kill", "freeze", "exception"):
            raise RequestError("how = {how!r} is not one of kill, freeze, exception.", how=how)
        self._post(lambda: self._course.break_rank(rank, how))

    def stop(self) -> None:
        """End in good order: last validation, last state, then RunFinished and status finished."""
        self._post(self._course.finish)

    def take(self) -> list[Message]:
        """All messages since the last take, in order. Never waits."""
        taken = []
        while self._outbox:
            taken.append(self._outbox.popleft())
        return taken

    def wait(self, timeout_s: float) -> None:
        """Return when there is something to take, at the latest after `timeout_s`."""
        if not self._outbox:
            self._news.wait(timeout_s)
        self._news.clear()

    def close(self) -> None:
        """Release everything: all processes are gone and the record is closed when this returns. Does not save."""
        self._closing = True
        self._mailbox.put(lambda: None)
        self._thread.join(CLOSE_LIMIT_S)

    # The session's thread --------------------------------------------------------------------------------------------

    def _post(self, act: Callable[[], None]) -> None:
        if self._thread.is_alive() or self._closing:
            self._mailbox.put(act)
            return
        text = Sentence("Nothing can be done in this run any more: the session itself has failed. Open the run again.")
        self._outbox.append(Notice(at_s=self._course.now_s, level="error", text=text))
        self._news.set()

    def _deliver(self, process: RankProcess, message: AnyReport | Exited) -> None:
        self._mailbox.put(lambda: self._course.on_message(process, message))

    def _started(self, act: Callable[[], None]) -> None:
        """Before the first step: the record is opened and the run announced; the same when going on after a failure."""
        course = self._course
        if course.crew is None and course.shift is None and course.status in ("paused", "failed"):
            try:
                self._open_record(resume=self._resume or self._recorder is not None)
            except (OSError, RequestError) as error:
                text = (
                    error.sentence
                    if isinstance(error, RequestError)
                    else Sentence(
                        "The run cannot start: {directory} cannot be written to ({strerror}).",
                        directory=self.directory,
                        strerror=error.strerror,
                    )
                )
                self._emit(Notice(at_s=course.now_s, level="error", text=text))
                self._emit(StatusChanged(at_s=course.now_s, status="failed", step=course.step, words="no record"))
                return
        act()

    def _open_record(self, *, resume: bool) -> None:
        course = self._course
        if self._recorder is None:
            self._recorder = Recorder(self.directory, self.spec, resume=resume)
        if resume:
            passed_over: list[str] = []
            state = last_state(self.directory, passed_over)
            for note in passed_over:
                self._emit(Notice(at_s=course.now_s, level="warning", text=note))
            course.restart_from(state.step if state else 0)
        self._emit(
            RunStarted(
                at_s=course.now_s,
                spec=spec_toml(self.spec),
                step=course.step,
                started_unix_s=time.time(),
                directory=str(self.directory),
            )
        )
        if not resume:
            self._emit(Changed(at_s=course.now_s, step=course.step, lr=self.spec.lr, batch_size=self.spec.batch_size))

    def _emit(self, message: Message) -> None:
        if self._recorder is not None:
            self._recorder.write(message)
            if isinstance(message, RunFinished | RankFailed):
                self._flush(self._recorder)  # whoever hears that it is over finds all of it on disk
        self._outbox.append(message)
        self._news.set()

    def _run(self) -> None:
        try:
            while not self._closing:
                self._turn()
        except Exception as error:
            self._emit(
                Notice(
                    at_s=self._course.now_s,
                    level="error",
                    text=Sentence(
                        "The session itself failed ({kind}: {error}). This is a fault in Gearshift.",
                        kind=type(error).__name__,
                        error=error,
                    ),
                    details=traceback.format_exc(),
                )
            )
            self._emit(
                StatusChanged(
                    at_s=self._course.now_s,
                    status="failed",
                    step=self._course.step,
                    words=Sentence("a fault in Gearshift"),
                )
            )
        finally:
            self._course.abort()
            if self._recorder is not None:
                self._tell_record(self._recorder, self._recorder.close())
            self._starter.rest()

    def _turn(self) -> None:
        course = self._course
        busy = course.crew is not None or course.shift is not None
        seam = course.shift is not None
        try:
            self._mailbox.get(timeout=SEAM_TICK_S if seam else TICK_S if busy else 0.1)()
            while True:
                self._mailbox.get_nowait()()
        except Empty:
            pass
        course.tick()
        now_s = perf_counter()
        if self._monitor.due():
            with contextlib.suppress(OSError):  # without a descriptor to be had there is a gap in the samples, no more
                self._emit_sample(self._monitor.sample(course.now_s, self._processes()))
        if self._recorder is not None and now_s - self._flush_s >= FLUSH_S:
            self._flush_s = now_s
            self._flush(self._recorder)

    def _emit_sample(self, sample: DeviceSample) -> None:
        """Device samples are recorded while the run goes; a session that waits only shows them."""
        if self._course.crew is not None:
            self._emit(sample)
        else:
            self._outbox.append(sample)

    def _flush(self, recorder: Recorder) -> None:
        self._tell_record(recorder, recorder.flush())

    def _tell_record(self, recorder: Recorder, problem: Sentence | None) -> None:
        """Tell when the record cannot be written, when rows begin to be left out for it, and when it can again."""
        kind = problem.template if problem is not None else ""
        if kind != self._record_told:
            self._record_told = kind
            level, text = ("warning", problem) if problem is not None else ("info", recorder.words_of_recovery)
            self._outbox.append(notice := Notice(at_s=self._course.now_s, level=level, text=text))
            recorder.write(notice)
            self._news.set()
        self.record_problem = problem

    def _processes(self) -> dict[int, str]:
        labels = {os.getpid(): "window"}
        course = self._course
        if course.crew is not None:
            labels |= course.crew.labels("rank")
        if course.shift is not None:
            labels |= course.shift.crew.labels("next rank")
        return labels | self._starter.labels
