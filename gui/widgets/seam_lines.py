"""Seams on a plot: a thin line each, all of them one item. What they say stands in the ribbon, and under the mouse."""

import math
from bisect import bisect_left, bisect_right

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from gui.look.theme import PlotColours
from gui.text.seams import Seam

LEAST_X = 1e-3
"""Where a logarithmic axis begins."""
LEAST_PIXELS = 3.0
"""Between two lines: seams that lie closer are one line, or they would be a field of grey."""


class SeamLines:
    """The seams of one plot. `paint` gives them their look, `place` their places; `hints_near` is for the mouse."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._item = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True, antialias=False)
        self._item.setZValue(2)
        plot.addItem(self._item, ignoreBounds=True)
        self._positions: list[float] = []
        self.shown: list[Seam] = []
        """All of them, by position."""

    def paint(self, colours: PlotColours) -> None:
        """The look of the theme in force, from now on."""
        self._item.setPen(pg.mkPen(color=colours.seam, width=1, style=Qt.PenStyle.DashLine))

    def show_lines(self, *, shown: bool) -> None:
        """Draw the lines, or leave them to the mouse alone: where a plot is blank they would stand behind words."""
        self._item.setVisible(shown)

    def place(self, seams: list[Seam], *, log_x: bool) -> None:
        """Show these and no others, in the range that the plot has now; they come in order."""
        self.shown = seams
        positions = [seam.position for seam in seams]
        self._positions = [math.log10(max(at, LEAST_X)) for at in positions] if log_x else positions
        box = self._plot.getViewBox()
        (left, right), (bottom, top) = box.viewRange()
        least = LEAST_PIXELS * (right - left) / max(1.0, box.width())
        places: list[float] = []
        for at in self._positions[bisect_left(self._positions, left) : bisect_right(self._positions, right)]:
            if not places or at - places[-1] >= least:
                places.append(at)
        ends = [bottom, top] * len(places)
        self._item.setData(np.repeat(np.array(places, float), 2), np.array(ends, float), connect="pairs")

    def hints_near(self, x: float, reach: float) -> str:
        """What the seams not further than `reach` from `x` have to say, both in units of the plot's x axis."""
        near = slice(bisect_left(self._positions, x - reach), bisect_right(self._positions, x + reach))
        return "\n".join(seam.hint for seam in self.shown[near])
