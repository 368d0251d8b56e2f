"""What a run comes to, segment by segment: kept up as steps come, so that the end costs nothing.

Memory is bounded, however long a segment is. Sums are exact. The median step is exact up to EXACT_STEPS; beyond, steps
are counted in bins that are 0.2 % wide, and the median is the middle of its bin: off by 0.1 % at most.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from engine.events.run import SegmentSummary
from engine.metrics.rate import rate
from engine.rows import Rows

WARMUP_STEPS = 3
"""First steps of a segment that rates leave out: caches are cold, and the window has just changed what it draws."""

EXACT_STEPS = 10_000
SHORTEST_S, LONGEST_S = 1e-7, 1e5
"""What bins tell apart; a step outside is counted in the first or the last."""
BIN = np.log(1.002)
BINS = int(np.log(LONGEST_S / SHORTEST_S) / BIN) + 1


class Durations:
    """How long steps took: their sum, and their median within a bound of memory (56 kB beyond EXACT_STEPS)."""

    def __init__(self) -> None:
        self.sum_s = 0.0
        self.count = 0
        self._exact: list[npt.NDArray[np.float32]] = []
        self._bins: npt.NDArray[np.int64] | None = None

    def add(self, seconds: npt.NDArray[np.float32]) -> None:
        """Take the durations of more steps into account, in seconds."""
        self.sum_s += float(seconds.sum(dtype=np.float64))
        self.count += len(seconds)
        if self._bins is None:
            self._exact.append(seconds)
            if len(self._exact) > 64:  # a batch may be a single step
                self._exact = [np.concatenate(self._exact)]
            if self.count <= EXACT_STEPS:
                return
            self._bins = np.zeros(BINS, np.int64)
            seconds, self._exact = np.concatenate(self._exact), []
        places = np.log(np.maximum(seconds, SHORTEST_S) / SHORTEST_S) / BIN
        np.add.at(self._bins, np.minimum(places, BINS - 1).astype(np.int64), 1)

    def median_s(self) -> float | None:
        """The median duration of a step in seconds; None without steps."""
        if not self.count:
            return None
        if self._bins is None:
            return float(np.median(np.concatenate(self._exact)))
        place = int(np.searchsorted(np.cumsum(self._bins), self.count / 2))
        return float(SHORTEST_S * np.exp(BIN * (place + 0.5)))


class _Segment(msgspec.Struct):
    mode: str
    steps: int = 0
    samples: int = 0
    first_step: int | None = None
    loss: float | None = None
    durations: Durations = msgspec.field(default_factory=Durations)


class Summary:
    """Accumulates finished steps; `segments()` may be asked at any time."""

    def __init__(self) -> None:
        self._segments: dict[int, _Segment] = {}

    def begin_segment(self, segment: int, mode: str) -> None:
        """A segment begins: its steps are summed up by themselves."""
        self._segments[segment] = _Segment(mode)

    def add(self, rows: Rows) -> None:
        """Finished steps (STEP_ROW) of the segment that began last."""
        if not len(rows):
            return
        segment = self._segments[int(rows["segment"][0])]
        if segment.first_step is None:
            segment.first_step = int(rows["step"][0])
        counted = rows[max(0, WARMUP_STEPS - segment.steps) :]
        segment.steps += len(rows)
        segment.samples += int(counted["samples"].sum())
        segment.durations.add(counted["seconds"].astype(np.float32))
        segment.loss = float(rows["loss"][-1])

    def restart_from(self, step: int) -> None:
        """The run goes on from an earlier state: steps from `step` on no longer count.

        Rates of a segment that is cut so stay what they were measured to be, and the loss of its last step is unknown.
        """
        for number, segment in list(self._segments.items()):
            if segment.first_step is None or segment.first_step >= step:
                del self._segments[number]
            elif segment.first_step + segment.steps > step:
                segment.steps, segment.loss = step - segment.first_step, None

    @property
    def final_loss(self) -> float | None:
        """The loss of the last step, None before the first or where it is unknown."""
        last = next((s for s in reversed(self._segments.values()) if s.first_step is not None), None)
        return _finite(last.loss) if last is not None else None

    def segments(self) -> tuple[SegmentSummary, ...]:
        """A row a segment; rates are None where all its steps were warm-up."""
        return tuple(
            SegmentSummary(
                segment=number,
                mode=segment.mode,
                steps=segment.steps,
                samples_per_s=rate(segment.samples, segment.durations.sum_s),
                median_step_s=segment.durations.median_s(),
                final_loss=_finite(segment.loss),
            )
            for number, segment in self._segments.items()
        )


def _finite(loss: float | None) -> float | None:
    return loss if loss is not None and np.isfinite(loss) else None
