"""Bars side by side, their names below and their values on top; the longest stands out."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent

from engine.pictures import AnyPicture, Bars
from gui.look.scale import HALF, SMALL, letters_font
from gui.look.theme import plot_colours
from gui.widgets.picture_view import PictureView, more_colour

WIDEST = 64


class BarsView(PictureView):
    """Bars from the ground up."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: Bars | None = None

    def show_picture(self, picture: AnyPicture) -> None:
        """Draw these bars from now on."""
        assert isinstance(picture, Bars)
        self._bars = picture
        self.update()

    def summary(self) -> str:
        """All values, the largest first."""
        if self._bars is None:
            return ""
        pairs = sorted(zip(self._bars.names, self._bars.values, strict=True), key=lambda pair: -pair[1])
        return ", ".join(f"{name}: {self._figure(value)}" for name, value in pairs)

    def minimumSizeHint(self) -> QSize:
        """Room for values and names, and something of a bar between them."""
        count = len(self._bars.names) if self._bars is not None else 1
        return QSize(count * 2 * self.fontMetrics().averageCharWidth(), 5 * self.fontMetrics().height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the bars, with names and values."""
        bars = self._bars
        if bars is None:
            return
        painter = QPainter(self)
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
            if is_longest or painter.fontMetrics().horizontalAdvance(text) < width:
                above = QRectF((index - 1) * width, place.top() - line, 3 * width, line)
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, text)

    def _figure(self, value: float) -> str:
        return f"{value:.0%}" if self._bars is not None and self._bars.is_share else f"{value:.3g}"
