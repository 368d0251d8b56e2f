"""The loss on both sides of the last shift: a mean of the steps before it, one of those after it, one of the newest.

    ... [ the last 200 of the mode before ] | shift | [ the first 200 of the mode in force ] ... [ its last 200 ]

The error of a mean is that of ten means of parts that follow each other: losses of neighbouring steps may be alike.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.events.message import Message
from engine.events.run import Changed, RunStarted, SegmentStarted
from engine.rows import StepBatch

STEPS, LEAST_STEPS, PARTS = 200, 50, 10


class MeanLoss(msgspec.Struct, frozen=True):
    """The mean loss of so many steps of a mode, and its standard error."""

    mode: ComputeMode
    value: float
    error: float
    steps: int


class Losses:
    """Hears the messages of one run. `before` is of the mode before the shift; None where terms have changed since."""

    def __init__(self) -> None:
        self.before: MeanLoss | None = None
        self._segment, self._mode = -1, ComputeMode()
        self._first = self._newest = np.zeros(0)
        self._from_step = 0
        self._terms: tuple[float, int] | None = None
        """Learning rate and batch size."""

    @property
    def after(self) -> MeanLoss | None:
        """The mean of the first steps of the mode in force; None of too few, or where a loss was no finite number."""
        return self._mean(self._first)

    @property
    def now(self) -> MeanLoss | None:
        """The mean of its newest steps; None likewise."""
        return self._mean(self._newest)

    def _mean(self, losses: npt.NDArray[np.float64]) -> MeanLoss | None:
        part = len(losses) // PARTS
        if len(losses) < LEAST_STEPS or not np.isfinite(losses).all():
            return None
        means = losses[-part * PARTS :].reshape(PARTS, part).mean(axis=1)
        error = float(means.std(ddof=1)) / PARTS**0.5
        return MeanLoss(self._mode, float(means.mean()), error, part * PARTS)

    def hear(self, message: Message) -> None:
        """Take in one message about the run."""
        match message:
            case StepBatch(rows=rows):
                mine = rows[(rows["segment"] == self._segment) & (rows["step"] >= self._from_step)]
                self._newest = np.concatenate([self._newest, mine["loss"]])[-STEPS:]
                if len(self._first) < STEPS:
                    self._first = np.concatenate([self._first, mine["loss"]])[:STEPS]
            case SegmentStarted(segment=segment, mode=mode):
                self.before = self.now
                self._segment, self._mode = segment, parse_mode(mode)
                self._first = self._newest = np.zeros(0)
            case Changed(step=step, lr=lr, batch_size=batch_size):
                if self._terms not in (None, (lr, batch_size)):
                    self._begin(step)
                self._terms = lr, batch_size
            case RunStarted(step=step):
                self._begin(step)

    def _begin(self, step: int) -> None:
        """Losses before `step` are of other terms."""
        self.before, self._from_step = None, step
        self._first = self._newest = np.zeros(0)
