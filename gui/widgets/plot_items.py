"""What a plot draws beside lines: bands, and dots. Made once, shown anew each frame, and drawn in one go a colour."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.model.columns import Floats, Indices

DOT_PIXELS, DOT_LETTERS = 6.0, 0.28
"""How wide a dot is, at least, and how much of the height of letters: what is read from afar is larger."""
BESIDE_DOTS = 0.5
"""How wide dots of a run beside the one that is shown are, of that."""
APART = 3
"""Dots stand about so many times as far apart as they are wide, and never nearer than half of that."""


class _AllOver(pg.GraphicsObject):
    """An item that covers all that is seen of the plot, whatever that is."""

    def boundingRect(self) -> QRectF:
        """All that is seen of the plot."""
        return QRectF(self.viewRect())

    def viewRangeChanged(self, *_: object) -> None:
        """Another part of the plot is seen."""
        self.prepareGeometryChange()


class Bands(_AllOver):
    """What lies between two curves, in any number of pieces and colours."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: Sequence[tuple[QColor, QPolygonF]] = ()

    def show_pieces(self, pieces: Sequence[tuple[QColor, QPolygonF]]) -> None:
        """Show these pieces and no others."""
        self.pieces = pieces
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Draw all pieces, without an outline."""
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, polygon in self.pieces:
            painter.setBrush(colour)
            painter.drawPolygon(polygon)


class Dots(_AllOver):
    """Round dots of one colour, of the same size at any zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._pen = QPen()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def show_dots(self, x: Floats, y: Floats, colour: QColor, pixels: float = DOT_PIXELS) -> None:
        """Show a dot at each of these places, and no others; so many pixels wide."""
        self._x, self._y = x, y
        self._pen = QPen(colour, pixels, c=Qt.PenCapStyle.RoundCap)
        self._pen.setCosmetic(True)
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Draw all dots, as points of a wide pen, in pixels: Qt has a point be 1/63 long, and along an axis that shows
        few units that would be a dash."""
        if len(self._x):
            places = painter.worldTransform().map(pg.functions.arrayToQPolygonF(self._x, self._y))
            painter.save()
            painter.resetTransform()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self._pen)
            painter.drawPoints(places)
            painter.restore()


def spread(x: Floats, least: float) -> Indices:
    """Which of some places, which rise, are as far apart as dots that are to be told from each other; the last is one.

    The first of each stretch is taken, stretches being as long as a power of two, `least` or more: so which ones are
    changes seldom while an axis comes to show more. None is nearer to another than half of a stretch.
    """
    if not len(x) or least <= 0:
        return np.arange(len(x))
    stretch = 2.0 ** np.ceil(np.log2(least))
    cells = np.floor(x / stretch)
    found = np.flatnonzero(np.concatenate([[True], cells[1:] > cells[:-1]]))
    found = found[np.concatenate([[True], np.diff(x[found]) >= stretch / 2])]
    last = len(x) - 1
    return np.append(found[x[last] - x[found] >= stretch / 2], last)


def between(x: Floats, low: Floats, high: Floats) -> QPolygonF:
    """The outline of what lies between two curves over the same places."""
    polygon: QPolygonF = pg.functions.arrayToQPolygonF(np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]))
    return polygon
