"""How long the warm-up of a visit is: until it is as fast as it comes to be.

A crew's first steps are slow for longer than the few that are always left out: threads and memory are new to it, and
those before it are still being ended. So the first two seconds are looked at by quarters:

    40 | 70 | 98 | 101 | 97 | 102 ...      the quarters at the front that are below nine tenths of what comes after them
    cold                                   count as warm-up, too; looked at again until there are four seconds
"""

import numpy as np
import numpy.typing as npt

from engine.events.ranks import StepAnatomy
from engine.metrics.mode_measure import ModeMeasure
from engine.metrics.segment_sums import SegmentSums
from engine.rows import Rows

MOST_S, LOOKED_S, QUARTER_S = 2.0, 4.0, 0.25
"""So many seconds of computing at most are cold, are looked at, and make one value."""
LEAST_QUARTERS = 4
"""Of them must come after those that are cold."""
SLOWER = 0.9


class Warming:
    """Watches one visit after the other; of the row in force it takes out what is cold."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what was: a visit begins, of which nothing is known yet."""
        self._row: ModeMeasure | None = None
        self._parts: list[tuple[Rows, npt.NDArray[np.float64]]] = []
        self._apart: list[StepAnatomy] = []
        self._seconds, self._cold, self._beside = 0.0, 0, 0
        self._is_over = False

    def give_up(self) -> None:
        """What was cold of this visit stays so, and no more is looked for: steps are counted anew."""
        if self._row is not None:
            self._row.is_warming = False
        self._is_over, self._parts, self._apart = True, [], []

    def add(self, row: ModeMeasure, rows: Rows, under_way_s: npt.NDArray[np.float64]) -> None:
        """Take in steps of the visit that count, and for how long each was under way."""
        if self._is_over or not len(rows):
            return
        if self._row is None:
            self._row, self._beside = row, row.beside.steps
        if row is not self._row or row.is_at_pace or row.beside.steps != self._beside:
            self._leave_out(0, self._row)  # something else makes them slow, or may
            self.give_up()
            return
        self._parts.append((rows, under_way_s))
        self._seconds += float(under_way_s.sum())
        row.is_warming = self._seconds < MOST_S
        self._leave_out(self._count_cold(), row)
        if self._seconds >= LOOKED_S:
            self.give_up()

    def take_apart(self, anatomy: StepAnatomy) -> None:
        """A step of the visit was taken apart, and counts."""
        if not self._is_over:
            self._apart.append(anatomy)

    def _count_cold(self) -> int:
        """How many of the steps so far."""
        seconds = np.concatenate([under_way_s for _, under_way_s in self._parts])
        units = np.concatenate([rows["samples"] for rows, _ in self._parts])
        middle_s = np.cumsum(seconds) - seconds / 2
        quarter = (middle_s[middle_s < LOOKED_S] // QUARTER_S).astype(np.int64)
        seconds, units = seconds[: len(quarter)], units[: len(quarter)]
        if not len(quarter):
            return 0
        present, first = np.unique(quarter, return_index=True)
        rates = np.add.reduceat(units, first) / np.maximum(1e-9, np.add.reduceat(seconds, first))
        for cold in range(len(present)):
            after = rates[cold + 1 : -1]  # the last one is not over
            is_known = len(after) >= LEAST_QUARTERS and present[cold] * QUARTER_S < MOST_S
            if not is_known or rates[cold] >= SLOWER * np.median(after):
                return int(first[cold])
        return 0

    def _leave_out(self, cold: int, row: ModeMeasure) -> None:
        """So many steps of the visit are cold now, not those that were before."""
        low, high, sign = min(cold, self._cold), max(cold, self._cold), -1 if cold > self._cold else 1
        if low == high:
            return
        rows = np.concatenate([rows for rows, _ in self._parts])[low:high]
        under_way_s = np.concatenate([under_way_s for _, under_way_s in self._parts])[low:high]
        row.made.add(float(rows["samples"].sum()), under_way_s, sign)
        row.warm_up -= sign * len(rows)
        sums = SegmentSums(row.sums.segment, row.sums.mode, row.sums.ranks)
        first, last = int(rows["step"][0]), int(rows["step"][-1])
        for anatomy in self._apart:
            if first <= anatomy.step <= last:
                sums.take_in(anatomy)
        row.sums.add_up(sums, sign)
        self._cold = cold
