"""The record of each step on one rank, written when it is over, and the spans of a step that is taken apart.

    begin --data--|--h2d--|--forward--|--backward--|--communicate--|--optimizer--| end = begin of the next step

`enter(phase)` ends the phase that is open and begins another; `cut(phase, at_s)` does so at a moment already past.
The clock is the host's monotonic one, shared by all processes of a machine. On an accelerator it would measure
launches, not work: there `DeviceTrace` takes its place.
"""

from dataclasses import dataclass
from math import isfinite
from time import perf_counter, thread_time
from typing import NamedTuple, Protocol

from torch import Tensor

from engine.ipc.ring import RingWriter
from engine.rows import PHASES

DATA, H2D, FORWARD, BACKWARD, COMMUNICATE, WAIT, OPTIMIZER = range(len(PHASES))


class Interval(NamedTuple):
    """A span of a step that is taken apart, on this rank's clock. `on_core_s`: see `LaneSpan`."""

    phase: int
    microbatch: int
    begin_s: float
    end_s: float
    on_core_s: float | None
    received_bytes: int = 0


@dataclass(frozen=True)
class StepSpans:
    """One step taken apart: its spans in the order they ended, times on this rank's clock."""

    step: int
    begin_s: float
    end_s: float
    spans: list[Interval]
    step_begins_s: tuple[float, ...] = ()
    """When each of several steps began, on this rank's clock; () is one step."""

    def on_core_s(self, phase: int) -> float:
        """For how long the rank's thread really ran in a phase."""
        return sum(span.on_core_s or 0.0 for span in self.spans if span.phase == phase)


class Trace(Protocol):
    """What the loop tells of a step. `diverged`: a loss seen so far was not finite."""

    clock: str
    diverged: bool
    now_s: float

    def resume(self) -> None:
        """The next step begins now, not when the last one ended: something else lay between."""

    def begin(self, step: int) -> None:
        """A step begins, in its data phase, where the one before ended."""

    def enter(self, phase: int, microbatch: int = -1) -> None:
        """Let another phase of the step begin now."""

    def cut(self, phase: int, at_s: float) -> None:
        """Let another phase of the step have begun at `at_s`, a time in the past."""

    def aside(self, begin_s: float, end_s: float, *, collective: bool) -> None:
        """From `begin_s` to `end_s`, within the open phase, the rank waited for a message."""

    def received(self, num_bytes: int) -> None:
        """What the open phase waited for has come, so many bytes of it."""

    def watch(self, steps: int = 1) -> None:
        """Keep every span of the next step, or of several. Asked while they are kept: what is kept is `watched` now."""

    def part(self) -> None:
        """What is kept of several steps is `watched`, however few they are, and no more is kept."""

    def watched(self) -> "StepSpans | None":
        """The step that was taken apart since the last call; None if there is none."""

    def dismiss(self) -> "StepSpans | None":
        """The step was none of the run's: no record is written; what was kept of it is returned."""

    def end(self, loss_sum: Tensor | None, units: int, of_units: int) -> None:
        """The step is over: its record goes into the ring.

        `loss_sum` (a scalar) is this rank's sum of losses over `units` of the batch's `of_units`; None where the loss
        is computed elsewhere.
        """

    def flush(self) -> None:
        """Write the records that are still held back."""


class HostTrace:
    """Spans by the host's clock, for ranks that compute on CPU."""

    clock = "host"

    def __init__(self, ring: RingWriter) -> None:
        self.diverged = False
        self.now_s = perf_counter()
        """When the last step ended."""
        self._ring = ring
        self._step = 0
        self._begin_s = self.now_s
        self._phase = DATA
        self._phase_s = self.now_s
        self._microbatch = -1
        self._spans: list[Interval] | None = None
        self._begins_s: list[float] = []
        self._to_watch = self._wanted = 0
        self._ended_s = self.now_s
        self._on_core_s = 0.0
        self._received_bytes = 0
        self._watched: StepSpans | None = None

    def resume(self) -> None:
        """The next step begins now, not when the last one ended: something else lay between."""
        self.now_s = perf_counter()

    def begin(self, step: int) -> None:
        """A step begins, in its data phase, where the one before ended."""
        self._step = step
        self._begin_s = self._phase_s = self.now_s
        self._phase = DATA
        if self._spans is not None:
            self._begins_s.append(self._begin_s)
            self._microbatch = -1
            self._on_core_s, self._received_bytes = thread_time(), 0

    def enter(self, phase: int, microbatch: int = -1) -> None:
        """The phase that is open ends, and another one begins now."""
        if self._spans is not None:
            self.cut(phase, perf_counter())
            self._microbatch = microbatch

    def cut(self, phase: int, at_s: float) -> None:
        """The phase that was open ended at `at_s`, a moment already past, and another one began."""
        if self._spans is not None:
            self._keep(self._spans, at_s)
            self._phase, self._phase_s = phase, at_s

    def _keep(self, spans: list[Interval], end_s: float) -> None:
        """The open phase ends. (If it ended some time ago, the rank has done nothing but wait since.)"""
        now_s = thread_time()
        on_core_s = min(now_s - self._on_core_s, end_s - self._phase_s)
        spans.append(Interval(self._phase, self._microbatch, self._phase_s, end_s, on_core_s, self._received_bytes))
        self._on_core_s, self._received_bytes = now_s, 0

    def aside(self, begin_s: float, end_s: float, *, collective: bool) -> None:
        """Within the open phase, this long was spent waiting for a message.

        In COMMUNICATE that goes without saying, and in WAIT (of a pipeline's stage) if the message is its neighbour's.
        The phase goes on behind it; as lists of spans know no holes, it is two spans there.
        """
        if self._spans is None or self._phase == COMMUNICATE or (self._phase == WAIT and not collective):
            return
        phase, microbatch = self._phase, self._microbatch
        self.cut(COMMUNICATE, begin_s)
        self.cut(phase, end_s)
        self._microbatch = microbatch

    def received(self, num_bytes: int) -> None:
        """Note that what the open phase waited for has come."""
        self._received_bytes = num_bytes

    def watch(self, steps: int = 1) -> None:
        """Keep every span of the next step, or of several.

        Asked while they are kept, for they take long: the last `steps` of those that have ended are `watched` now, and
        go on being kept, so that what is seen of ranks far apart becomes long enough for a time in which all are seen.
        """
        if self._spans is None:
            self._spans, self._begins_s = [], []
        elif self._begins_s:
            self._watched = self._kept(steps)
        self._to_watch = self._wanted = steps

    def part(self) -> None:
        """What is kept of several steps is `watched`, however few they are, and no more is kept."""
        if self._begins_s:
            self._watched = self._kept(self._wanted)
        self._spans, self._begins_s = None, []

    def _kept(self, steps: int) -> StepSpans:
        """The last so many steps of those that are kept, up to the one that ended last; older ones are let go."""
        assert self._spans is not None
        begins_s = self._begins_s = self._begins_s[-steps:]
        self._spans = [span for span in self._spans if span.begin_s >= begins_s[0]]
        first, several = self._step - len(begins_s) + 1, len(begins_s) > 1
        return StepSpans(first, begins_s[0], self._ended_s, list(self._spans), tuple(begins_s) if several else ())

    def watched(self) -> StepSpans | None:
        """The step that was taken apart since the last call."""
        seen, self._watched = self._watched, None
        return seen

    def end(self, loss_sum: Tensor | None, units: int, of_units: int) -> None:
        """The step is over: its share of the loss is read and its record goes into the ring.

        The loss is `loss_sum`, of this rank's `units`, over all `of_units` of the global batch. A rank without a loss,
        for another computes the same samples or a later stage, counts no units either.
        """
        loss_share = loss_sum.item() / of_units if loss_sum is not None else 0.0
        end_s = self._close()
        self._ring.write(self._step, self._begin_s, end_s, loss_share, units if loss_sum is not None else 0)
        self.now_s = end_s
        if not isfinite(loss_share):
            self.diverged = True

    def dismiss(self) -> StepSpans | None:
        """The step was none of the run's: no record is written; what was kept of it is returned."""
        self._close()
        return self.watched()

    def _close(self) -> float:
        """The open phase ends, and with it the step: now."""
        end_s = self._ended_s = perf_counter()
        if self._spans is not None:
            self._keep(self._spans, end_s)
            self._to_watch -= 1
            if not self._to_watch:
                self.part()
        return end_s

    def flush(self) -> None:
        """Do nothing: every record goes into the ring when its step ends."""
