"""Scrolling the board's rows by whole rows: none is cut below the heads, whoever turns the wheel or drags the bar."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget

from gui.widgets.board_table import BoardTable

ROUNDING = 1.5
"""By how many pixels a row may reach below the heads: places are no whole pixels."""


class WholeRows(QObject):
    """Keeps a scroll area where rows of `table`, which is on top of what is scrolled, begin below the heads."""

    def __init__(self, area: QScrollArea, inside: QWidget, layout: QLayout, table: BoardTable) -> None:
        """`inside` is what is scrolled, in that layout."""
        super().__init__(area)
        self._area, self._inside, self._layout, self._table = area, inside, layout, table
        self._bar = area.verticalScrollBar()
        self._last = 0
        self._bar.valueChanged.connect(self._settle)
        area.viewport().installEventFilter(self)

    def stops(self) -> list[int]:
        """How far may be scrolled, in pixels, ascending, from 0 on."""
        table = self._table
        places = table.places(table.width())
        line = table.head_height
        _, pinned, begin = table.heads.baseline(places)
        rows = [place.row for place in places]
        edges = [row.top() for row in rows] + [rows[-1].bottom()] if rows else []
        found = {0}
        for stop in {round(edge - above) for edge in edges for above in (line, line + pinned)}:
            below = stop + line + (pinned if stop > begin else 0.0)
            if stop > 0 and not any(row.top() < below - ROUNDING < row.bottom() - 2 * ROUNDING for row in rows):
                found.add(stop)
        return sorted(found)

    def leave_room(self) -> None:
        """Let what is scrolled be so high that its end is where a row begins, too."""
        view = self._area.viewport().height()
        beyond = self._layout.totalHeightForWidth(self._inside.width()) - view
        end = next((stop for stop in self.stops() if stop >= beyond), beyond) if beyond > 0 else -view
        self._inside.setMinimumHeight(end + view)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In another height other rows say all, and the end is elsewhere: what lies below the rows may come and go."""
        if event.type() == QEvent.Type.Resize:
            self._table.give_room(self._area.viewport().height())
            self.leave_room()
        return super().eventFilter(watched, event)

    def _settle(self, scrolled: int) -> None:
        """On to the next row, in the direction in which it was scrolled."""
        stops = [stop for stop in self.stops() if stop <= self._bar.maximum()]
        if scrolled > self._last:
            scrolled = next((stop for stop in stops if stop >= scrolled), scrolled)
        else:
            scrolled = next((stop for stop in reversed(stops) if stop <= scrolled), scrolled)
        self._last = scrolled
        self._bar.setValue(scrolled)
