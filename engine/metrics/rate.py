"""How fast a run computes: one definition, for the window, the table of curves, the terminal and the record.

    rate = samples of steps / seconds of the same steps          a segment's warm-up left out

The seconds of a step (`engine/metrics/steps.py`) are those it adds to the time in which any rank computed. So a sum of
them is time by the clock on the wall without pauses and seams, whether ranks wait for each other or run freely.
"""

from collections import deque

from engine.rows import Rows

OVER_S = 1.0


def rate(amount: float, seconds: float) -> float | None:
    """So much a second; None before there is any time to measure by."""
    return amount / seconds if seconds > 0 else None


class RecentRate:
    """Rates over about the last second of computing; a segment's warm-up steps do not count."""

    def __init__(self) -> None:
        self._entries: deque[tuple[float, float, int]] = deque()
        """Seconds, samples and steps of each batch of steps."""
        self._counts_from = 0

    def begin(self, step: int = 0) -> None:
        """Forget what was; steps count from `step` on."""
        self._entries.clear()
        self._counts_from = step

    def append(self, rows: Rows) -> None:
        """Add finished steps, rows of STEP_ROW."""
        counted = rows[rows["step"] >= self._counts_from]
        if not len(counted):
            return
        self._entries.append((float(counted["seconds"].sum()), float(counted["samples"].sum()), len(counted)))
        while sum(entry[0] for entry in self._entries) - self._entries[0][0] > OVER_S:
            self._entries.popleft()

    @property
    def samples_per_s(self) -> float | None:
        """Samples a second; None before there is anything to measure."""
        return self._per_s(1)

    @property
    def steps_per_s(self) -> float | None:
        """Steps a second; None before there is anything to measure."""
        return self._per_s(2)

    def _per_s(self, column: int) -> float | None:
        return rate(sum(entry[column] for entry in self._entries), sum(entry[0] for entry in self._entries))
