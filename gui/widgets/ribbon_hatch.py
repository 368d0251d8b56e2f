"""How the ribbon draws a stretch: a line where it begins, and behind it hatching, wherever enough of that is seen."""

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

LEAST_PIXELS = 6.0
"""In width, of hatching: of less, crumbs of a few pixels are seen, and taken for dirt or for a letter that is cut."""
LINE_PIXELS = 2.0


def hatched_pieces(left: float, right: float, taken: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """From where to where there is hatching, in pixels: between the line at `left` and `right`, beside texts."""
    found, begin = list[tuple[float, float]](), left + LINE_PIXELS
    for first, last in sorted(taken):
        found.append((begin, min(first, right)))
        begin = max(begin, last)
    found.append((begin, right))
    return [(begin, end) for begin, end in found if end - begin >= LEAST_PIXELS]


def paint_stretch(painter: QPainter, place: QRectF, colour: QColor, taken: Iterable[tuple[float, float]]) -> None:
    """Draw a stretch in its colour; `taken` is where texts stand in its line, from and to, in pixels."""
    painter.fillRect(QRectF(place.left(), place.top(), LINE_PIXELS, place.height()), colour)
    for begin, end in hatched_pieces(place.left(), place.right(), taken):
        painter.fillRect(
            QRectF(begin, place.top(), end - begin, place.height()), QBrush(colour, Qt.BrushStyle.BDiagPattern)
        )
