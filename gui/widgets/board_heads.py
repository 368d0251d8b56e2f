"""What lies over the rows of the board while they are scrolled: the heads of its columns, and the baseline's row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from gui.widgets.board_places import RowPlace

if TYPE_CHECKING:
    from gui.widgets.board_table import BoardTable


class BoardHeads(QWidget):
    """The heads of a table's columns, on a ground of their own; below them the baseline, once it is scrolled away."""

    def __init__(self, table: "BoardTable") -> None:
        super().__init__()
        self._table = table
        self._scrolled = 0
        self.pinned: int | None = None
        """The row of the table that stands below the heads; None while none does."""
        self.setAutoFillBackground(True)

    def scroll_to(self, scrolled: int) -> None:
        """The table is scrolled by so many pixels now."""
        self._scrolled = scrolled
        self.fit()

    def fit(self) -> None:
        """Take the height of what is to be seen."""
        index, height, begin = self.baseline(self._table.places(self._table.width()))
        self.pinned = index if self._scrolled > begin else None
        line = self._table.head_height
        self.resize(self._table.width(), round(line + (height if self.pinned is not None else 0.0)))
        self.update()

    def baseline(self, places: Sequence[RowPlace]) -> tuple[int | None, float, float]:
        """Which row is pinned, how high it then is, and from how far scrolled on: what others are compared with.

        None is where the row in force would have no room beside it.
        """
        table, line = self._table, self._table.head_height
        now = next((index for index, row in enumerate(table.rows) if row.is_now), None)
        sizes = {table.rows[now].batch_size} if now is not None else {row.batch_size for row in table.rows}
        baselines = (i for i, row in enumerate(table.rows) if row.is_baseline and row.batch_size in sizes)
        if (index := next(baselines, None)) is None:
            return None, 0.0, 0.0
        height = table.closed_place(index).row.height()
        needed = places[now].row.height() if now is not None else 0.0
        has_room = line + height + needed <= table.room
        return (index, height, max(0.0, places[index].row.top() + 1 - line)) if has_room else (None, 0.0, 0.0)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw them where the table has them."""
        table, painter = self._table, QPainter(self)
        places = table.places(table.width())
        if places:
            table.paint_heads(painter, places[0])
        if self.pinned is not None and self.pinned < len(places):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            place = table.closed_place(self.pinned)
            painter.translate(0, table.head_height - place.row.top())
            table.paint_row(painter, self.pinned, place)
            painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
            painter.drawLine(place.row.bottomLeft() - QPointF(0, 1), place.row.bottomRight() - QPointF(0, 1))
        painter.end()
