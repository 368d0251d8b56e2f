"""When what is painted along an x axis is to be painted anew, while the run that it is of goes on.

All of it moves to the left at every frame, in a long run by much less than a pixel: what nobody can see is not painted.
"""

from collections.abc import Callable
from math import inf

import msgspec
from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

LEAST_PIXELS = 0.5
"""What has moved by less stands where it stood."""


class Along(msgspec.Struct, frozen=True):
    """How something lies along an axis. `first` and `last` are the outermost of its places, and `end` is the run's."""

    wanted: QSize
    """How large it is where it has room; another size is another picture."""
    area: tuple[float, float]
    """From where to where the axis lies, in pixels."""
    axis: tuple[float, float]
    """What it shows; this and all other places are in its units."""
    first: float
    last: float
    end: float

    def x(self, at: float) -> float:
        """Where a place of the axis is, in pixels, outside of the area too."""
        (left, right), (low, high) = self.area, self.axis
        return left + (at - low) / (high - low) * (right - left)

    def moved(self, before: "Along") -> float:
        """By how many pixels at most anything that is seen has moved since; what lies in between moves evenly."""
        if (self.wanted, self.area) != (before.wanted, before.area):
            return inf
        (left, right), (low, high) = self.area, self.axis
        first, last = max(self.first, low), min(self.last, high)
        end, its_end = (min(max(places.x(places.end), left), right) for places in (self, before))
        moved = [end - its_end, *(self.x(at) - before.x(at) for at in (first, last) if first <= last)]
        return max(map(abs, moved))


class Drift(QObject):
    """Has a widget painted anew when anything has moved that `places` tells, once it is asked to `follow`."""

    def __init__(self, widget: QWidget, places: Callable[[], Along]) -> None:
        super().__init__(widget)
        self._widget, self._places = widget, places
        self._painted: Along | None = None
        self._is_asked = False

    def follow(self) -> None:
        """Look whether anything has moved, when all plots have their axis; may be called often."""
        if not self._is_asked:
            self._is_asked = True
            QTimer.singleShot(0, self, self._look)

    def note(self, event: QPaintEvent) -> None:
        """Take in that the widget is being painted: all of it, or else the rest stays as it was."""
        if event.rect().contains(self._widget.rect()):
            self._painted = self._places()

    def _look(self) -> None:
        self._is_asked = False
        if self._painted is None or self._places().moved(self._painted) >= LEAST_PIXELS:
            self._widget.update()
