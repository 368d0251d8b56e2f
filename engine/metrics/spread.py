"""How far steps of a mode differ from each other, in sums that can be added up and taken out again.

lengths   how many steps were how long, by logarithm        -> the median, and what nine of ten are below or above
rates     of each second between two looks at the machine   -> by how much their mean may be off

vary      = half of what lies between the 10th and the 90th percentile / the median      "steps vary by ±12%"
off       = deviation of a second's rate x min(1, 2 / sqrt(seconds)) / their mean        seconds that follow each
                                                                                         other are alike
"""

from math import hypot, log, sqrt
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

LEAST_S, RATIO, BINS = 1e-6, 1.01, 2_100
"""Steps from a microsecond to twenty minutes are told apart by one percent."""
LEAST_STEPS, LEAST_RATES = 20, 4
LOW, HIGH = 0.1, 0.9
EVEN = 0.05
"""Rates that differ by no more are no different, however steady they are: from run to run they vary by that."""


def clear_from(*off: float | None) -> float:
    """From which difference on, as a part of one, rates that may be so far off clearly differ: board and verdict."""
    return max(EVEN, hypot(*(each or 0.0 for each in off)))


class Spread(msgspec.Struct):
    """Lengths of steps, and rates of seconds."""

    lengths: Any = msgspec.field(default_factory=lambda: np.zeros(BINS, np.int64))
    seconds: int = 0
    rates: float = 0.0
    rates_2: float = 0.0
    """How many seconds, and the sums of their rates and of the squares of these."""
    known: tuple[float | None, float | None] | None = None
    """Median and variation, where they have been asked for since the last step came: boards ask at every frame."""

    def add(self, step_s: npt.NDArray[np.float64], sign: int = 1) -> None:
        """Count steps of these lengths, or (`sign` -1) take them out again."""
        at = np.log(np.maximum(step_s, LEAST_S) / LEAST_S) / log(RATIO)
        self.known = None
        self.lengths += sign * np.bincount(at.astype(np.int64).clip(0, BINS - 1), minlength=BINS)

    def add_rate(self, units_per_s: float) -> None:
        """Count one more second, at that rate."""
        self.seconds, self.rates, self.rates_2 = (
            self.seconds + 1,
            self.rates + units_per_s,
            self.rates_2 + units_per_s**2,
        )

    def add_up(self, other: "Spread", sign: int = 1) -> None:
        """Add what others have counted, or (`sign` -1) take it out again."""
        self.known = None
        self.lengths = self.lengths + sign * other.lengths
        self.seconds += sign * other.seconds
        self.rates += sign * other.rates
        self.rates_2 += sign * other.rates_2

    @property
    def median_s(self) -> float | None:
        """What half of the steps are shorter than; None before there is one."""
        return self._median_and_variation()[0]

    @property
    def vary(self) -> float | None:
        """By how much steps differ from the median, as a part of it; None of fewer than 20."""
        return self._median_and_variation()[1]

    @property
    def off(self) -> float | None:
        """By how much the mean rate may be off, as a part of it; None of fewer than four seconds."""
        if self.seconds < LEAST_RATES or self.rates <= 0:
            return None
        mean = self.rates / self.seconds
        deviation = sqrt(max(0.0, self.rates_2 / self.seconds - mean**2))
        return deviation / mean * min(1.0, 2 / sqrt(self.seconds))

    def _median_and_variation(self) -> tuple[float | None, float | None]:
        if self.known is None:
            counted = self.lengths.cumsum()
            at = counted.searchsorted(np.array([LOW, 0.5, HIGH]) * counted[-1])
            low_s, median_s, high_s = (LEAST_S * RATIO ** (at + 0.5)).tolist()
            vary = (high_s - low_s) / 2 / median_s if counted[-1] >= LEAST_STEPS else None
            self.known = (median_s if counted[-1] > 0 else None, vary)
        return self.known
