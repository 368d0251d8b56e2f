"""What one mode of a run comes to at one batch size: a row of the board, and what a verdict compares.

rate of a mode = units trained / seconds in which steps were under way        (by the wall clock, whatever ranks do)
"""

import msgspec
import numpy as np
import numpy.typing as npt

from engine.anatomy import Held
from engine.config.mode import ComputeMode
from engine.events.ranks import RankInfo, StepAnatomy
from engine.metrics.segment_sums import SegmentSums, moved_bytes

Key = tuple[str, int, bool]
"""A mode's name, the batch size, and whether something was slow on purpose."""
Floats = npt.NDArray[np.float64]


class ModeMeasure(msgspec.Struct):
    """One mode at one batch size (samples). `sums` are of its steps taken apart; `steps`, `units`, `seconds` count."""

    mode: ComputeMode
    batch_size: int
    ranks: tuple[RankInfo, ...]
    sums: SegmentSums
    is_slowed_down: bool = False
    """Something was slow on purpose in all of these steps."""
    visits: list[int] = []
    """The segments it is made of."""
    steps: int = 0
    units: float = 0.0
    seconds: float = 0.0
    warm_up: int = 0
    """Steps left out, for they were the first of a visit."""
    preparing: int = 0
    """Steps left out, for ranks of a next mode were built beside them."""
    at_pace: int = 0
    """Steps left out, for each came after a wait that somebody had asked for."""
    is_at_pace: bool = False
    """All of its steps came after such a wait; the first at full speed makes the row anew."""
    loss: float | None = None
    """Of its last step; None where it was no finite number."""
    anatomy: StepAnatomy | None = None
    """The newest step taken apart that counts."""
    held: dict[int, Held] = {}
    """What each rank held of the model, where that was counted."""
    other_cores_sum: float = 0.0
    samples: int = 0
    """Of the machine, beside it: what other programs took in each, summed up."""
    is_spoilt: bool = False
    """Other programs took cores that it wanted, as its figures show: it is measured anew when they leave them, or when
    it is visited again."""
    name: str = ""
    """The mode in a few words, as it is called in this run."""

    @property
    def key(self) -> Key:
        """What the row is known by."""
        return self.name, self.batch_size, self.is_slowed_down

    @property
    def other_cores(self) -> float | None:
        """Cores that other programs took beside it, on average; None where nobody looked."""
        return self.other_cores_sum / self.samples if self.samples else None

    @property
    def left_out(self) -> int:
        """How many steps do not count."""
        return self.warm_up + self.preparing + self.at_pace

    @property
    def units_per_s(self) -> float | None:
        """Units (samples, tokens) trained a second; None before there is anything to measure."""
        return self.units / self.seconds if self.seconds > 0 else None

    @property
    def step_s(self) -> float | None:
        """Seconds of the wall clock that a step takes; None before there is anything to measure."""
        return self.seconds / self.steps if self.steps and self.seconds > 0 else None

    @property
    def phase_s(self) -> Floats:
        """Where a step's seconds go, by phase: a mean over ranks, scaled to what a step takes by the wall clock."""
        return self.sums.shares * (self.step_s or 0.0)

    @property
    def sent_bytes(self) -> float | None:
        """What the rank that sends most sends in a step, by the messages counted; None where none were."""
        if self.anatomy is None:
            return None
        return max((sum(map(moved_bytes, rank.traffic)) for rank in self.anatomy.ranks), default=0.0)

    @property
    def held_bytes(self) -> int | None:
        """What the rank that holds most holds: weights, gradients, the optimizer's state and what backward needs."""
        return max(
            (h.parameter_bytes + h.gradient_bytes + h.optimizer_bytes + h.activation_bytes for h in self.held.values()),
            default=None,
        )
