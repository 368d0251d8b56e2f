"""The plot of a picture: lean axes, no mouse, and everything as large as the letters around it."""

import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from gui.look.scale import TIGHT
from gui.look.theme import plot_colours
from gui.widgets.axes import LeanAxis

LEAST_LINES, WIDE_NUMBER = 3.75, "00.00"
"""Of text, a plot's height: below it nothing is read off it; and a number that has room along its axis."""


class PicturePlot(pg.PlotWidget):
    """A plot that fits what it is shown."""

    def __init__(self) -> None:
        super().__init__(axisItems={side: LeanAxis(side) for side in ("bottom", "left")}, enableMenu=False)
        self.setMouseEnabled(False, False)
        self.hideButtons()

    def dress(self, around: QWidget, least_lines: float = LEAST_LINES) -> None:
        """Colours and letters of what is around it; so many lines of text it is high at least."""
        colours, letters = plot_colours(around.palette()), around.fontMetrics()
        line = letters.height()
        self.setBackground(colours.background)
        self.setMinimumHeight(round(least_lines * line))
        self.getPlotItem().layout.setContentsMargins(TIGHT, line / 2, line / 2, TIGHT)  # the last numbers are whole
        for side, least in (("bottom", letters.horizontalAdvance(WIDE_NUMBER)), ("left", line)):
            axis = self.getAxis(side)
            axis.setPen(colours.grid)
            axis.setTextPen(colours.foreground)
            axis.least_pixels = least
            axis.setTickFont(around.font())
