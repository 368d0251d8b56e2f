"""Which rows read from a file can have been written: a step or a time out of all reason is damage, not data.

Times of a file only rise, and so do steps, but where a run went on from a saved state. So a row that stands apart from
both its neighbours is the damaged one:

    at_s    1.0   1.1   9e8   1.3        too late for what follows
    step    100   101     7   103        what goes on from 101 is 103, and not 7
"""

import numpy as np
import numpy.typing as npt

from engine.config import limits
from engine.errors import Sentence
from engine.record.plausible import LONGEST_S, MOST
from engine.record.rising import rising
from engine.rows import Rows

ROWS_AT_ONCE = 2**20
"""A long run is larger than what should be in memory at once."""
EARLY_S = 1.0
"""How much earlier than the row before it a row may be: clocks of devices are compared, to a fraction of this."""
STEPS_PER_S, STEPS_LEFT_OUT = 1e6, 1_000
"""No run makes more steps a second; and so many may be missing between two rows, where memory was short."""

UNITS_A_SAMPLE = 1_000
"""A row counts units (tokens, say), of which a sample of a batch may have several; but not more than these."""


def sound_rows(rows: Rows, name: str, notes: list[str]) -> Rows:
    """The steps (STEP_ROW) that can be, of those in a file, in its order; `notes` is told how many cannot."""
    keep = np.ones(len(rows), bool)
    last = np.empty(0, np.int64)
    for first in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[first : first + ROWS_AT_ONCE]
        can_be = _can_be(part) & ~(_is_hollow(part) & (first + np.arange(len(part)) > 0))  # a first step may be at zero
        keep[first : first + ROWS_AT_ONCE] = can_be
        among = np.concatenate([last, first + np.flatnonzero(can_be)])
        in_order = _in_order(rows, among)
        keep[among[~in_order]] = False
        last = among[in_order][-3:]  # what follows them may tell that they are wrong
    if len(last) > 1 and _is_far(*rows[last[-2:]]):
        keep[last[-1]] = False
    count = len(rows) - int(np.count_nonzero(keep))
    if not count:
        return rows
    notes.append(Sentence("{name} has {count:,} damaged rows; they are left out.", name=name, count=count))
    return rows[keep]


def _can_be(rows: Rows) -> npt.NDArray[np.bool_]:
    """Each by itself."""
    good = (rows["step"] >= 0) & (rows["step"] < MOST) & (rows["segment"] >= 0)
    for field in ("at_s", "seconds"):
        good &= (rows[field] >= 0) & (rows[field] <= LONGEST_S)  # a NaN is neither
    good &= (rows["samples"] >= 0) & (rows["samples"] <= limits.range_of(limits.BatchSize).largest * UNITS_A_SAMPLE)
    return good


def _is_hollow(rows: Rows) -> npt.NDArray[np.bool_]:
    """Nothing but zeros: what a disk leaves where it had promised room and lost what should be written there."""
    hollow: npt.NDArray[np.bool_] = (rows["step"] == 0) & (rows["at_s"] == 0) & (rows["seconds"] == 0)
    return hollow


def _in_order(rows: Rows, among: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the rows `among` (their indices) are in order."""
    rises = rising(rows["at_s"][among], EARLY_S)
    risen = np.flatnonzero(rises)
    rises[risen[_apart(rows["step"][among[risen]])]] = False
    return rises


def _apart(step: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Steps that are not between those before and behind them, though these follow each other."""
    apart = np.zeros(len(step), bool)
    low, middle, high = step[:-2], step[1:-1], step[2:]
    apart[1:-1] = (low < high) & ((middle < low) | (middle > high))
    twice = 1 + np.flatnonzero((step[1:-2] == step[2:-1]) & (step[3:] - step[:-3] == 3))  # 7 8 8 10, or 7 9 9 10
    apart[np.where(step[twice] - step[twice - 1] == 1, twice + 1, twice)] = True
    return apart


def _is_far(before: np.void, last: np.void) -> bool:
    """Whether the last row's step is further on than any run could have come since the row before it."""
    seconds = max(0.0, float(last["at_s"] - before["at_s"]))
    return bool(float(last["step"]) - float(before["step"]) > STEPS_LEFT_OUT + STEPS_PER_S * seconds)
