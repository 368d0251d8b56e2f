"""A recorded run played again through the interface of a live one: same messages, same order, by the recorded clock."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from engine.config.mode_text import parse_mode
from engine.errors import Sentence
from engine.events import Message, Notice, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.record.reader import Record, read_record
from engine.rows import StepBatch

NO_RANKS = Sentence("This is the replay of a recorded run: there are no ranks that could be slow, or fail.")
NO_EVALUATOR = Sentence("This is the replay of a recorded run: nothing is computed beside it.")


class Replay:
    """Plays the record in `directory` at `speed`; with `at_end` all of it is there at once.

    There is no thread: `take` works out from the clock what is due.
    """

    is_replay = True
    record_problem = None

    def __init__(
        self,
        directory: Path,
        *,
        speed: float = 1.0,
        at_end: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.directory = directory
        self._record: Record = read_record(directory)
        self.spec = self._record.spec
        for event in self._record.events:
            if isinstance(event, SegmentStarted):
                parse_mode(event.mode)  # of a technique that is no longer there: nothing could show it
        self._clock = clock
        self._speed = speed
        self._events = sorted(self._record.events, key=lambda event: event.at_s)
        times = [event.at_s for event in self._events] + [float(at) for at in self._record.steps["at_s"][-1:]]
        self._end_s = max(times, default=0.0)
        self._at_s = self._end_s if at_end else 0.0
        self._since: float | None = None
        self._ended = False
        self._next_event = 0
        self._next_step = 0
        self._untold: list[Message] = [Notice(at_s=0.0, level="warning", text=note) for note in self._record.notes]
        if not any(isinstance(event, RunStarted) for event in self._events):
            self._untold.append(StatusChanged(at_s=0.0, status="paused", step=0, words="replay"))

    def play(self) -> None:
        """Let the recorded clock run, from where it stands."""
        self._go()

    def pause(self) -> None:
        """Stop the recorded clock, where it stands."""
        self._at_s = self._now_s()
        self._since = None
        self._tell("paused")

    def step(self, count: int = 1) -> None:
        """Show `count` more steps at once, and stop the recorded clock."""
        self.run_until(self._next_step + count)

    def run_until(self, step: int) -> None:
        """Play until `step` steps are shown, at once."""
        steps = self._record.steps
        index = min(int(np.searchsorted(steps["step"], step)), len(steps)) - 1
        self._since = None
        if index >= 0:
            self._at_s = max(self._at_s, float(steps["at_s"][index]))
        self._tell("paused")

    def stop(self) -> None:
        """Show all that was recorded, at once."""
        self._at_s, self._since = self._end_s, None

    def shift(self, mode: str) -> None:
        """Answer that a replay computes nothing, in no mode."""
        self._refuse(
            Sentence(
                "This is the replay of a recorded run: the mode {mode} was not recorded. Play goes on with the run "
                "itself, if its state was saved.",
                mode=mode,
            )
        )

    def change(self, *, lr: float | None = None, batch_size: int | None = None) -> None:  # noqa: ARG002
        """Answer that a replay's settings are what they were."""
        self._refuse(
            Sentence(
                "This is the replay of a recorded run: its settings are what they were. Play goes on with the run "
                "itself, if its state was saved."
            )
        )

    def slow_down(self, *, rank: int = 0, phase: str = "compute", factor: float = 1.0, delay_s: float = 0.0) -> None:  # noqa: ARG002
        """Answer that a replay has no ranks."""
        self._refuse(NO_RANKS)

    def keep_pace(self, steps_per_s: float | None) -> None:  # noqa: ARG002
        """Answer that a replay has no ranks."""
        self._refuse(NO_RANKS)

    def break_rank(self, rank: int, how: str = "kill") -> None:  # noqa: ARG002
        """Answer that a replay has no ranks."""
        self._refuse(NO_RANKS)

    def cancel_shift(self) -> None:
        """Answer that a replay has no ranks."""
        self._refuse(NO_RANKS)

    def end_silent(self) -> None:
        """Answer that a replay has no ranks."""
        self._refuse(NO_RANKS)

    def evaluate(self, *, on: bool) -> None:  # noqa: ARG002
        """Answer that a replay computes nothing."""
        self._refuse(NO_EVALUATOR)

    def ask(self, samples: Sequence[int]) -> int:  # noqa: ARG002
        """Answer that a replay computes nothing; the number that is returned is of no answer."""
        self._refuse(NO_EVALUATOR)
        return -1

    def take(self) -> list[Message]:
        """What is due by now, in recorded order."""
        now_s = self._now_s()
        messages, self._untold = self._untold, []
        while self._next_event < len(self._events) and self._events[self._next_event].at_s <= now_s:
            event = self._events[self._next_event]
            self._next_event += 1
            self._steps_until(event.at_s, messages)
            messages.append(event)
        self._steps_until(now_s, messages)
        if now_s >= self._end_s and not self._ended:
            self._ended = True
            self._at_s, self._since = self._end_s, None
            if not any(isinstance(event, RunFinished) for event in self._events[-3:]):
                # The run was cut off: whatever it last said it was doing, now it is doing nothing.
                messages.append(
                    StatusChanged(at_s=self._end_s, status="paused", step=self._shown_step(), words="replay")
                )
        return messages

    def close(self) -> None:
        """Let go of the record's files; nothing is shown any more."""
        self._since = None
        self._record = Record(self.spec, [], np.empty(0, self._record.steps.dtype), [])
        self._next_step = 0

    def _shown_step(self) -> int:
        """The step after the last one shown."""
        return int(self._record.steps["step"][self._next_step - 1]) + 1 if self._next_step else 0

    def _go(self) -> None:
        if self._since is None and self._at_s < self._end_s:
            self._since = self._clock()

    def _now_s(self) -> float:
        if self._since is None:
            return self._at_s
        return min(self._end_s, self._at_s + (self._clock() - self._since) * self._speed)

    def _steps_until(self, at_s: float, messages: list[Message]) -> None:
        steps = self._record.steps
        last = int(np.searchsorted(steps["at_s"], at_s, side="right"))
        if last > self._next_step:
            messages.append(StepBatch(np.array(steps[self._next_step : last])))
            self._next_step = last

    def _tell(self, status: str) -> None:
        self._untold.append(StatusChanged(at_s=self._at_s, status=status, step=self._shown_step(), words="replay"))

    def _refuse(self, why: Sentence) -> None:
        self._untold.append(Notice(at_s=self._at_s, level="warning", text=why))
