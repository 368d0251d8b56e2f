"""Marks on a plot's upper edge, where values leave its y axis: one for those that lie close."""

from collections.abc import Iterable

import numpy as np
import pyqtgraph as pg

from gui.look.theme import VERMILLION
from gui.model.columns import Floats

MARK_PIXELS = 8
MOST_MARKS = 40


class SpikeMarks:
    """The marks of one plot, all of them one item; `places` are those of the last time, on the x axis."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._item = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True, antialias=False)
        self._item.setZValue(8)
        self._item.setPen(pg.mkPen(color=VERMILLION, width=2))
        plot.addItem(self._item, ignoreBounds=True)
        self.places: list[float] = []

    def place(self, values: Iterable[tuple[Floats, Floats]]) -> None:
        """Mark where these values, each x and y as they are drawn, leave the range that the plot has now."""
        box = self._plot.getViewBox()
        (left, right), (bottom, top) = box.viewRange()
        places: list[float] = []
        for x, y in values:
            for at in x[y[: len(x)] > top].tolist():
                if left <= at <= right and (not places or abs(at - places[-1]) > MARK_PIXELS * box.viewPixelSize()[0]):
                    places.append(at)
                if len(places) >= MOST_MARKS:
                    break
        height = (top - bottom) * MARK_PIXELS / max(1.0, box.height())
        half = (right - left) * MARK_PIXELS / 2 / max(1.0, box.width())
        x = np.array([[at - half, at, at, at + half] for at in places], float).reshape(-1)
        y = np.array([[top - height, top, top, top - height]] * len(places), float).reshape(-1)
        self._item.setData(x, y, connect="pairs")
        self.places = places
