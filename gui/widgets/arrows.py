"""Arrows between boxes: from edge to edge between neighbours, around whatever stands between those further apart."""

from math import atan2, cos, pi, sin

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

HEAD_PIXELS = 8
ARC_PIXELS = 18.0
"""Room for an arrow that goes around others in its row."""
PAIR_PIXELS = 9.0
"""How far each arrow of a pair stands beside the line between two neighbours."""


class Arrow(msgspec.Struct, frozen=True):
    """An arrow from `start` to `end`; `bend` is how far it stands out, a share of its length; positive is left."""

    start: QPointF
    end: QPointF
    bend: float = 0.0


def arrow_between(one: QRectF, other: QRectF, *, rows: int, columns: int, first: bool) -> Arrow:
    """The arrow from box `one` to box `other`, which stand `rows` and `columns` apart in their grid.

    Of the two arrows between a pair of boxes, one is the `first`; the other takes the other side.
    """
    if rows > 1 and not columns:  # along the left side, and back along the right one
        start, end = (QPointF(box.left() if first else box.right(), box.center().y()) for box in (one, other))
        return Arrow(start, end, -0.3 * min(1.0, 90 / max(1.0, abs(end.y() - start.y()))))
    if columns > 1 and not rows:  # above, and back below
        start, end = (QPointF(box.center().x(), box.top() if first else box.bottom()) for box in (one, other))
        return Arrow(start, end, 1.5 * ARC_PIXELS / max(1.0, abs(end.x() - start.x())))
    start, end = _edge(one, other.center()), _edge(other, one.center())
    shift = _across(start, end, PAIR_PIXELS)
    return Arrow(start + shift, end + shift)


def paint_arrow(painter: QPainter, arrow: Arrow, colour: QColor, width: float) -> QPointF:
    """Paint a line of that width in pixels, with a head; returns its middle."""
    start, end = arrow.start, arrow.end
    painter.setPen(QPen(colour, width))
    control = (start + end) / 2 + _across(start, end, arrow.bend * (end - start).manhattanLength())
    path = QPainterPath(start)
    path.quadTo(control, end)
    painter.drawPath(path)
    angle = atan2(end.y() - control.y(), end.x() - control.x())
    sides = [end - QPointF(cos(angle + turn), sin(angle + turn)) * (HEAD_PIXELS + width) for turn in (-pi / 7, pi / 7)]
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([end, *sides]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    return path.pointAtPercent(0.5)


def _edge(box: QRectF, towards: QPointF) -> QPointF:
    """Where the line from the middle of a box to a point leaves it."""
    centre = box.center()
    dx, dy = towards.x() - centre.x(), towards.y() - centre.y()
    if not dx and not dy:
        return centre
    scale = min(
        box.width() / 2 / abs(dx) if dx else float("inf"),
        box.height() / 2 / abs(dy) if dy else float("inf"),
    )
    return QPointF(centre.x() + dx * scale, centre.y() + dy * scale)


def _across(start: QPointF, end: QPointF, distance: float) -> QPointF:
    """A vector of that length, square to the line."""
    dx, dy = end.x() - start.x(), end.y() - start.y()
    length = max(1e-6, (dx * dx + dy * dy) ** 0.5)
    return QPointF(dy / length * distance, -dx / length * distance)
