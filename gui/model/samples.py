"""What the machine did, a sample a second: all samples of one list are by one clock."""

from collections import deque
from itertools import islice

import numpy as np

from engine.events.machine import DeviceSample
from gui.model.columns import Floats
from gui.model.segments import SegmentView

SAMPLES_KEPT = 300
"""One a second; the panels draw the last minute."""
LOOPBACK_OVER = 4
"""Samples of the machine, a second apart."""


class Samples:
    """The latest samples by one clock, a run's or the window's own."""

    def __init__(self) -> None:
        self._samples: deque[DeviceSample] = deque(maxlen=SAMPLES_KEPT)

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._samples)

    @property
    def last(self) -> DeviceSample | None:
        """The newest sample of the machine; None before the first."""
        return self._samples[-1] if self._samples else None

    def append(self, sample: DeviceSample) -> None:
        """Add the newest sample of the machine."""
        self._samples.append(sample)

    def of_last(self, seconds: float) -> list[DeviceSample]:
        """The samples not older than the newest one by more than `seconds`, the oldest first."""
        if not self._samples:
            return []
        from_s = self._samples[-1].at_s - seconds
        return [sample for sample in self._samples if sample.at_s >= from_s]

    def memory_of_ranks(self, segment: SegmentView) -> dict[int, int]:
        """Bytes of the process of each rank of `segment`, as they were sampled last while it ran."""
        found: dict[int, int] = {}
        for sample in reversed(self._samples):
            if sample.at_s < segment.at_s or len(found) == len(segment.ranks):
                break  # ranks do not all end at once, and the last sample may be of a moment in between
            found = _memory_of_ranks(sample, segment) | found
        return found

    def loopback_bytes_a_step(self, segment: SegmentView, step_times_s: Floats) -> float | None:
        """All traffic of the loopback interface a step of `segment`, over the last seconds in which its ranks ran.

        `step_times_s` is when each step of the run ended, ascending. None where too little was measured.
        """
        if len(self._samples) < 2:
            return None
        num_bytes, steps, later = 0.0, 0, self._samples[-1]
        for earlier in list(islice(reversed(self._samples), 1, 1 + LOOPBACK_OVER)):
            if later.loopback_bytes_per_s is None or not segment.at_s < earlier.at_s < later.at_s:
                break
            if not _memory_of_ranks(later, segment):
                break
            num_bytes += later.loopback_bytes_per_s * (later.at_s - earlier.at_s)
            steps += int(np.searchsorted(step_times_s, later.at_s) - np.searchsorted(step_times_s, earlier.at_s))
            later = earlier
        return num_bytes / steps if steps else None


def _memory_of_ranks(sample: DeviceSample, segment: SegmentView) -> dict[int, int]:
    """Bytes of the process of each rank of `segment`, as far as the sample is of a time it ran."""
    pids = {info.pid: info.rank for info in segment.ranks}
    return {
        pids[usage.pid]: usage.memory_bytes
        for usage in sample.processes
        if usage.pid in pids and usage.label == f"rank {pids[usage.pid]}"
    }
