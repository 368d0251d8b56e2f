"""From the ranks' records to the run's: losses are added up, waiting is told from communicating.

    loss(step)   = sum over ranks of (sum of losses in the slice / B)
    wait(rank)   = latest rank's arrival at the collective - this rank's arrival (where there is one, of all ranks)
    communicate  = the rest of what the collective took

A step is complete when every rank has delivered it; until then its records wait here.
"""

import numpy as np
import numpy.typing as npt

from engine.events import PHASES, SPAN_ROW, STEP_ROW, Rows
from engine.ipc.ring import RING_ROW

COMMUNICATE, WAIT = PHASES.index("communicate"), PHASES.index("wait")


class Merger:
    """Joins the records of one crew.

    `origin_s` is the run's zero on the ranks' clock; `has_one_group` says that all ranks take part in each collective.
    """

    def __init__(self, *, world_size: int, segment: int, origin_s: float, has_one_group: bool) -> None:
        self._has_one_group = has_one_group
        self._segment = segment
        self._origin_s = origin_s
        self._waiting: list[list[Rows]] = [[] for _ in range(world_size)]

    def add(self, rank: int, rows: Rows) -> None:
        """Records of one rank, in order (dtype RING_ROW)."""
        if len(rows):
            self._waiting[rank].append(rows)

    def complete(self) -> tuple[Rows, Rows]:
        """The steps that all ranks have finished by now: (STEP_ROW rows, SPAN_ROW rows of every rank)."""
        count = min(sum(map(len, pieces)) for pieces in self._waiting)
        if not count:
            return np.empty(0, STEP_ROW), np.empty(0, SPAN_ROW)
        ranks = [self._take(rank, count) for rank in range(len(self._waiting))]
        return self._steps(ranks), self._spans(ranks)

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
        steps["seconds"] = end_s - np.min([rows["begin_s"] for rows in ranks], axis=0)
        steps["samples"] = sum(rows["samples"] for rows in ranks)
        steps["segment"] = self._segment
        return steps

    def _spans(self, ranks: list[Rows]) -> Rows:
        count = len(ranks[0])
        spans = np.empty((count, len(ranks)), SPAN_ROW)
        for rank, rows in enumerate(ranks):
            mine = spans[:, rank]
            mine["step"] = rows["step"]
            mine["at_s"] = rows["begin_s"] - self._origin_s
            mine["seconds"] = rows["end_s"] - rows["begin_s"]
            mine["rank"] = rank
            mine["segment"] = self._segment
            mine["offset_s"] = rows["offset_s"]
            mine["duration_s"] = rows["duration_s"]
            mine["communicated_bytes"] = rows["communicated_bytes"]
        if len(ranks) > 1 and self._has_one_group:
            _part_wait(spans, np.max([rows["asides"] for rows in ranks], axis=0) == 0)
        return spans.reshape(-1)


def _part_wait(spans: Rows, single: npt.NDArray[np.bool_]) -> None:
    """Split each rank's time in the collective, (steps, ranks): first it waits for the last one to arrive.

    Only in steps (`single`) with one collective: where there are several, they are told apart in the steps that are
    taken apart (`engine/metrics/anatomy_assembly.py`).
    """
    offset_s, duration_s = spans["offset_s"], spans["duration_s"]  # (steps, ranks, phases), views
    arrival_s = spans["at_s"] + offset_s[..., COMMUNICATE]
    wait_s = arrival_s.max(axis=1, keepdims=True) - arrival_s
    wait_s = np.minimum(wait_s, duration_s[..., COMMUNICATE]).astype(np.float32) * single[:, None]
    offset_s[..., WAIT] = np.where(wait_s > 0, offset_s[..., COMMUNICATE], offset_s[..., WAIT])
    duration_s[..., WAIT] += wait_s
    offset_s[..., COMMUNICATE] += wait_s
    duration_s[..., COMMUNICATE] -= wait_s


assert RING_ROW["offset_s"].shape == SPAN_ROW["offset_s"].shape
