"""How the ribbon draws a stretch: a line where it begins, and behind it hatching, wherever enough of that is seen.

No text hides all of what was slow on purpose, or made again, nor the tick of a change.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from gui.text.ribbon import Stretch

LEAST_PIXELS = 6.0
"""In width, of hatching: of less, crumbs of a few pixels are seen, and taken for dirt or for a letter that is cut."""
LINE_PIXELS, TICK_PIXELS = 2.0, 2.0
"""In width, of the line where a stretch begins, and of the tick of a change."""


def hatched_pieces(left: float, right: float, taken: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """From where to where there is hatching, in pixels: between the line at `left` and `right`, beside texts."""
    found, begin = list[tuple[float, float]](), left + LINE_PIXELS
    for first, last in sorted(taken):
        found.append((begin, min(first, right)))
        begin = max(begin, last)
    found.append((begin, right))
    return [(begin, end) for begin, end in found if end - begin >= LEAST_PIXELS]


def is_wide_enough(left: float, right: float) -> bool:
    """Whether there is hatching behind the line of a stretch that nothing is written on."""
    return bool(hatched_pieces(left, right, ()))


def is_hatched(one: Stretch, left: float, right: float) -> bool:
    """Whether it is seen, whatever is written: what was slow on purpose, or made again, if there is enough of it."""
    return one.number is None and not one.is_mark and is_wide_enough(left, right)


def hides_one(
    stretches: Iterable[tuple[float, float]],
    ticks: Sequence[float],
    taken: Sequence[tuple[float, float]],
    begin: float,
    end: float,
) -> bool:
    """Whether one more text, from `begin` to `end`, would hide a tick, or all hatching of a stretch, from and to."""
    return hides_tick(ticks, begin, end) or any(
        not hatched_pieces(left, right, [*taken, (begin, end)]) for left, right in stretches
    )


def hides_tick(ticks: Sequence[float], begin: float, end: float) -> bool:
    """Whether a text from `begin` to `end` would hide a tick; these are in order."""
    after = bisect_right(ticks, begin - TICK_PIXELS / 2)
    return after < len(ticks) and ticks[after] < end + TICK_PIXELS / 2


def begin_beside(ticks: Sequence[float], left: float, right: float, width: float) -> float:
    """Where a text of that width stands that is of hatching: on it, or behind it, where it would cover it all.

    It is at its begin, or behind a tick that would be hidden there.
    """
    begins = (at + LINE_PIXELS for at in (left, *ticks) if left <= at and is_wide_enough(at + width, right))
    return next((begin for begin in begins if not hides_tick(ticks, begin, begin + width)), right + LINE_PIXELS)


def paint_stretch(painter: QPainter, place: QRectF, colour: QColor, taken: Iterable[tuple[float, float]]) -> None:
    """Draw a stretch in its colour; `taken` is where texts stand in its line, from and to, in pixels."""
    painter.fillRect(QRectF(place.left(), place.top(), LINE_PIXELS, place.height()), colour)
    for begin, end in hatched_pieces(place.left(), place.right(), taken):
        painter.fillRect(
            QRectF(begin, place.top(), end - begin, place.height()), QBrush(colour, Qt.BrushStyle.BDiagPattern)
        )
