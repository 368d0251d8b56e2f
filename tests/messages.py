"""Messages as a session sends them, for tests that feed a store by hand."""

import numpy as np

from engine.events import SegmentStarted
from engine.rows import STEP_ROW, StepBatch


def batch(first: int, count: int, *, segment: int = 0, at_s: float = 0.0) -> StepBatch:
    rows = np.zeros(count, STEP_ROW)
    rows["step"] = np.arange(first, first + count)
    rows["loss"] = 1.0 / (1 + rows["step"])
    rows["at_s"] = at_s + (np.arange(count) + 1) * 0.01
    rows["seconds"], rows["samples"], rows["segment"] = 0.01, 10, segment
    return StepBatch(rows)


def begin(segment: int, step: int, at_s: float) -> SegmentStarted:
    return SegmentStarted(at_s=at_s, segment=segment, step=step, mode="cpu", words="one", ranks=(), warmup_steps=3)
