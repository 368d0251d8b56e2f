"""Bars side by side, their names below and their values on top; or below each other, behind their names."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent

from engine.pictures import AnyPicture, Bars
from gui.look.scale import GRID, HALF, SMALL, letters_font
from gui.look.theme import ORANGE, plot_colours
from gui.widgets.picture_view import PictureView, more_colour

WIDEST = 64
LEAST_ROOM, LEAST_LETTERS = 36, 12
"""Pixels for the longest bar of those that lie, at least; and letters of its name, of which the rest is cut where there
is no room: what it is worth is seen beside it."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class BarsView(PictureView):
    """Bars from the ground up, the longest stands out; or from a line to both sides, each side with its colour."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: Bars | None = None

    def show_picture(self, picture: AnyPicture) -> None:
        """Draw these bars from now on."""
        assert isinstance(picture, Bars)
        self._bars = picture
        self.take_room()
        self.update()

    def take_room(self) -> None:
        """Ask for room for all names of bars that lie."""
        if self._bars is not None:
            self.setMinimumSize(self.minimumSizeHint() if self._bars.is_lying else QSize(0, 0))

    def summary(self) -> str:
        """All values, the largest first."""
        if self._bars is None:
            return ""
        pairs = sorted(zip(self._bars.names, self._bars.values, strict=True), key=lambda pair: -pair[1])
        return ", ".join(f"{name}: {self._figure(value)}" for name, value in pairs)

    def minimumSizeHint(self) -> QSize:
        """Room for values and names, and something of a bar between them."""
        bars, metrics = self._bars, self.fontMetrics()
        if bars is not None and bars.is_lying:
            left, right = self._sides(bars)
            left = min(left, LEAST_LETTERS * metrics.averageCharWidth() + GRID)
            return QSize(left + LEAST_ROOM + right, len(bars.names) * metrics.height())
        names = bars.names if bars is not None else ("",)
        widest = max(map(metrics.horizontalAdvance, names)) + HALF
        return QSize(len(names) * widest, 5 * metrics.height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the bars, with names and values."""
        if self._bars is None:
            return
        painter = QPainter(self)
        if self._bars.is_lying:
            self._paint_lying(painter, self._bars)
        else:
            self._paint_standing(painter, self._bars)

    def _paint_standing(self, painter: QPainter, bars: Bars) -> None:
        colours, line = plot_colours(self.palette()), self.fontMetrics().height()
        width = min(WIDEST, self.width() / len(bars.names))
        room = self.height() - 2 * line - HALF
        longest = max(range(len(bars.names)), key=bars.values.__getitem__)
        small = letters_font(self.font(), SMALL)
        for index, (name, value) in enumerate(zip(bars.names, bars.values, strict=True)):
            is_longest = index == longest
            height = max(0.0, min(1.0, value / bars.highest)) * room
            place = QRectF(index * width + HALF / 2, line + room - height, width - HALF, height)
            painter.fillRect(place, more_colour(self.palette()) if is_longest else colours.muted)
            painter.setPen(colours.grid)
            painter.drawLine(place.bottomLeft(), place.bottomRight())
            painter.setPen(colours.foreground)
            font = self.font()
            font.setBold(is_longest)
            painter.setFont(font)
            below = QRectF(index * width, line + room + HALF / 2, width, line)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, name)
            painter.setFont(small)
            text = self._figure(value)
            taken = painter.fontMetrics().horizontalAdvance(text) + HALF
            if not is_longest and taken > width:
                if text in ("0", "0%"):  # the bar that is not there says as much
                    continue
                narrow = QFont(small)
                narrow.setStretch(max(50, int(100 * width / taken)))
                painter.setFont(narrow)
            left = min(max(0.0, place.center().x() - taken / 2), self.width() - taken)  # whole at both edges
            painter.drawText(QRectF(left, place.top() - line, taken, line), Qt.AlignmentFlag.AlignCenter, text)

    def _sides(self, bars: Bars) -> tuple[int, int]:
        """How wide names are at the left, and values at the right."""
        width = self.fontMetrics().horizontalAdvance
        return max(map(width, bars.names)) + GRID, max(width(self._figure(value)) for value in bars.values) + GRID

    def _paint_lying(self, painter: QPainter, bars: Bars) -> None:
        colours = plot_colours(self.palette())
        left, right = self._sides(bars)
        left = min(left, self.width() - right - LEAST_ROOM)
        line = min(self.height() / len(bars.names), 1.5 * self.fontMetrics().height())
        values = np.clip(np.nan_to_num(np.array(bars.values)) / bars.highest, -1.0, 1.0)
        below = max(0.0, -float(values.min()))
        above = 1.0 if bars.is_share else max(0.0, float(values.max()))  # a share of all is seen as one
        unit = (self.width() - left - right) / (below + above or 1.0)
        zero = left + below * unit
        for index, (name, value) in enumerate(zip(bars.names, values.tolist(), strict=True)):
            top = index * line
            place = QRectF(zero, top + HALF / 2, value * unit, line - HALF).normalized()
            painter.fillRect(place, more_colour(self.palette()) if value >= 0 else QColor(ORANGE))
            painter.setPen(colours.foreground)
            written = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, left - HALF)
            painter.drawText(QRectF(0, top, left - HALF, line), RIGHT, written)
            painter.drawText(
                QRectF(self.width() - right + HALF, top, right, line), LEFT, self._figure(bars.values[index])
            )
        painter.setPen(colours.seam)
        painter.drawLine(QPointF(zero, 0), QPointF(zero, line * len(bars.names)))

    def _figure(self, value: float) -> str:
        return f"{value:.0%}" if self._bars is not None and self._bars.is_share else f"{value:.3g}"
