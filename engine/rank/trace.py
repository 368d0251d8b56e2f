"""The spans of a step on one rank, and the step's record, written when it is over.

    begin --data--|--h2d--|--forward--|--backward--|--communicate--|--optimizer--| end = begin of the next step

`enter(phase)` ends the phase that is open and begins another; `cut(phase, at_s)` does so at a moment already past.
The clock is the host's monotonic one, shared by all processes of a machine. On an accelerator it would measure
launches, not work: there `DeviceTrace` takes its place.
"""

from math import isfinite
from time import perf_counter
from typing import Protocol

from torch import Tensor

from engine.events import PHASES
from engine.ring import RingWriter

DATA, H2D, FORWARD, BACKWARD, COMMUNICATE, WAIT, OPTIMIZER = range(len(PHASES))


class Trace(Protocol):
    """What the loop tells of a step. `diverged`: a loss seen so far was not finite."""

    clock: str
    diverged: bool
    now_s: float

    def resume(self) -> None: ...
    def begin(self, step: int) -> None: ...
    def enter(self, phase: int, microbatch: int = -1) -> None: ...
    def cut(self, phase: int, at_s: float) -> None: ...
    def end(self, loss_sum: Tensor | None, samples: int, batch_size: int, communicated_bytes: int) -> None: ...
    def flush(self) -> None: ...


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
        self._offset_s = [0.0] * len(PHASES)
        self._duration_s = [0.0] * len(PHASES)

    def resume(self) -> None:
        """The next step begins now, not when the last one ended: something else lay between."""
        self.now_s = perf_counter()

    def begin(self, step: int) -> None:
        """A step begins, in its data phase, where the one before ended."""
        self._step = step
        self._begin_s = self._phase_s = self.now_s
        self._phase = DATA
        self._offset_s = [0.0] * len(PHASES)
        self._duration_s = [0.0] * len(PHASES)

    def enter(self, phase: int, microbatch: int = -1) -> None:  # noqa: ARG002
        """Another phase begins now."""
        self.cut(phase, perf_counter())

    def cut(self, phase: int, at_s: float) -> None:
        """Another phase began at `at_s`."""
        self._duration_s[self._phase] += at_s - self._phase_s
        if not self._duration_s[phase]:
            self._offset_s[phase] = at_s - self._begin_s
        self._phase, self._phase_s = phase, at_s

    def end(self, loss_sum: Tensor | None, samples: int, batch_size: int, communicated_bytes: int) -> None:
        """The step is over: its share of the loss is read and its record goes into the ring.

        A rank without a loss, for another computes the same samples or a later stage, counts no samples either.
        """
        loss_share = loss_sum.item() / batch_size if loss_sum is not None else 0.0
        end_s = perf_counter()
        self._duration_s[self._phase] += end_s - self._phase_s
        self._ring.write(
            self._step,
            self._begin_s,
            end_s,
            loss_share,
            communicated_bytes,
            samples if loss_sum is not None else 0,
            0,
            *self._offset_s,
            *self._duration_s,
        )
        self.now_s = end_s
        if not isfinite(loss_share):
            self.diverged = True

    def flush(self) -> None:
        """Nothing is held back."""
