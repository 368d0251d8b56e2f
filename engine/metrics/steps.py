"""From the ranks' records to the run's: a step begins with its first rank, and ends with its last.

    loss(step)      = sum over ranks of (sum of losses in the slice / B)
    seconds(step)   = its end - (its begin, or the end of the step before, whichever is later)

So the seconds of steps add up to the time in which any rank computed, by the clock on the wall. Where ranks run freely
(Hogwild), some are at a step long before others are: it lasts from its first begin to its last end several times as
long as it takes a rank, and most of that time is that of the steps before.

A step is complete when every rank has delivered it; until then its records wait here.
"""

import numpy as np

from engine.rows import STEP_ROW, Rows


class Merger:
    """Joins the records of one crew. `origin_s` is the run's zero on the ranks' clock."""

    def __init__(self, *, world_size: int, segment: int, origin_s: float) -> None:
        self._segment = segment
        self._origin_s = origin_s
        self._waiting: list[list[Rows]] = [[] for _ in range(world_size)]
        self._ended_s = -np.inf
        """When the step before had ended, on the ranks' clock."""

    def add(self, rank: int, rows: Rows) -> None:
        """Records of one rank, in order (dtype RING_ROW)."""
        if len(rows):
            self._waiting[rank].append(rows)

    def complete(self) -> Rows:
        """The steps that all ranks have finished by now (dtype STEP_ROW)."""
        count = min(sum(map(len, pieces)) for pieces in self._waiting)
        if not count:
            return np.empty(0, STEP_ROW)
        return self._steps([self._take(rank, count) for rank in range(len(self._waiting))])

    def _take(self, rank: int, count: int) -> Rows:
        pieces = self._waiting[rank]
        rows = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        self._waiting[rank] = [rows[count:]] if len(rows) > count else []
        return rows[:count]

    def _steps(self, ranks: list[Rows]) -> Rows:
        steps = np.empty(len(ranks[0]), STEP_ROW)
        steps["step"] = ranks[0]["step"]
        steps["loss"] = sum(rows["loss_share"] for rows in ranks)
        end_s = np.max([rows["end_s"] for rows in ranks], axis=0)
        steps["at_s"] = end_s - self._origin_s
        begin_s = np.min([rows["begin_s"] for rows in ranks], axis=0)
        steps["seconds"] = end_s - np.maximum(begin_s, np.concatenate([[self._ended_s], end_s[:-1]]))
        self._ended_s = float(end_s[-1])
        steps["samples"] = sum(rows["samples"] for rows in ranks)
        steps["segment"] = self._segment
        return steps
