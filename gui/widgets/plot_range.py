"""How far the y axis of a plot reaches: to all that is drawn, but a spike does not flatten the rest.

A spike is a peak of a few pixels, several times as high as all around it. What is high at the left end is none: there a
loss begins.

    none in the picture --a narrow peak, five times as high--> cut --wider, or less than three times as high--> none

A peak that is as wide, or as high, as one of these limits would have the axis go to and fro from frame to frame; so
would what lasts, a little more or less of which is seen in each. While a spike is cut the axis stays as it is, unless
what else there is needs clearly more of it, or less.
"""

from collections.abc import Sequence

import numpy as np

from gui.model.columns import Floats

BLOCK = 8
"""Points whose highest is looked at together: about three pixels of a line that is thinned. Of few points, as dots of
validation are, fewer: a single one can be a spike."""
NARROW, WIDER = 3, 5
"""Blocks: what is narrower can be a spike; and what is narrower is still one, where one is cut."""
TIMES, FEWER = 5.0, 3.0
"""How often as high as all else a spike is; and still is, where one is cut."""
ROOM = 1.5
"""How often as high as all else the axis then is."""
LEAST, MOST = 0.6, 1.25
"""How often as long as it is the axis may be wanted before it gets another, while a spike is cut: `ROOM` is more."""


class Reach:
    """The upper end of one plot's y axis, from frame to frame."""

    def __init__(self) -> None:
        self._cut_at: float | None = None
        """Where the axis ends while a spike is cut; None while none is."""

    def top(self, values: Sequence[Floats]) -> float:
        """Up to where the axis is to reach for these values, each from left to right."""
        found, kept = [_top(y, was_cut=self._cut_at is not None) for y in values], self._cut_at
        wanted, lowest = max(top for top, _ in found), min(float(y.min()) for y in values)
        whole = max((top for top, is_cut in found if not is_cut), default=lowest)
        if all(not is_cut for _, is_cut in found):
            self._cut_at = None
            return wanted
        if kept is None or whole > kept or not LEAST * (kept - lowest) <= wanted - lowest <= MOST * (kept - lowest):
            kept = wanted
        self._cut_at = kept
        return kept


def _top(y: Floats, *, was_cut: bool) -> tuple[float, bool]:
    """What the axis must show of these values, and whether that leaves out a spike."""
    highest, lowest = float(y.max()), float(y.min())
    block = min(BLOCK, len(y) // (4 * NARROW))
    if not block:
        return highest, False
    blocks = len(y) // block
    peaks = y[len(y) - blocks * block :].reshape(blocks, block).max(axis=1)
    peaks[0] = max(float(peaks[0]), float(y[: len(y) - blocks * block + block].max()))
    lasting = _lasting(peaks, WIDER if was_cut else NARROW)
    times = FEWER if was_cut else TIMES
    if highest - lowest <= times * (lasting - lowest) or lasting <= lowest:
        return highest, False
    return lowest + ROOM * (lasting - lowest), True


def _lasting(peaks: Floats, blocks: int) -> float:
    """The highest that as many blocks side by side reach; the left end counts as if it had gone on before."""
    padded = np.concatenate([np.full(blocks - 1, np.inf), peaks])
    return float(np.lib.stride_tricks.sliding_window_view(padded, blocks).min(axis=1).max())
