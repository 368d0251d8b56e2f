"""What lies over the end of the board while it is scrolled: no row is cut there, and it is said how many come below."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from gui.look.scale import SMALL, letters_font
from gui.look.theme import plot_colours
from gui.widgets.board_table import BoardTable

ROUNDING = 3.0
"""So many pixels of a row are its edge alone."""


class BoardFoot(QWidget):
    """Covers what would be seen in part at the lower edge of `area`: a row of `table`, or a line of words below it."""

    def __init__(self, area: QScrollArea, table: BoardTable, below: Sequence[QWidget]) -> None:
        """`below` are parts that have lines of text, each as high as its letters."""
        super().__init__(area.viewport())
        self._area, self._table, self._below = area, table, below
        self.hidden_rows = 0
        """How many rows come below."""
        self.setAutoFillBackground(True)
        area.verticalScrollBar().valueChanged.connect(self.fit)
        for part in (area.viewport(), table, *below):
            part.installEventFilter(self)

    def fit(self) -> None:
        """Cover what cannot be seen whole just now."""
        begin, view = self._area.verticalScrollBar().value(), self._area.viewport()
        end = begin + view.height()
        cut = min((top for top, bottom in self._pieces() if top < end < bottom - ROUNDING), default=float(end))
        is_needed = begin + self._table.heads.height() + ROUNDING < cut < end  # else it would cover all there is
        bottoms = [place.row.bottom() for place in self._table.places(self._table.width())]
        self.hidden_rows = sum(bottom - ROUNDING > end for bottom in bottoms)
        self.setGeometry(0, round(cut) - begin, view.width(), end - round(cut))
        self.setVisible(is_needed)
        self.update()

    def _pieces(self) -> Iterator[tuple[float, float]]:
        """From where to where each part reaches that is seen whole or not at all, in pixels from the top."""
        for place in self._table.places(self._table.width()):
            yield place.row.top(), place.row.bottom()
        inside = self._area.widget()
        for part in self._below:
            if part.isHidden() or inside is None or not inside.isAncestorOf(part):
                continue
            lines = max(1, part.height() // part.fontMetrics().lineSpacing())
            for line in range(lines):
                top = part.y() + line * part.height() / lines
                yield top, top + part.height() / lines

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Other heights, other parts that are cut."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
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
