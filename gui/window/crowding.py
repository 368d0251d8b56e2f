"""Docks go behind one row of tabs where the text is so large that they would crowd each other out, and come back.

set-up | plots | board         plots | set-up, board, …      what was in front last is in front here and there
       | lanes | log     <->         | behind one row

"""

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow

from gui.window.tab_bars import is_seen, lay_behind_one

CROWDED_LETTERS, LARGE_POINTS = 130, 14
"""A window that is narrower than so many letters, of this size or larger, has no room for docks on three sides."""


class Crowding(QObject):
    """Knows how docks lie where there is room for them: `layout`, empty while they do lie so."""

    def __init__(self, window: QMainWindow, docks: Mapping[str, QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._docks = window, docks
        self.layout = QByteArray()

    @property
    def is_due(self) -> bool:
        """Whether letters are too large for a window of this width."""
        is_narrow = self._window.width() < CROWDED_LETTERS * self._window.fontMetrics().averageCharWidth()
        return is_narrow and self._window.font().pointSize() >= LARGE_POINTS

    def gather(self, version: int, front: QDockWidget) -> None:
        """Lay all docks behind one row of tabs, `front` in front."""
        self.layout = self._window.saveState(version)
        lay_behind_one(self._window, self._docked, Qt.DockWidgetArea.RightDockWidgetArea)
        self._bring(front)
        self.halve()

    def spread(self, version: int) -> None:
        """Lay docks as they lay while there was room for them; the one in front here is in front of its row."""
        front = next((dock for dock in self._docked if is_seen(dock)), None)
        self._window.restoreState(self.layout, version)
        self.layout = QByteArray()
        if front is not None:
            self._bring(front)

    def halve(self) -> None:
        """Give what lies behind one row of tabs one half of the window; plots have the other."""
        if self.layout and (docks := self._docked):
            self._window.resizeDocks([docks[0]], [self._window.width() // 2], Qt.Orientation.Horizontal)

    @property
    def _docked(self) -> list[QDockWidget]:
        return [dock for dock in self._docks.values() if not dock.isFloating()]

    def _bring(self, dock: QDockWidget) -> None:
        """At once, and once more when the window has laid out the row, which has its first tab in front before."""
        dock.raise_()
        QTimer.singleShot(0, dock, dock.raise_)
