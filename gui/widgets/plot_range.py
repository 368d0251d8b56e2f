"""How far the y axis of a plot reaches: to all that is drawn, but a spike does not flatten the rest.

A spike is a peak of a few pixels, several times as high as all around it. What is high at the left end is none: there a
loss begins.
"""

import numpy as np

from gui.model.columns import Floats

BLOCK = 8
"""Points whose highest is looked at together: about three pixels of a line that is thinned."""
NARROW = 3
"""Blocks: what is narrower can be a spike."""
TIMES = 5.0
"""How often as high as all else a spike is."""
ROOM = 1.5
"""How often as high as all else the axis then is."""


def robust_top(y: Floats) -> float:
    """Up to where the axis is to reach for these values, from left to right: not for a spike up to the highest."""
    highest, lowest = float(y.max()), float(y.min())
    blocks = len(y) // BLOCK
    if blocks < 4 * NARROW:
        return highest
    peaks = y[len(y) - blocks * BLOCK :].reshape(blocks, BLOCK).max(axis=1)
    peaks[0] = max(float(peaks[0]), float(y[: len(y) - blocks * BLOCK + BLOCK].max()))
    padded = np.concatenate([np.full(NARROW - 1, np.inf), peaks])
    lasting = float(np.lib.stride_tricks.sliding_window_view(padded, NARROW).min(axis=1).max())
    if highest - lowest <= TIMES * (lasting - lowest) or lasting <= lowest:
        return highest
    return lowest + ROOM * (lasting - lowest)
