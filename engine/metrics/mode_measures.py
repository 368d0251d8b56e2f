"""What each mode of a run comes to, over all its visits: the board of modes, and what a verdict compares.

    rate of a mode = units trained / seconds in which steps were under way        (by the wall clock, whatever ranks do)

Left out: the first steps of every visit (caches are cold), steps beside which ranks of a next mode were built, and
steps in which something was slow on purpose. A mode at another batch size is another row, for it does another thing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from engine.anatomy import Held
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.events import (
    Changed,
    Message,
    RankInfo,
    RunStarted,
    SegmentStarted,
    SlowedDown,
    StatusChanged,
    StepAnatomy,
)
from engine.metrics.segment_sums import SegmentSums, moved_bytes
from engine.rows import Rows, StepBatch


@dataclass
class ModeMeasure:
    """One mode at one batch size. `sums` are those of its steps taken apart; `left_out` counts steps that are not."""

    mode: ComputeMode
    batch_size: int | None
    ranks: tuple[RankInfo, ...]
    sums: SegmentSums
    steps: int = 0
    units: float = 0.0
    seconds: float = 0.0
    left_out: int = 0
    loss: float | None = None
    """Of its last step."""
    anatomy: StepAnatomy | None = None
    """The newest step taken apart that counts."""
    held: dict[int, Held] = field(default_factory=dict)
    """What each rank held of the model, where that was counted."""

    @property
    def name(self) -> str:
        """The mode in a few words."""
        return self.mode.name

    @property
    def units_per_s(self) -> float | None:
        """Units (samples, tokens) trained a second; None before there is anything to measure."""
        return self.units / self.seconds if self.seconds > 0 else None

    @property
    def step_s(self) -> float | None:
        """Seconds of the wall clock that a step takes; None before there is anything to measure."""
        return self.seconds / self.steps if self.steps else None

    @property
    def phase_s(self) -> np.ndarray:
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


class ModeMeasures:
    """Hears the messages of one run; `rows` are its modes in the order of first visit, by name and batch size."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int | None], ModeMeasure] = {}
        self.now: ModeMeasure | None = None
        """Of the mode in force."""
        self.is_preparing = False
        """Ranks of a next mode are built beside those that train."""
        self.is_slowed_down = False
        self.clean_from_step = 0
        """From this step on nothing disturbs the mode in force: it is warm, and has the batch size that it has."""
        self._batch_size: int | None = None
        self._segment: SegmentStarted | None = None
        self._last_end_s = 0.0
        self._apart = 0
        """Steps taken apart in this segment."""

    @property
    def is_disturbed(self) -> bool:
        """What is measured now says nothing of the mode in force."""
        return self.is_preparing or self.is_slowed_down

    def hear(self, message: Message) -> None:
        """Take in one message about the run."""
        match message:
            case StepBatch(rows=rows):
                self._add(rows)
            case StepAnatomy():
                self._take_apart(message)
            case SegmentStarted():
                self._begin(message)
            case SlowedDown(step=step, factor=factor, delay_s=delay_s):
                self.is_slowed_down = factor > 1 or delay_s > 0
                self.clean_from_step = max(self.clean_from_step, step)
            case StatusChanged(status=status, step=step):
                if self.is_preparing and status != "shifting":
                    self.clean_from_step = max(self.clean_from_step, step)
                self.is_preparing = status == "shifting"
            case Changed(step=step, batch_size=batch_size):
                if batch_size != self._batch_size:
                    self._batch_size = batch_size
                    self.clean_from_step = max(self.clean_from_step, step)
                    self._choose()
            case RunStarted():
                self._segment = self.now = None
                self.is_preparing = self.is_slowed_down = False

    def _begin(self, segment: SegmentStarted) -> None:
        self._segment, self._apart = segment, 0
        self._last_end_s = segment.at_s
        self.is_preparing = self.is_slowed_down = False
        self.clean_from_step = segment.step + segment.warmup_steps
        self._choose()

    def _choose(self) -> None:
        """The row of the mode in force."""
        segment = self._segment
        if segment is None:
            return
        mode = parse_mode(segment.mode)
        key = (mode.name, self._batch_size)
        if key not in self.rows:
            sums = SegmentSums(segment.segment, segment.mode, segment.ranks)
            self.rows[key] = ModeMeasure(mode, self._batch_size, segment.ranks, sums)
        self.now = self.rows[key]

    def _add(self, rows: Rows) -> None:
        if self.now is None or not len(rows):
            return
        end_s, step_s = rows["at_s"], rows["seconds"]
        # Steps of ranks that run free overlap: of each counts what lies behind the end of the one before.
        under_way_s = np.minimum(step_s, np.diff(end_s, prepend=self._last_end_s)).clip(0.0)
        self._last_end_s = float(end_s[-1])
        self.now.loss = float(rows["loss"][-1])
        counts = np.zeros(len(rows), bool) if self.is_disturbed else rows["step"] >= self.clean_from_step
        self.now.steps += int(counts.sum())
        self.now.left_out += int((~counts).sum())
        self.now.units += float(rows["samples"][counts].sum())
        self.now.seconds += float(under_way_s[counts].sum())

    def _take_apart(self, anatomy: StepAnatomy) -> None:
        now = self.now
        if now is None or self._segment is None or anatomy.segment != self._segment.segment:
            return
        self._apart += 1
        now.held |= {rank.rank: rank.held for rank in anatomy.ranks if rank.held is not None}
        if self.is_disturbed or anatomy.step < self.clean_from_step or self._apart == 1:
            return  # the first one comes right after one that was counted: its caches are cold
        now.anatomy = anatomy
        now.sums.take_in(anatomy)


def measured(messages: Iterable[Message]) -> ModeMeasures:
    """What the modes of a run come to, by all its messages."""
    found = ModeMeasures()
    for message in messages:
        found.hear(message)
    return found
