"""Messages as a session sends them, for tests that feed a store, a record or the verdicts by hand."""

from typing import Any

import numpy as np

from engine.events.machine import DeviceSample
from engine.events.run import SegmentStarted
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


def sample(at_s: float, **known: Any) -> DeviceSample:
    """Of a machine of which nothing is known but what is given."""
    unknown: dict[str, Any] = {
        "cores_frac": (),
        "memory_used_bytes": 0,
        "memory_total_bytes": 0,
        "network_bytes_per_s": 0.0,
        "cpu_temperature_c": None,
        "accelerators": (),
        "accelerator_reason": "",
        "processes": (),
    }
    return DeviceSample(at_s=at_s, **unknown | known)
