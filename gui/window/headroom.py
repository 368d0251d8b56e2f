"""Docks at the bottom are higher while a picture is in front, and lower while plots would not be read otherwise.

plots      |  plots        plots keep half of what they and the docks have together, and what they need
lanes      |  ─────────
log        |  lanes | a picture

They go back to the height they had, unless somebody has dragged them meanwhile.
"""

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

PICTURE_LINES = 24.0
"""Of text: so high are docks with pictures, where plots leave so much."""
PLOTS_SHARE = 0.5
"""Of the height of plots and docks below them, the least that plots keep of it beside a picture."""
NEAR_LINES = 0.5
"""By how much a height may be another one than was asked for, and nobody has dragged it."""


class Headroom:
    """Sees to the height of the docks at the bottom. `low` is what they go back to; 0 where nothing was changed."""

    def __init__(self, window: QMainWindow, plots: QWidget, place: QWidget) -> None:
        """`place` is what the plots lie in, and are scrolled in where it is lower than they must be."""
        self._window, self._plots, self._place = window, plots, place
        self.low = 0
        self._now = 0
        """What was asked for; 0 where nothing was."""

    def fit(self, seen: Collection[QDockWidget], height: int, first: int, *, has_picture: bool) -> None:
        """`seen` are the docks at the bottom that can be seen, all of them `height` high, and `first` at first.

        `has_picture`: in any of them there is one.
        """
        line = self._window.fontMetrics().lineSpacing()
        if self._now and abs(height - self._now) > NEAR_LINES * line:  # somebody dragged it there
            if not has_picture:
                self.forget()
            return
        whole = self._place.height() + height
        least = max(dock.minimumSizeHint().height() + height - dock.height() for dock in seen)  # with its tabs
        most = max(least, whole - self._plots.minimumSizeHint().height())
        picture = round(min((1 - PLOTS_SHARE) * whole, PICTURE_LINES * line, most))
        if has_picture and not self.low and abs(height - picture) <= 1:  # so it was before the text had another size
            self.low, self._now = first, picture
            return
        low = self.low or height
        wanted = max(min(low, most), picture if has_picture else 0)
        if wanted == low:
            self.forget()
        else:
            self.low, self._now = low, wanted
        if wanted != height:
            self._resize(seen, wanted)

    def forget(self) -> None:
        """Docks have other sizes from now on, and go back to none."""
        self.low = self._now = 0

    def _resize(self, docks: Collection[QDockWidget], height: int) -> None:
        self._window.resizeDocks(list(docks), [height] * len(docks), Qt.Orientation.Vertical)
