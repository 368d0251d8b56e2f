"""What stands above a plot, and not in it: what goes up, and what each line is, by a piece of it and its name."""

from collections.abc import Sequence
from itertools import zip_longest

from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.look.scale import GRID, HALF
from gui.look.theme import plot_colours
from gui.widgets.flow import FlowRow

PIECE_LINES, MARK_LINES = 1.5, 0.7
"""Of a line of text, how long the piece of a line is, and how wide the place of a mark."""


class LineKey(QWidget):
    """A piece of one line, with its colour and its dash, and its name; or the mark of a group of points."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self._pen, self._mark, self._brush = "", QPen(), "", QBrush()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_line(self, name: str, pen: QPen, mark: str, colour: QColor) -> None:
        """Be of that line from now on; if there is a mark, as pyqtgraph calls it, of points of that colour."""
        self._pen, self._mark, self._brush = pen, mark, QBrush(colour)
        if name != self.name:
            self.name = name
            self.setAccessibleName(name)
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The size of the piece and of the name behind it."""
        metrics = self.fontMetrics()
        return QSize(self._piece() + HALF + metrics.horizontalAdvance(self.name) + 1, metrics.height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the piece, and write the name behind it."""
        painter, middle, left = QPainter(self), self.height() / 2, self._piece() + HALF
        if self._mark:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.save()
            painter.translate(self._piece() / 2, middle)
            drawSymbol(painter, self._mark, self.fontMetrics().height() / 2, self._pen, self._brush)
            painter.restore()
        else:
            painter.setPen(self._pen)
            painter.drawLine(QPointF(0, middle), QPointF(self._piece(), middle))
        painter.setPen(plot_colours(self.palette()).foreground)
        place = QRectF(left, 0, self.width() - left, self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.name)

    def _piece(self) -> int:
        return round((MARK_LINES if self._mark else PIECE_LINES) * self.fontMetrics().height())


class PlotHead(FlowRow):
    """The name of what goes up, which beside a low plot would be cut, and the lines, whose names would cover some."""

    def __init__(self) -> None:
        super().__init__(spacing=2 * GRID)
        self.title = QLabel()
        self.keys: list[LineKey] = []
        self.setContentsMargins(GRID, 0, GRID, 0)
        self.add_control(self.title)

    def show_words(self, title: str, lines: Sequence[tuple[str, QPen, str, QColor]] = ()) -> None:
        """What goes up, and each line's name and pen, or a mark and its colour; of one alone the title says it all."""
        self.title.setText(f"↑ {title}" if title else "")
        self.title.setVisible(bool(title))
        for key, line in zip_longest(list(self.keys), lines if len(lines) > 1 else ()):
            if line is None:
                self.keys.remove(key)
                self.remove_control(key)
                continue
            if key is None:
                self.keys.append(key := LineKey())
                self.add_control(key)
            key.show_line(*line)
        self.setVisible(bool(title or self.keys))
        self._lay_out(self.rect(), move=True)  # whoever is not seen just now is asked for no layout
        self.updateGeometry()
