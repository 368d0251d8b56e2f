"""Docks at the bottom keep their height, and are lower only while plots would not be read otherwise.

plots, with what was opened above them      plots keep what they need
lanes | a picture                           docks below give way, and come back to the height they had

A picture that comes to the front is fitted into what there is: the curve that people look at stays where it is.
"""

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

NEAR_LINES = 0.5
"""Of text: by how much a height may be another one than was asked for, and nobody has dragged it."""


class Headroom:
    """Sees to the height of the docks at the bottom. `low` is what they go back to; 0 where nothing was changed."""

    def __init__(self, window: QMainWindow, plots: QWidget, place: QWidget) -> None:
        """`place` is what the plots lie in, and are scrolled in where it is lower than they must be."""
        self._window, self._plots, self._place = window, plots, place
        self.low = 0
        self._now = 0
        """What was asked for; 0 where nothing was."""

    def fit(self, seen: Collection[QDockWidget], height: int) -> None:
        """`seen` are the docks at the bottom that can be seen, all of them `height` high."""
        if self._now and abs(height - self._now) > NEAR_LINES * self._window.fontMetrics().lineSpacing():
            self.forget()  # somebody dragged it there
            return
        whole = self._place.height() + height
        least = max(dock.minimumSizeHint().height() + height - dock.height() for dock in seen)  # with its tabs
        most = max(least, whole - self._plots.minimumSizeHint().height())
        low = self.low or height
        wanted = min(low, most)
        if wanted == low:
            self.forget()
        else:
            self.low, self._now = low, wanted
        if wanted != height:
            self._window.resizeDocks(list(seen), [wanted] * len(seen), Qt.Orientation.Vertical)

    def forget(self) -> None:
        """Docks have other sizes from now on, and go back to none."""
        self.low = self._now = 0
