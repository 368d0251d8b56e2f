"""The letters of a table drawn as colours: how small they become before some are left out, and how numbers are told.

| is    r e p r        rows as high as their letters;
| r     . . . .        with less room the letters are smaller,
| e     . . . .        down to those that can still be read

  | r  . . . .         single letters of low rows stand in two columns, each second one further left: twice as large
| e    . . . .
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QFontMetricsF

from gui.look.scale import SMALL, letters_font

LEAST_NAME_PIXELS, LEAST_NUMBER_PIXELS = 9, 11
"""Of letters that can be read: one alone, and of many digits."""
LEAST_NUMBER_SHARE = 0.45
"""Of the letters around them, that numbers have at least: from the last row, too, they are read."""
MANY_COUNTED = 24
"""Of so many numbers in a row not all are written."""
DIGITS, FEW_DIGITS = 3, 2
"""Behind the point, and where many columns stand side by side."""
LEAST_DECIMALS = 0.001
"""Numbers nearer to zero are told by their power of ten."""


def is_counted(names: Sequence[str]) -> bool:
    """Whether names are numbers, some of which tell the others."""
    return len(names) > MANY_COUNTED and all(name.isdecimal() for name in names)


def told(count: int, pixels: float, needed: float) -> range:
    """Which cells in a row, `pixels` each, have their names written, so that none is written over another."""
    return range(0, count, max(1, math.ceil(needed / max(1.0, pixels))))


def figure(value: float, digits: int = DIGITS, decimals: int = 0) -> str:
    """A number in some digits behind the point; in exactly `decimals` of them, where there are any."""
    if value == int(value):
        return f"{value:,.0f}"
    if decimals:
        return f"{value:.{decimals}f}"
    return f"{value:.{digits}f}" if digits < DIGITS or abs(value) >= LEAST_DECIMALS else f"{value:.0e}"


def widest_of(font: QFont, names: Iterable[str]) -> int:
    """Pixels that the longest of these takes; 0 if there is none."""
    return max(map(QFontMetrics(font).horizontalAdvance, names), default=0)


def names_width(font: QFont, names: Sequence[str], letters: int, is_spelled: bool) -> int:
    """What names of rows take, of so many letters, about, at most; single letters have room side by side."""
    return min(letters * QFontMetrics(font).averageCharWidth(), widest_of(font, names) * (2 if is_spelled else 1))


def line_of(font: QFont, *, is_number: bool) -> float:
    """Pixels that a line of these letters is high; names in rows share the gap between lines."""
    metrics = QFontMetricsF(font)
    return metrics.height() if is_number else min(metrics.height(), metrics.ascent())


def fitted_letters(font: QFont, fits: Callable[[QFont], bool], *, is_number: bool) -> QFont:
    """Small letters beside ordinary text in `font`, or the largest smaller ones that fit; those that can still be read
    at least."""
    found = letters_font(font, SMALL)
    small = QFontInfo(found).pixelSize()
    least = max(LEAST_NUMBER_PIXELS, round(LEAST_NUMBER_SHARE * small)) if is_number else LEAST_NAME_PIXELS
    for pixels in range(small, least, -1):
        found.setPixelSize(pixels)
        if fits(found):
            return found
    found.setPixelSize(min(small, least))
    return found


def least_letters(font: QFont, *, is_number: bool) -> QFont:
    """The smallest letters beside ordinary text in `font` that can still be read."""
    return fitted_letters(font, lambda _: False, is_number=is_number)


def name_letters(font: QFont, height: float, most_pixels: int, *, is_spelled: bool) -> tuple[QFont, int]:
    """Letters of names of rows so high, no larger than those of columns, and in how many columns the names stand.

    Names that are single letters (`is_spelled`) stand in two where they would be smaller in one.
    """

    def fits(columns: int, letters: QFont) -> bool:
        return line_of(letters, is_number=False) <= height * columns and QFontInfo(letters).pixelSize() <= most_pixels

    found = fitted_letters(font, partial(fits, 1), is_number=False)
    if not is_spelled or QFontInfo(found).pixelSize() >= most_pixels:
        return found, 1
    return fitted_letters(font, partial(fits, 2), is_number=False), 2
