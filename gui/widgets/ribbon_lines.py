"""How many lines the ribbon takes: those that most runs come to need are there from the first, and none goes again.

    many lines             few lines
    modes                  modes
    what is special        key, or what is special
    key

So plots below it stay where they are as modes come. More lines come where more modes need them.
"""

from PySide6.QtWidgets import QWidget

from gui.widgets.few_lines import FEW_LINES, LARGEST_LINES, has_few_lines

LEAST_LINES = 3, 2
"""In a window of many lines, and in one of few."""
MOST_KEY_LINES, KEY_LINES = 4, 2
"""Where there is room for more, and where plots need it."""


class RibbonLines:
    """The lines of one ribbon, which keeps those that it had: for one run, in a place of one size."""

    def __init__(self, ribbon: QWidget) -> None:
        self._ribbon = ribbon
        self.has_room = False
        """In a window of any but a few lines."""
        self._kept, self._room = 0, (0, 0, False)

    @property
    def is_crowded(self) -> bool:
        """The window has few lines of this size: the plots need them, and the mouse is told what has no line.

        What passes has none then, and the key one where short names have room in it.
        """
        return has_few_lines(self._ribbon, LARGEST_LINES if self.has_room else FEW_LINES)

    @property
    def most_of_key(self) -> int:
        """The most lines that the key may have."""
        return MOST_KEY_LINES if self.has_room else KEY_LINES

    def count(self, wanted: int) -> int:
        """The number of lines there are where so many are wanted now."""
        place = self._place()
        return max(wanted, LEAST_LINES[place[-1]], self._kept if place == self._room else 0)

    def keep(self, wanted: int) -> None:
        """Keep as many lines as are wanted now: there are no fewer from now on."""
        self._kept, self._room = self.count(wanted), self._place()

    def forget(self) -> None:
        """Keep no lines for a run that is shown no more: another may need fewer."""
        self._kept = 0

    def _place(self) -> tuple[int, int, bool]:
        return self._ribbon.width(), self._ribbon.fontMetrics().height(), self.is_crowded
