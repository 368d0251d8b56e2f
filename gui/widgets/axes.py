"""The axes of a plot: pyqtgraph's, with words for time and thousands, and with less work for every frame."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

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
"""Behind the point; what needs more is written with a power of ten, or without millions."""
CLOCK_S = (2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 18_000, 36_000)
"""So many seconds lie ticks of time apart."""
LEAST_TIME_PIXELS = 60.0
"""Between two of them, in letters of any size."""
LOG_DIGITS = 4
"""Of numbers along a logarithmic axis, which mostly lie far apart."""
DECADE = (((1, 2, 3, 4, 5, 6, 7, 8, 9), math.log10(10 / 9)), ((1, 2, 5), math.log10(2)), ((1,), 1.0))
"""What of a decade may be marked, and how near two of these come to each other, in decades."""
MOST_LOG = 300.0
"""The logarithm of what is near the largest number there is."""


class NumberAxis(pg.AxisItem):
    """An axis whose numbers are those of the data: 0.2, and never 200 (x0.001)."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)  # once, before there is a label: with one, this call itself multiplies by 1,000


class LeanAxis(NumberAxis):
    """An axis without a label. Ticks are worked out once for a range: the grid asks for them, and every paint."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._ticks: dict[tuple[float, float, float, bool, float], Ticks] = {}
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
            return _of_logarithms([10**value for value in values])
        if self._in_percent:
            digits = _behind_the_point(100 * spacing)
            return [f"{100 * max(0.0, value):.{digits}f} %" if -NEAR < value < 1 + NEAR else "" for value in values]
        largest = max(map(abs, values), default=0.0)
        unit, sign = (MILLION, " M") if largest >= MILLION else (1.0, "")
        digits = _behind_the_point(spacing / unit) if spacing > 0 else 0
        if digits > MOST_DIGITS:
            return [f"{value:,.{_significant(largest, spacing)}g}" for value in values]
        return [f"{value / unit:,.{digits}f}{sign}" if value else "0" for value in values]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Ticks:  # noqa: N803 - pyqtgraph's own names
        """Ticks as pyqtgraph has them, without numpy, which for so few numbers takes longer."""
        key = (minVal, maxVal, size, self.logMode, self.least_pixels)
        if key not in self._ticks:
            if len(self._ticks) >= RANGES_KEPT:
                self._ticks.clear()
            self._ticks[key] = self._work_out(min(minVal, maxVal), max(minVal, maxVal), size)
        return self._ticks[key]

    def _work_out(self, low: float, high: float, size: float) -> Ticks:
        if self.logMode:
            return self._of_decades(low, high, size)
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

    def _of_decades(self, low: float, high: float, size: float) -> Ticks:
        """Ticks of a logarithmic axis: as many of each decade as their labels have room for, or every so many decades.

        Where that is one alone, or none, two round numbers, as along any axis.
        """
        decade = size / (high - low)
        marks = next((marks for marks, gap in DECADE if gap * decade >= NARROW_LABELS * self.least_pixels), (1,))
        leap = max(1, math.ceil(NARROW_LABELS * self.least_pixels / decade))
        powers = range(math.floor(low / leap) * leap, math.ceil(high) + 1, leap)
        values = [at for power in powers for mark in marks if low <= (at := power + math.log10(mark)) <= high]
        if len(values) >= LEAST_TICKS or high > MOST_LOG:
            return [(None, values)]
        first, last = 10**low, 10**high
        closest = (last - first) / last / math.log(last / first)  # of labels at the end, beside all on average
        ((_, numbers),) = self._two_at_least([(None, [])], first, last, size * closest)
        rounded = [math.log10(number) for number in numbers if number > 0]
        return [(None, rounded if len(rounded) >= LEAST_TICKS else values)]


class TimeAxis(LeanAxis):
    """Ticks as minutes and seconds when the x axis is time."""

    kind = "step"

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """How far ticks lie apart, and from where on: of time by a clock's parts of a minute and of an hour."""
        seconds = max(self.least_pixels, LEAST_TIME_PIXELS) * abs(maxVal - minVal) / max(1.0, size)
        if self.kind != "time" or self.logMode or not 1 < seconds <= CLOCK_S[-1]:
            spacings: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
            return spacings
        return [(float(next(one for one in CLOCK_S if one >= seconds)), 0.0)]

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


def _of_logarithms(numbers: Sequence[float]) -> list[str]:
    """Numbers along a logarithmic axis; those that lie near each other with as many digits as tell them apart."""
    nearest = min((then - one for one, then in pairwise(sorted(numbers))), default=0.0)
    if nearest > 0 and max(numbers) < 10 * min(numbers):
        digits = _significant(max(numbers), nearest)
        if digits > LOG_DIGITS:
            return [f"{value:,.{digits}g}" for value in numbers]
    return [_plain(value) for value in numbers]


def _plain(value: float) -> str:
    if value >= MILLION:
        return f"{value / MILLION:,.4g} M"
    return f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"


def _clock(seconds: float, spacing_s: float) -> str:
    """Minutes and seconds, with as many digits as tell a tick from the next; within the first minute seconds alone."""
    digits = _behind_the_point(spacing_s)
    minutes, rest = divmod(round(abs(seconds), digits), 60)
    text = f"{int(minutes)}:{rest:02.0f}" if not digits else f"{rest:.{digits}f}"
    if digits and minutes:
        text = f"{int(minutes)}:{rest:0{digits + 3}.{digits}f}"
    return f"-{text}" if seconds < 0 else text


def _behind_the_point(spacing: float) -> int:
    """How many digits behind the point tell numbers apart that lie so far from each other."""
    return max(0, -math.floor(math.log10(spacing) + NEAR))


def _significant(largest: float, spacing: float) -> int:
    """How many digits in all do so, of numbers up to that one."""
    return 1 + max(0, math.floor(math.log10(largest) + NEAR) - math.floor(math.log10(spacing) + NEAR)) if largest else 1


def round_step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `least`."""
    power = 1e-9
    while True:
        for factor in (1, 2, 5):
            if power * factor >= least:
                return power * factor
        power *= 10
