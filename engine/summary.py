"""What a run comes to, segment by segment: kept up as steps come, so that the end costs nothing."""

import numpy as np
import numpy.typing as npt

from engine.events import Rows, SegmentSummary

WARMUP_STEPS = 3
"""First steps of a segment that rates leave out: caches are cold, and the window has just changed what it draws."""


class Summary:
    """Accumulates finished steps; `segments()` may be asked at any time."""

    def __init__(self) -> None:
        self._modes: dict[int, str] = {}
        self._steps: dict[int, int] = {}
        self._samples: dict[int, int] = {}
        self._seconds: dict[int, list[npt.NDArray[np.float32]]] = {}
        self._loss: dict[int, float] = {}

    def begin_segment(self, segment: int, mode: str) -> None:
        """A segment begins."""
        self._modes[segment] = mode
        self._steps[segment] = 0
        self._samples[segment] = 0
        self._seconds[segment] = []

    def add(self, rows: Rows) -> None:
        """Finished steps (STEP_ROW) of the segment that began last."""
        if not len(rows):
            return
        segment = int(rows["segment"][0])
        counted = rows[max(0, WARMUP_STEPS - self._steps[segment]) :]
        self._steps[segment] += len(rows)
        self._samples[segment] += int(counted["samples"].sum())
        self._seconds[segment].append(counted["seconds"].astype(np.float32))
        self._loss[segment] = float(rows["loss"][-1])

    @property
    def final_loss(self) -> float | None:
        """The loss of the last step, None before the first."""
        return _finite(self._loss[max(self._loss)]) if self._loss else None

    def segments(self) -> tuple[SegmentSummary, ...]:
        """A row a segment; rates are None where all its steps were warm-up."""
        rows = []
        for segment, mode in self._modes.items():
            seconds = np.concatenate([np.empty(0, np.float32), *self._seconds[segment]])
            counted = len(seconds) > 0
            rows.append(
                SegmentSummary(
                    segment=segment,
                    mode=mode,
                    steps=self._steps[segment],
                    samples_per_s=self._samples[segment] / float(seconds.sum(dtype=np.float64)) if counted else None,
                    median_step_s=float(np.median(seconds)) if counted else None,
                    final_loss=_finite(self._loss[segment]) if segment in self._loss else None,
                )
            )
        return tuple(rows)


def _finite(loss: float) -> float | None:
    return loss if np.isfinite(loss) else None
