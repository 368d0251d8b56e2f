"""Docks at the bottom are higher while a picture that needs the height is in front, and go back when it is left.

plots      |  plots        they keep half of what plots and docks have together
lanes      |  ─────────
log        |  lanes | a picture
"""

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

PICTURE_LINES = 24.0
"""Of text: so high are docks with pictures, where plots leave so much."""
PLOTS_SHARE = 0.5
"""Of the height of plots and docks below them, the least that plots keep."""
PLOTS_LINES = 20.0
"""Of text, that plots keep at least: in a small window half would not do."""
NEAR_LINES = 0.5
"""By how much a height may be another one than was asked for, and nobody has dragged it."""


class Headroom:
    """Sees to the height of the docks at the bottom. `low` is what they go back to; 0 where nothing was raised."""

    def __init__(self, window: QMainWindow, centre: QWidget) -> None:
        """`centre` is what the plots lie in."""
        self._window, self._centre = window, centre
        self.low = 0
        self._high = 0
        """What was asked for; 0 where nothing was."""

    def fit(self, seen: Collection[QDockWidget], height: int, first: int, *, has_picture: bool) -> None:
        """`seen` are the docks at the bottom that can be seen, all of them `height` high, and `first` at first.

        `has_picture`: in any of them there is one.
        """
        line = self._window.fontMetrics().lineSpacing()
        if not has_picture:
            if self.low and abs(height - self._high) <= NEAR_LINES * line:
                self._resize(seen, self.low)
            self.forget()
            return
        whole = self._centre.height() + height
        most = min((1 - PLOTS_SHARE) * whole, whole - PLOTS_LINES * line)
        wanted = round(min(most, PICTURE_LINES * line))
        is_dragged = bool(self._high) and abs(height - self._high) > NEAR_LINES * line
        if abs(height - wanted) <= 1 and not self.low:  # so it was before the text had another size
            self.low, self._high = first, wanted
        elif not is_dragged and (height < wanted or self.low):
            self.low, self._high = self.low or height, wanted
            self._resize(seen, wanted)

    def forget(self) -> None:
        """Docks have other sizes from now on: those at the bottom are low, unless they are raised again."""
        self.low = self._high = 0

    def _resize(self, docks: Collection[QDockWidget], height: int) -> None:
        self._window.resizeDocks(list(docks), [height] * len(docks), Qt.Orientation.Vertical)
