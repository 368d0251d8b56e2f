"""Rows of figures with their last minute: a name, a graph, a number. One paint a second, no plot items."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from gui.look.theme import is_dark, plot_colours, run_colours

HISTORY_S = 60
WIDEST_FIGURE = "100 % · 9.99 GiB"


@dataclass(frozen=True)
class HistoryRow:
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
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """As high as all its rows."""
        rows = sum(len(rows) + 1 for _, rows in self._groups)
        return QSize(260, rows * self._row_height() + 24)

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 8

    def paintEvent(self, _: QPaintEvent) -> None:
        """Group by group, row by row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, y = self._row_height(), 4
        for title, rows in self._groups:
            self._paint_title(painter, title, y, height)
            y += height
            for row in rows:
                self._paint_row(painter, row, QRectF(10, y, self.width() - 20, height))
                y += height

    def _paint_title(self, painter: QPainter, title: str, y: int, height: int) -> None:
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(QRectF(10, y, self.width() - 20, height), Qt.AlignmentFlag.AlignVCenter, title)
        font.setBold(False)
        painter.setFont(font)

    def _paint_row(self, painter: QPainter, row: HistoryRow, at: QRectF) -> None:
        colours = plot_colours(self.palette())
        group = QPalette.ColorGroup.Disabled if row.reason else QPalette.ColorGroup.Active
        metrics = self.fontMetrics()
        name_width = min(at.width() * 0.34, metrics.horizontalAdvance("next rank 00"))
        figure_width = max(metrics.horizontalAdvance(WIDEST_FIGURE), at.width() * 0.3)
        painter.setPen(self.palette().color(group, QPalette.ColorRole.WindowText))
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, round(name_width))
        painter.drawText(QRectF(at.x(), at.y(), name_width, at.height()), Qt.AlignmentFlag.AlignVCenter, name)
        if row.reason:
            rest = QRectF(at.x() + name_width + 8, at.y(), at.width() - name_width - 8, at.height())
            text = metrics.elidedText(row.reason, Qt.TextElideMode.ElideRight, round(rest.width()))
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, text)
            return
        figure = QRectF(at.right() - figure_width, at.y(), figure_width, at.height())
        painter.drawText(figure, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.figure)
        graph = QRectF(
            at.x() + name_width + 8, at.y() + 3, at.width() - name_width - figure_width - 16, at.height() - 6
        )
        if graph.width() > 24:
            line = run_colours(0, dark=is_dark(self.palette())).line
            self._paint_history(painter, row, graph, line, colours.grid)

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
