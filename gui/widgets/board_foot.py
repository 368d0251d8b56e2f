"""What lies over the end of the board while it is scrolled: no row is cut there, and it is said how many come below."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from gui.look.scale import SMALL, letters_font
from gui.look.theme import plot_colours
from gui.widgets.board_table import BoardTable
from gui.widgets.whole_edges import ROUNDING, first_cut, parts_of


class BoardFoot(QWidget):
    """Covers what would be seen in part at the lower edge of `area`: a row of `table`, or a line of words below it."""

    def __init__(self, area: QScrollArea, table: BoardTable, below: Sequence[QWidget]) -> None:
        """`below` are parts that have lines of text; they may stand elsewhere."""
        super().__init__(area.viewport())
        self._area, self._table = area, table
        self.hidden_rows = 0
        """How many rows come below."""
        self.setAutoFillBackground(True)
        area.verticalScrollBar().valueChanged.connect(self.fit)
        for part in (area.viewport(), table, *below):
            part.installEventFilter(self)

    def fit(self) -> None:
        """Cover what cannot be seen whole just now."""
        bar, view = self._area.verticalScrollBar(), self._area.viewport()
        if not bar.maximum():  # all of it is seen
            self.hidden_rows = 0
            self.hide()
            return
        end = view.height()
        cut = first_cut(parts_of(self._area), end)
        is_needed = self._table.heads.height() + ROUNDING < cut < end  # else it would cover all there is
        self.hidden_rows = sum(bottom - ROUNDING > bar.value() + end for _, bottom in self._table.edge_pieces())
        self.setGeometry(0, round(cut), view.width(), end - round(cut))
        self.setVisible(is_needed)
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Other heights, other parts that are cut."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self.fit()
        return super().eventFilter(watched, event)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Say how many rows come below, where there is room for that."""
        painter = QPainter(self)
        painter.setFont(letters_font(self._table.font(), SMALL))
        painter.setPen(plot_colours(self.palette()).muted)
        if self.hidden_rows and painter.fontMetrics().height() <= self.height():
            words = self.tr("{n} more below ▾").format(n=self.hidden_rows)
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()
