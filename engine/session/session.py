"""A session: one run, its processes and its record, behind verbs that return at once and messages that can be taken.

    verbs (any thread)  ->  mailbox  <-  ranks' reports
                               |
                        the session's thread:  Run (what happens)  ->  Outbox (record on disk, messages)  ->  take()

The thread drains the ranks' rings every few milliseconds, whether anyone takes messages or not: a window that stalls
costs nothing but its own memory.
"""

import contextlib
import itertools
import os
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty
from time import perf_counter

from engine.config import limits
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.errors import RequestError, Sentence
from engine.events.message import Message
from engine.events.run import Notice, SegmentStarted, StatusChanged
from engine.ipc.orders import KeepPace, SlowDown
from engine.metrics.monitor import Monitor
from engine.pictures import AnyGiven
from engine.record.places import new_run_directory
from engine.record.reader import read_record
from engine.record.states import last_state
from engine.session.opening import Opening
from engine.session.outbox import Mailbox, Outbox
from engine.session.questions import ask_of, try_of
from engine.session.run import Run
from engine.session.starter import RankStarter

TICK_S = 0.02
SEAM_TICK_S = 0.002
REST_TICK_S = 0.1
CLOSE_LIMIT_S = 5.0


class Session:
    """One run of `spec`, in `directory` (made when it starts; a new one unless `resume`).

    Nothing runs before the first `play`, `step` or `run_until`. With `resume`, the run in `directory` goes on from
    its last saved state and its record is continued.
    `is_evaluated`: an evaluator computes validation and pictures beside training. `is_window`: it lives in a window's
    process, and what that takes of the machine is told as the window's.
    """

    is_replay = False

    def __init__(
        self,
        spec: RunSpec,
        starter: RankStarter,
        *,
        directory: Path | None = None,
        resume: bool = False,
        is_evaluated: bool = True,
        is_window: bool = True,
    ) -> None:
        self.spec = spec
        self.directory = (directory or new_run_directory(spec.workload)).absolute()  # ranks stand elsewhere
        self.resume_step = 0
        self._starter = starter
        self._label = "window" if is_window else "session"
        self._mailbox = Mailbox()
        self._closing = False
        self._monitor = Monitor()
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
        self._outbox = Outbox(origin_s)
        self._run = Run(
            spec,
            starter,
            self.directory,
            self._outbox,
            self._mailbox,
            next_segment=next_segment,
            resume_step=self.resume_step if resume else None,
            is_evaluated=is_evaluated,
        )
        self._opening = Opening(self._run, self._outbox, spec, self.directory, resume=resume)
        self._questions = itertools.count()
        self._thread = threading.Thread(target=self._live, name="session", daemon=True)
        self._thread.start()

    @property
    def mode(self) -> str:
        """The text of the mode in force (of the last commit; a shift under way does not count yet)."""
        return self._run.mode.text

    @property
    def record_problem(self) -> Sentence | None:
        """Why part of the record is not on disk; after `close`, why it never will be."""
        return self._outbox.record_problem

    # Verbs -----------------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Start, go on, or (after a failure) recover from the last state."""
        self._post(lambda: self._opening.before(self._run.play))

    def pause(self) -> None:
        """Pause at the next step boundary."""
        self._post(self._run.pause)

    def step(self, count: int = 1) -> None:
        """Exactly `count` steps, then pause. While running: pause first.

        Raises:
            RequestError: `count` is less than 1.
        """
        if count < 1:
            raise RequestError("{count} steps cannot be made: ask for 1 or more.", count=count)
        self._post(lambda: self._opening.before(lambda: self._run.make_steps(count)))

    def run_until(self, step: int) -> None:
        """Go on until `step` steps are made in all, then pause."""
        self._post(lambda: self._opening.before(lambda: self._run.run_until(step)))

    def shift(self, mode: str) -> None:
        """Compute in another mode from the next step boundary on.

        Raises:
            RequestError: `mode` is not the text of a mode.
        """
        wanted, asked_s = parse_mode(mode), self._outbox.now_s
        self._post(lambda: self._run.shift_to(wanted, asked_s))

    def change(self, *, lr: float | None = None, batch_size: int | None = None) -> None:
        """Learning rate and batch size from the next step boundary on.

        Raises:
            RequestError: one of them is out of its range.
        """
        for name, value in (("lr", lr), ("batch_size", batch_size)):
            if value is not None:
                limits.check(name, value, limits.ranges_of(RunSpec)[name])
        self._post(lambda: self._run.change(lr, batch_size))

    def slow_down(self, *, rank: int = 0, phase: str = "compute", factor: float = 1.0, delay_s: float = 0.0) -> None:
        """Make a rank, or every message, slow on purpose; with the defaults, nothing any more.

        Raises:
            RequestError: there is no such phase, or `factor` or `delay_s` is out of its range.
        """
        if phase not in ("forward", "backward", "compute"):
            raise RequestError("phase = {phase!r} is not one of forward, backward, compute.", phase=phase)
        for name, value in (("factor", factor), ("delay_s", delay_s)):
            limits.check(name, value, limits.ranges_of(SlowDown)[name])
        order = SlowDown(rank=rank, phase=phase, factor=factor, delay_s=delay_s)
        self._post(lambda: self._run.slow_down(order))

    def keep_pace(self, steps_per_s: float | None) -> None:
        """Make at most so many steps a second from the next boundary on; None: as many as there can be.

        Raises:
            RequestError: `steps_per_s` is out of its range.
        """
        if steps_per_s is not None:
            limits.check("steps_per_s", steps_per_s, limits.ranges_of(KeepPace)["steps_per_s"])
        self._post(lambda: self._run.crews.keep_pace(steps_per_s))

    def break_rank(self, rank: int, how: str = "kill") -> None:
        """Let one rank fail: "kill" (SIGKILL), "freeze" (SIGSTOP) or "exception".

        Raises:
            RequestError: a rank cannot fail so.
        """
        if how not in ("kill", "freeze", "exception"):
            raise RequestError("how = {how!r} is not one of kill, freeze, exception.", how=how)
        self._post(lambda: self._run.break_rank(rank, how))

    def cancel_shift(self) -> None:
        """Give up the shift that is under way: the run goes on as before. So can a start be, and made again."""
        self._post(self._run.cancel_shift)

    def end_silent(self) -> None:
        """Wait no longer for ranks that give no sign of life: the run fails now, and can go on from its last state."""
        self._post(self._run.crews.end_silent)

    def go_back(self, step: int) -> None:
        """Give up what was made since the saved state before `step`; the run stands, and `play` goes on from there."""
        self._post(lambda: self._run.go_back(step))

    def evaluate(self, *, on: bool) -> None:
        """Have validation and pictures computed from now on, by a process beside training; or no more."""
        self._post(lambda: self._run.evaluate(on=on))

    def ask(self, samples: Sequence[int]) -> int:
        """Ask what the model says of samples of the validation split, by index; an `Answer` of that number will tell.

        Raises:
            RequestError: no sample, or too many at once.
        """
        question = ask_of(next(self._questions), samples)
        self._post(lambda: self._run.evaluation.ask(question))
        return question.number

    def watch(self, look: str, chosen: tuple[int, ...] = ()) -> None:
        """Have a look of the workload drawn, now and as often as the model is looked at; "": none any more.

        `chosen` are options by number, of the choices that its pictures have. `LookDrawn` tells each.
        """
        self._post(lambda: self._run.evaluation.watch(look, chosen))

    def try_out(self, number: int, name: str, given: AnyGiven | None) -> None:
        """Have the model answer what is given it, in the workload's way of that name: `TryAnswered` of that number.

        The one that is under way ends for it; "" does that alone.

        Raises:
            RequestError: what is given is out of its ranges.
        """
        question = try_of(number, name, given)
        self._post(lambda: self._run.evaluation.ask(question))

    def stop(self) -> None:
        """End in good order: last validation, last state, then RunFinished and status finished."""
        self._post(self._run.finish)

    def take(self) -> list[Message]:
        """All messages since the last take, in order. Never waits."""
        return self._outbox.take()

    def wait(self, timeout_s: float) -> None:
        """Return when there is something to take, at the latest after `timeout_s`."""
        self._outbox.wait(timeout_s)

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
        self._outbox.show(Notice(at_s=self._outbox.now_s, level="error", text=text))

    def _live(self) -> None:
        try:
            while not self._closing:
                self._turn()
        except Exception as error:
            words = Sentence(
                "The session itself failed ({kind}: {error}). This is a fault in Gearshift.",
                kind=type(error).__name__,
                error=error,
            )
            outbox, details = self._outbox, traceback.format_exc()
            outbox.tell(Notice(at_s=outbox.now_s, level="error", text=words, details=details))
            words = Sentence("a fault in Gearshift")
            outbox.tell(StatusChanged(at_s=outbox.now_s, status="failed", step=self._run.step, words=words))
        finally:
            self._run.abort()
            self._outbox.close_record()

    def _turn(self) -> None:
        run = self._run
        tick_s = SEAM_TICK_S if run.is_shifting else TICK_S if run.is_computing else REST_TICK_S
        try:
            self._mailbox.get(timeout=tick_s)()
            while True:
                self._mailbox.get_nowait()()
        except Empty:
            pass
        run.tick()
        if self._monitor.due():
            with contextlib.suppress(OSError):  # without a descriptor to be had there is a gap in the samples, no more
                self._sample()
        self._outbox.flush_when_due()

    def _sample(self) -> None:
        """Device samples are recorded while the run goes; a session that waits only shows them."""
        processes = {os.getpid(): self._label} | self._starter.labels
        sample = self._monitor.sample(self._outbox.now_s, processes, self._run.usages())
        if self._run.is_computing:
            self._outbox.tell(sample)
        else:
            self._outbox.show(sample)
