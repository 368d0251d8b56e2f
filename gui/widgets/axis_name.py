"""What runs along a plot's x axis, in the corner below the numbers of its y axis: it takes no room from the curves."""

import pyqtgraph as pg
from PySide6.QtWidgets import QLabel

from gui.look.scale import HALF, SMALL, TIGHT, set_letters
from gui.look.theme import set_note

FIRST_LABEL = "0:00"
"""The widest number that usually stands where the axis begins: half of it lies left of that."""


class AxisName(QLabel):
    """A word over the plot it is given, on the line of the numbers of its x axis."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        set_letters(self, SMALL)
        set_note(self)

    def show_name(self, name: str) -> None:
        """Write what runs along the axis; "" is nothing."""
        if name != self.text():
            self.setText(name)
            self.place()

    def place(self) -> None:
        """Stand where the axes of the plot leave the corner, at its size now."""
        self.adjustSize()
        item = self._plot.getPlotItem()
        line, beside = item.getAxis("bottom").height(), item.getAxis("left").width()
        left = beside - self._plot.fontMetrics().horizontalAdvance(FIRST_LABEL) // 2 - self.width()
        top = self._plot.height() - TIGHT - line + (line - self.height()) // 2
        self.move(max(HALF, round(left)), round(top))
