"""The end of a bar that is longer than its scale: torn off, and behind the tear how long it is, with an arrow.

forward ▏ backward ////////⟩  87 ms ▸
"""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from gui.look.scale import TIGHT
from gui.model.board import BoardRow

ARROW = "▸"
TEETH = 3
"""Of the torn edge."""
TEAR = 0.45
"""Of a bar's height, how deep its teeth are."""
LEAST_SHARE = 0.3
"""Of its place, that is left of a bar beside its words; where that is too little, the words are fewer."""

FAR = 1.5
"""So many times as long as the longest of the others, a bar that is slow on purpose would leave them too short."""


class TornEnd(msgspec.Struct, frozen=True):
    """Where the tear is, from the tips of its teeth on, and what is written behind it. In pixels."""

    at: float
    depth: float
    words: str
    place: QRectF


def scale_s(rows: Sequence[BoardRow]) -> float:
    """How long a step is, in seconds, whose bar has all the width there is.

    A row that other programs spoilt does not stretch it, nor one that is far slower than all others on purpose.
    """
    fair_s = _longest_s([row for row in rows if not row.is_spoilt]) or _longest_s(rows)
    usual_s = _longest_s([row for row in rows if not row.is_spoilt and not row.is_slowed_down])
    return usual_s if 0 < FAR * usual_s < fair_s else fair_s


def _longest_s(rows: Sequence[BoardRow]) -> float:
    return max((row.step_s or 0.0 for row in rows), default=0.0)


def torn_end(bar: QRectF, milliseconds: str, metrics: QFontMetricsF) -> TornEnd:
    """The end of a bar that would go on beyond that place."""
    depth = TEAR * bar.height()
    for words in (f"{milliseconds} ms {ARROW}", f"{milliseconds} {ARROW}", ARROW):
        taken = metrics.horizontalAdvance(words) + 2 * TIGHT
        if words == ARROW or bar.width() - taken - depth >= LEAST_SHARE * bar.width():
            break
    left = bar.right() - taken
    return TornEnd(left - depth, depth, words, QRectF(left, bar.top(), taken, bar.height()))


def paint_torn_end(painter: QPainter, bar: QRectF, end: TornEnd, ground: QColor, ink: QColor) -> None:
    """Take what lies behind the tear off the bar, hatch its end, and write how long it is."""
    step = bar.height() / (2 * TEETH)
    edge = [
        QPointF(end.at + (end.depth if number % 2 else 0.0), bar.top() + number * step)
        for number in range(2 * TEETH + 1)
    ]
    painter.fillRect(QRectF(end.at - end.depth, bar.top(), 2 * end.depth, bar.height()), _hatch(ink))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    behind = [QPointF(bar.right() + 1, bar.bottom() + 1), QPointF(bar.right() + 1, bar.top() - 1)]
    painter.drawPolygon(QPolygonF([edge[0] - QPointF(0, 1), *edge, edge[-1] + QPointF(0, 1), *behind]))
    painter.setPen(QPen(ink, 2))
    painter.drawPolyline(QPolygonF(edge))
    painter.drawText(end.place, int(Qt.AlignmentFlag.AlignCenter), end.words)


def _hatch(ink: QColor) -> QBrush:
    return QBrush(ink, Qt.BrushStyle.BDiagPattern)
