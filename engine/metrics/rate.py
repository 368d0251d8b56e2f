"""How fast a run computes: one definition, for the window, the table of curves, the terminal and the record.

    rate = samples of steps / seconds of the same steps          a segment's warm-up left out

The seconds of a step (`engine/metrics/steps.py`) are those it adds to the time in which any rank computed. So a sum of
them is time by the clock on the wall without pauses and seams, whether ranks wait for each other or run freely.
"""

from collections import deque

from engine.rows import Rows

OVER_S = 1.0
LEAST_PACED = 20
"""Steps that a rate is of at least while a run is held at a pace: few are made, and each begins with cold caches."""


def rate(amount: float, seconds: float) -> float | None:
    """So much a second; None before there is any time to measure by."""
    return amount / seconds if seconds > 0 else None


class RecentRate:
    """Rates over about the last second of computing; a segment's warm-up steps do not count."""

    def __init__(self) -> None:
        self._entries: deque[tuple[float, float, int]] = deque()
        """Seconds, samples and steps of each batch of steps."""
        self._counts_from = 0
        self._least_steps = 0

    def keep_pace(self, steps_per_s: float | None) -> None:
        """Forget what was made at another pace, which has warmer or colder caches; None: full speed."""
        self._entries.clear()
        self._least_steps = LEAST_PACED if steps_per_s is not None else 0

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
        while self._has_enough_without_first():
            self._entries.popleft()

    def _has_enough_without_first(self) -> bool:
        (first_s, _, first_steps), entries = self._entries[0], self._entries
        rest_s, rest_steps = sum(s for s, _, _ in entries) - first_s, sum(n for _, _, n in entries) - first_steps
        return rest_s > OVER_S and rest_steps >= self._least_steps

    @property
    def samples_per_s(self) -> float | None:
        """Samples a second; None before there is anything to measure."""
        return self._per_s(1)

    @property
    def steps_per_s(self) -> float | None:
        """Steps a second; None before there is anything to measure."""
        return self._per_s(2)

    def _per_s(self, column: int) -> float | None:
        columns = [*zip(*self._entries, strict=True)]
        return rate(sum(columns[column]), sum(columns[0])) if columns else None
