"""Rows of figures with their last minute: a name, a graph, a number. One paint a second, no plot items."""

import msgspec
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.look.scale import GRID
from gui.look.theme import is_dark, plot_colours, run_colours

HISTORY_S = 60
WIDEST_FIGURE = "100 % · 9.99 GiB"
MARGIN = 10
TITLE_FLAGS = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
LEAST_GRAPH = 48
"""Pixels; with less room than that a graph stands below its name."""


class HistoryRow(msgspec.Struct, frozen=True):
    """A name, a history of (seconds, fraction), a figure. `reason` stands for a figure that is absent."""

    name: str
    values: list[tuple[float, float]]
    figure: str
    reason: str = ""


class HistoryRows(QWidget):
    """Paints rows with their last minute; one paint a second, no plot items."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[tuple[str, list[HistoryRow]]] = []
        self._now_s = 0.0

    def show_rows(self, groups: list[tuple[str, list[HistoryRow]]], now_s: float) -> None:
        """Draw these rows from now on."""
        self._groups, self._now_s = groups, now_s
        self._give_height()
        self.update()

    def sizeHint(self) -> QSize:
        """The height of all rows, at the width that it has."""
        is_stacked = self._is_stacked(*self._widths())
        rows = sum(self._row_height(row, is_stacked=is_stacked) for _, rows in self._groups for row in rows)
        titles = sum(self._title_height(title) for title, _ in self._groups)
        return QSize(260, titles + round(rows) + 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out the rows anew: narrower ones have more lines."""
        super().resizeEvent(event)
        self._give_height()

    def _give_height(self) -> None:
        if self.minimumHeight() != (height := self.sizeHint().height()):
            self.setMinimumHeight(height)

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 8

    def _title_height(self, title: str) -> int:
        """One line, or as many as a title needs that is wider."""
        font = self.font()
        font.setBold(True)
        room = QRect(0, 0, max(1, self.width() - 2 * MARGIN), 10_000)
        return QFontMetrics(font).boundingRect(room, int(Qt.TextFlag.TextWordWrap), title).height() + 8

    def _row_height(self, row: HistoryRow, *, is_stacked: bool) -> float:
        """One line; two where name, graph and figure do not fit beside each other, and as many as a reason needs."""
        line = self._line_height()
        if row.reason:
            return line + self._reason_box(row, QRectF(MARGIN, 0, self.width() - 2 * MARGIN, 1)).height()
        return 2 * line if is_stacked else line

    def _reason_box(self, row: HistoryRow, below: QRectF) -> QRectF:
        room = QRectF(below.left(), below.top(), max(1.0, below.width()), 10_000)
        return self.fontMetrics().boundingRect(room.toRect(), int(Qt.TextFlag.TextWordWrap), row.reason).toRectF()

    def _widths(self) -> tuple[int, int]:
        """Of all names, and of all figures: graphs stand below each other."""
        rows = [row for _, rows in self._groups for row in rows if not row.reason]
        advance = self.fontMetrics().horizontalAdvance
        names = [advance(row.name) for row in rows]
        return max(names, default=0), max([advance(WIDEST_FIGURE), *(advance(row.figure) for row in rows)])

    def _is_stacked(self, names: int, figures: int) -> bool:
        return names + figures + LEAST_GRAPH + 2 * GRID + 2 * MARGIN > self.width()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Group by group, row by row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y, (names, figures) = 4.0, self._widths()
        is_stacked = self._is_stacked(names, figures)
        for title, rows in self._groups:
            height = self._title_height(title)
            self._paint_title(painter, title, round(y), height)
            y += height
            for row in rows:
                box = QRectF(MARGIN, y, self.width() - 2 * MARGIN, self._row_height(row, is_stacked=is_stacked))
                self._paint_row(painter, row, box, names, figures)
                y = box.bottom()

    def _paint_title(self, painter: QPainter, title: str, y: int, height: int) -> None:
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(QRectF(MARGIN, y, self.width() - 2 * MARGIN, height), TITLE_FLAGS, title)
        font.setBold(False)
        painter.setFont(font)

    def _paint_row(self, painter: QPainter, row: HistoryRow, at: QRectF, names: int, figures: int) -> None:
        group = QPalette.ColorGroup.Disabled if row.reason else QPalette.ColorGroup.Active
        line = QRectF(at.left(), at.top(), at.width(), self._line_height())
        painter.setPen(self.palette().color(group, QPalette.ColorRole.WindowText))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), row.name)
        if row.reason:
            rest = QRectF(at.left(), line.bottom(), at.width(), at.height())
            painter.drawText(rest, int(Qt.TextFlag.TextWordWrap), row.reason)
            return
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), row.figure)
        graph = QRectF(at.left() + names + GRID, at.top(), at.width() - names - figures - 2 * GRID, at.height())
        if self._is_stacked(names, figures):
            graph = QRectF(at.left(), line.bottom(), at.width(), at.height() - line.height())
        colours = plot_colours(self.palette())
        curve = run_colours(0, dark=is_dark(self.palette())).line
        self._paint_history(painter, row, graph.adjusted(0, 3, 0, -3), curve, colours.grid)

    def _paint_history(self, painter: QPainter, row: HistoryRow, graph: QRectF, line: QColor, grid: QColor) -> None:
        painter.fillRect(graph, self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(QPen(grid, 1))
        painter.drawRect(graph)
        path = QPainterPath()
        last_x = None
        for at_s, frac in row.values:
            x = graph.right() - (self._now_s - at_s) / HISTORY_S * graph.width()
            if x < graph.left():
                continue
            y = graph.bottom() - min(1.0, max(0.0, frac)) * graph.height()
            if last_x is None:
                path.moveTo(x, graph.bottom())
            path.lineTo(x, y)
            last_x = x
        if last_x is None:
            return
        path.lineTo(last_x, graph.bottom())
        fill = QColor(line)
        fill.setAlpha(90)
        painter.fillPath(path, fill)
        painter.setPen(QPen(line, 1.2))
        painter.drawPath(path)
