"""The axes of a plot: pyqtgraph's, with words for time and thousands, and with less work for every frame."""

import math
from bisect import bisect_left
from collections.abc import Sequence

import pyqtgraph as pg

Ticks = list[tuple[float | None, list[float]]]
"""By level: the distance between ticks (None where it differs), and where they are."""
RANGES_KEPT = 8
MILLION = 1e6
NEAR = 1e-9
LEAST_TICKS = 2
NARROW_LABELS = 0.75
"""Of the room between labels that the longest needs, as much as most do."""
MOST_DIGITS = 5
"""Behind the point; what needs more is written with a power of ten."""


class NumberAxis(pg.AxisItem):
    """An axis whose numbers are those of the data: 0.2, and never 200 (x0.001)."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)  # once, before there is a label: with one, this call itself multiplies by 1,000


class LeanAxis(NumberAxis):
    """An axis without a label. Ticks are worked out once for a range: the grid asks for them, and every paint."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._ticks: dict[tuple[float, float, float, bool], Ticks] = {}
        self.least_pixels = 0.0
        """Between two labels, so that none is written over another."""
        self._in_percent = False

    def write_shares(self, *, in_percent: bool) -> None:
        """Values are shares, and written in percent; or they are numbers, and written as they are."""
        if self._in_percent != in_percent:
            self._in_percent = in_percent
            self.picture = None  # what was painted last
            self.update()

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        """The labels of ticks at these values: thousands marks, and millions from the first one on; shares in percent,
        and none beyond all there is."""
        if self.logMode:
            return [_plain(10**value) for value in values]
        if self._in_percent:
            digits = max(0, -math.floor(math.log10(100 * spacing) + 1e-9))
            return [f"{100 * max(0.0, value):.{digits}f} %" if -NEAR < value < 1 + NEAR else "" for value in values]
        millions = max(map(abs, values), default=0.0) >= MILLION
        unit, sign = (MILLION, " M") if millions else (1.0, "")
        digits = max(0, -math.floor(math.log10(spacing / unit) + 1e-9)) if spacing > 0 else 0
        if digits > MOST_DIGITS:
            return [f"{value:.4g}" for value in values]
        return [f"{value / unit:,.{digits}f}{sign}" if value else "0" for value in values]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Ticks:  # noqa: N803 - pyqtgraph's own names
        """Ticks as pyqtgraph has them, without numpy, which for so few numbers takes longer."""
        key = (minVal, maxVal, size, self.logMode)
        if key not in self._ticks:
            if len(self._ticks) >= RANGES_KEPT:
                self._ticks.clear()
            self._ticks[key] = self._work_out(min(minVal, maxVal), max(minVal, maxVal), size)
        return self._ticks[key]

    def _work_out(self, low: float, high: float, size: float) -> Ticks:
        ticks: Ticks = []
        taken: list[float] = []
        for spacing, offset in self.tickSpacing(low, high, size):
            first = math.ceil((low - offset) / spacing) * spacing + offset
            count = int((high - first) / spacing) + 1
            near = 0.01 * spacing  # a tick of a higher level
            every = (first + number * spacing for number in range(count))
            values = [at for at in every if not _is_among(taken, at, near)]
            taken = sorted(taken + values)
            ticks.append((spacing, values))
        if self.logMode:
            return self.logTickValues(low, high, size, ticks)
        return self._two_at_least(self._spaced(ticks, size / (high - low)), low, high, size)

    def _spaced(self, ticks: Ticks, pixels: float) -> Ticks:
        """The same without those that lie too close: every second one, or fifth, and none in between."""
        spacing = ticks[0][0] if ticks else None
        if spacing is None or spacing * pixels >= self.least_pixels:
            return ticks
        leap = next((leap for leap in (2, 5, 10, 20, 50) if leap * spacing * pixels >= self.least_pixels), 100)
        return [(leap * spacing, [at for at in ticks[0][1] if round(at / spacing) % leap == 0])]

    def _two_at_least(self, ticks: Ticks, low: float, high: float, size: float) -> Ticks:
        """These ticks, or where there is one alone, or none, two that are round; unless their labels have no room.

        One number on an axis does not say how long it is.
        """
        if len(ticks[0][1] if ticks else ()) >= LEAST_TICKS:
            return ticks
        spacing = round_step((high - low) / 5)
        while spacing * size / (high - low) < NARROW_LABELS * self.least_pixels:
            spacing = round_step(1.5 * spacing)
        first = math.ceil(low / spacing - NEAR)
        values = [number * spacing for number in range(first, math.floor(high / spacing + NEAR) + 1)]
        return [(spacing, values)] if len(values) >= LEAST_TICKS else ticks


class TimeAxis(LeanAxis):
    """Ticks as minutes and seconds when the x axis is time."""

    kind = "step"

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """The labels of ticks at these values."""
        if self.kind == "time" and not self.logMode:
            return [_clock(value, spacing) for value in values]
        return super().tickStrings(values, scale, spacing)


def number_axes() -> dict[str, NumberAxis]:
    """The axes of a plot with titles, as pyqtgraph's plots take them."""
    return {side: NumberAxis(side) for side in ("bottom", "left")}


def _is_among(taken: list[float], at: float, near: float) -> bool:
    """Whether one of `taken`, which are in order, is `at`, or off by no more than `near`."""
    place = bisect_left(taken, at - near)
    return place < len(taken) and taken[place] <= at + near


def _plain(value: float) -> str:
    if value >= MILLION:
        return f"{value / MILLION:,.4g} M"
    return f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"


def _clock(seconds: float, spacing_s: float) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    text = f"{int(minutes)}:{rest:02.0f}" if spacing_s >= 1 else f"{seconds:.3g}"
    return f"-{text}" if seconds < 0 and spacing_s >= 1 else text


def round_step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `least`."""
    power = 1e-9
    while True:
        for factor in (1, 2, 5):
            if power * factor >= least:
                return power * factor
        power *= 10
