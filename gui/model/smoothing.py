"""Exponential smoothing of the whole curve, de-biased, before anything is thinned for drawing.

    s[t] = w s[t-1] + (1 - w) x[t]          shown: s[t] / (1 - w^t)          (Kingma and Ba, 2015, section 3)

The recursion is worked out in blocks: within a block of length B, s[t] = w^t (c + sum x[j] w^-j) is a cumulative sum,
with B so short that w^-B stays far from the limits of a float; the blocks' ends are again such a recursion, with w^B.
"""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_GROWTH = math.log(1e10)


class Smoother:
    """Smooths values as they come. Values that are not finite come out as gaps and change nothing."""

    def __init__(self, weight: float) -> None:
        if not 0.0 <= weight < 1.0:
            raise ValueError(f"A smoothing weight of {weight} is not in 0 ... 0.999.")
        self.weight = weight
        self._last = 0.0
        self._count = 0

    def append(self, values: npt.ArrayLike) -> Floats:
        """The smoothed counterparts of the next values."""
        raw = np.asarray(values, dtype=np.float64)
        if self.weight == 0.0:
            return raw
        finite = np.isfinite(raw)
        if finite.all():
            return self._smooth(raw)
        smoothed = np.full(len(raw), np.nan)
        smoothed[finite] = self._smooth(raw[finite])
        return smoothed

    def _smooth(self, values: Floats) -> Floats:
        if not len(values):
            return values
        biased = _recursion(values * (1.0 - self.weight), self.weight, self._last)
        counts = np.arange(self._count + 1, self._count + len(values) + 1)
        self._last = float(biased[-1])
        self._count += len(values)
        # -expm1(t log w) is 1 - w^t without the loss of digits when w is close to 1.
        smoothed: Floats = biased / -np.expm1(counts * math.log(self.weight))
        return smoothed


def _recursion(values: Floats, weight: float, before: float) -> Floats:
    """y[t] = weight y[t-1] + values[t], with y[-1] = `before`."""
    length = len(values)
    block = max(1, min(length, int(_GROWTH / -math.log(weight)))) if weight > 1e-10 else 1
    if block == 1:
        result = values.copy()
        result[0] += weight * before
        result[1:] += weight * result[:-1]  # what is further back counts less than 1e-20
        return result
    blocks = -(-length // block)
    padded = np.zeros(blocks * block)
    padded[:length] = values
    powers = weight ** np.arange(1, block + 1)
    local = np.cumsum(padded.reshape(blocks, block) / powers, axis=1) * powers
    ends = local[:, -1]
    carried = np.empty(blocks)
    carried[0] = before
    if blocks > 1:
        carried[1:] = _recursion(ends[:-1], float(powers[-1]), before)
    flat: Floats = (local + carried[:, None] * powers).reshape(-1)
    return flat[:length]
