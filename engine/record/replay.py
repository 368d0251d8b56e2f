"""A recorded run played again through the interface of a live one: same messages, same order, by the recorded clock."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from engine.config.mode_text import parse_mode
from engine.errors import Sentence
from engine.events.message import Message
from engine.events.run import Notice, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.pictures import AnyGiven
from engine.record.reader import Record, read_record
from engine.rows import Rows, StepBatch

ROUNDING_S = 1e-6
NO_RANKS = Sentence("This is the replay of a recorded run: there are no ranks that could be slow, or fail.")
NO_EVALUATOR = Sentence("This is the replay of a recorded run: nothing is computed beside it.")


class Replay:
    """Plays the record in `directory` at `speed`; with `at_end` all of it is there at once.

    There is no thread: `take` works out from the clock what is due, and gives at most `portion` messages at a time.
    """

    is_replay = True
    can_wind = True
    """It can be played from any moment on."""
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
        self.speed = speed
        self.portion = 2**62
        self._events = sorted(self._record.events, key=lambda event: event.at_s)
        times = [event.at_s for event in self._events] + [float(at) for at in self._record.steps["at_s"][-1:]]
        self.end_s = max(times, default=0.0)
        self._at_s = self.end_s if at_end else 0.0
        self._since: float | None = None
        self._ended = False
        self._next_event = 0
        self._next_step = 0
        self._told_s = 0.0
        self._status = ""
        """What is to be told when all that is due is."""
        self._untold: list[Message] = [Notice(at_s=0.0, level="warning", text=note) for note in self._record.notes]
        if not any(isinstance(event, RunStarted) for event in self._events):
            self._untold.append(StatusChanged(at_s=0.0, status="paused", step=0, words="replay"))

    # Where it stands -------------------------------------------------------------------------------------------------

    @property
    def is_playing(self) -> bool:
        """Whether the recorded clock runs just now."""
        return self._since is not None

    @property
    def at_s(self) -> float:
        """Where the recorded clock stands, in seconds since the run began."""
        return self._now_s()

    @property
    def steps(self) -> int:
        """How many steps were made in all."""
        steps = self._record.steps
        return int(steps["step"][-1]) + 1 if len(steps) else 0

    def wind(self, at_s: float) -> bool:
        """Go to another moment; True if that is back: then all is told again, from the beginning.

        A clock that runs goes on from there.
        """
        at_s, was_playing = min(max(0.0, at_s), self.end_s), self.is_playing
        is_back = at_s < self._told_s
        self._at_s, self._since = at_s, self._clock() if was_playing and at_s < self.end_s else None
        if is_back:
            self._next_event = self._next_step = 0
            self._told_s, self._ended = 0.0, False
        self._status = "running" if self.is_playing else "paused"
        return is_back

    def keep_speed(self, speed: float) -> None:
        """Play `speed` times as fast as it was, from now on."""
        self._at_s = self._now_s()
        self._since = self._clock() if self.is_playing else None
        self.speed = speed

    # Verbs -----------------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Let the recorded clock run, from where it stands."""
        if self._since is None and self._at_s < self.end_s:
            self._since = self._clock()
            self._status = "running"

    def pause(self) -> None:
        """Stop the recorded clock, where it stands."""
        self._at_s = self._now_s()
        self._since = None
        self._status = "paused"

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
        self._status = "paused"

    def stop(self) -> None:
        """Show all that was recorded, at once."""
        self._at_s, self._since = self.end_s, None

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

    def go_back(self, step: int) -> None:  # noqa: ARG002
        """Answer that a replay has no ranks."""
        self._refuse(NO_RANKS)

    def evaluate(self, *, on: bool) -> None:  # noqa: ARG002
        """Answer that a replay computes nothing."""
        self._refuse(NO_EVALUATOR)

    def ask(self, samples: Sequence[int]) -> int:  # noqa: ARG002
        """Answer that a replay computes nothing; the number that is returned is of no answer."""
        self._refuse(NO_EVALUATOR)
        return -1

    def watch(self, look: str, chosen: tuple[int, ...] = ()) -> None:
        """Draw nothing: a replay has no model."""

    def try_out(self, number: int, name: str, given: AnyGiven | None) -> None:  # noqa: ARG002
        """Answer that a replay computes nothing."""
        self._refuse(NO_EVALUATOR)

    def take(self) -> list[Message]:
        """What is due by now, in recorded order."""
        now_s = self._now_s()
        messages, self._untold = self._untold, []
        while self._next_event < len(self._events) and self._events[self._next_event].at_s <= now_s:
            if len(messages) >= self.portion:
                return messages
            event = self._events[self._next_event]
            self._next_event += 1
            self._steps_until(event.at_s, messages)
            messages.append(event)
            self._told_s = event.at_s
        self._steps_until(now_s, messages)
        self._told_s = now_s
        if self._status:
            messages.append(self._said(self._status, now_s))
            self._status = ""
        if now_s >= self.end_s and not self._ended:
            self._ended = True
            self._at_s, self._since = self.end_s, None
            if not any(isinstance(event, RunFinished) for event in self._events[-3:]):
                # The run was cut off: whatever it last said it was doing, now it is doing nothing.
                messages.append(self._said("paused", self.end_s))
        return messages

    def close(self) -> None:
        """Let go of the record's files; nothing is shown any more. Who looks at it meanwhile may be another thread."""
        self._since = None
        self._record = Record(self.spec, [], np.empty(0, self._record.steps.dtype), [])
        self._next_step = 0

    @property
    def shown_step(self) -> int:
        """The step after the last one shown."""
        steps, shown = self._record.steps, self._next_step  # each once: it may be closed in between
        return int(steps["step"][shown - 1]) + 1 if 0 < shown <= len(steps) else 0

    def _now_s(self) -> float:
        since = self._since
        return self._at_s if since is None else min(self.end_s, self._at_s + (self._clock() - since) * self.speed)

    def _steps_until(self, at_s: float, messages: list[Message]) -> None:
        steps = self._record.steps
        last = int(np.searchsorted(steps["at_s"], at_s, side="right"))
        if last > self._next_step:
            before_s = float(steps["at_s"][self._next_step - 1]) if self._next_step else -np.inf
            messages.append(StepBatch(_one_by_one(np.array(steps[self._next_step : last]), before_s)))
            self._next_step = last

    def _said(self, status: str, at_s: float) -> StatusChanged:
        return StatusChanged(at_s=at_s, status=status, step=self.shown_step, words="replay")

    def _refuse(self, why: Sentence) -> None:
        self._untold.append(Notice(at_s=self._at_s, level="warning", text=why))


def _one_by_one(rows: Rows, before_s: float) -> Rows:
    """The same steps (STEP_ROW, changed in place), each with no more seconds than since the end of the one before.

    Records of before a rate was by the clock have those of ranks that ran free several times over. `before_s` is when
    the step before the first one ended.
    """
    apart_s = np.diff(rows["at_s"], prepend=before_s)
    overlaps = rows["seconds"] > apart_s + ROUNDING_S
    rows["seconds"][overlaps] = apart_s[overlaps].clip(0.0)
    return rows
