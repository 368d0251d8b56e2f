"""Curves on a plot: lines, lines in pieces of several colours with a band behind them, and dots.

Items are made once and reused: one a colour of a curve, however many pieces there are.
"""

from itertools import pairwise
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from gui.look.view import PlotView
from gui.model.columns import Floats
from gui.model.curves import Curve
from gui.widgets.plot_items import APART, BESIDE_DOTS, DOT_LETTERS, DOT_PIXELS, Bands, Dots, between, spread

BEHIND_LINES = 4
"""Where dots lie, from back to front: before single steps, and behind the line that is smoothed from them."""
Drawn = TypeVar("Drawn", Bands, Dots)
BESIDE = 3
"""How far in front curves of a run beside the one that is shown are: single steps have 1, dots 4, lines 5."""


class Piece(msgspec.Struct, frozen=True):
    """A part of a curve, from its point `begin` on; those with one `key` are drawn together."""

    begin: int
    key: int
    line: QColor
    band: QColor


class Trace(msgspec.Struct, frozen=True):
    """A curve, and how it is drawn: `width` in pixels, `is_behind` the others."""

    curve: Curve
    colour: QColor
    width: int = 1
    is_behind: bool = False
    is_beside: bool = False
    """It is of a run beside the one that is shown: below the curves of that one, and of small dots."""
    is_ranged: bool = True
    """The y axis reaches as far as it does; a line that is smoothed from another does not decide that."""
    dash: tuple[int, ...] = ()
    """So many pixels of the line are drawn and left out by turns; () is all of it drawn."""
    is_dotted: bool = False
    """Values are dots, behind lines: where they are dense, as many as leave the lines to be seen."""
    pieces: tuple[Piece, ...] = ()
    """It is in several, each in its colours; () is one in `colour`."""
    band: tuple[Curve, Curve] | None = None
    """The curves between which lies what is drawn behind each piece."""


class DrawnTraces:
    """The curves of one plot, drawn anew each frame."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self.items: dict[str, Any] = {}
        """What draws them, by name; of a curve in pieces one a key."""

    def draw(
        self, traces: dict[str, Trace], view: PlotView, low: float, high: float, *, log_y: bool
    ) -> list[tuple[Floats, Floats]]:
        """Show these and no others between `low` and `high`: x and y of what decides the range, from left to right."""
        drawn = [self._draw_trace(name, trace, view, low, high, log_y=log_y) for name, trace in traces.items()]
        for name in self.items.keys() - {name for names, _, _ in drawn for name in names}:
            self.items[name].setVisible(False)
        ranged = [(x, y) for trace, (_, x, y) in zip(traces.values(), drawn, strict=True) if trace.is_ranged]
        return [(x, y) for x, y in ranged if len(y)]

    def _draw_trace(
        self, name: str, trace: Trace, view: PlotView, low: float, high: float, *, log_y: bool
    ) -> tuple[list[str], Floats, Floats]:
        """Draw the visible part of a trace: the names of the items that do so, and x and y of what they draw."""
        pixels = max(64, round(self._plot.getViewBox().width()))
        cuts = [piece.begin for piece in trace.pieces]
        kind, log_x = view.x_kind, view.log_x
        x, y, ends = trace.curve.points(kind, low, high, pixels, log_x=log_x, cuts=cuts)
        bounds = [each.points(kind, low, high, pixels, log_x=log_x, cuts=cuts)[1] for each in trace.band or ()]
        if log_x or log_y:
            positive = (x > 0) & ((y > 0) if log_y else True)
            ends = np.concatenate([[0], np.cumsum(positive)])[ends]
            x, y, bounds = x[positive], y[positive], [each[positive] for each in bounds]
            x = np.log10(x) if log_x else x
            if log_y and len(y):
                least = float(y.min()) / 2  # what stood still is as low as can be seen
                bounds = [np.log10(np.maximum(each, least)) for each in bounds]
                y = np.log10(y)
        if trace.is_dotted:
            box = self._plot.getViewBox()
            wide = max(DOT_PIXELS, DOT_LETTERS * box.getViewWidget().fontMetrics().height())
            (left, right), _ = box.viewRange()
            shown = spread(x, APART * wide * (right - left) / max(1.0, box.width()))
            dots = self._item(name, Dots)
            dots.show_dots(x[shown], y[shown], trace.colour, wide * (BESIDE_DOTS if trace.is_beside else 1.0))
            dots.setZValue(BESIDE if trace.is_beside else BEHIND_LINES)
            return [name], x, y
        if not trace.pieces:
            self._line(name, trace, trace.colour).setData(x, y, skipFiniteCheck=True, connect="all")
            return [name], x, y
        spans = list(zip(trace.pieces, pairwise([*ends.tolist(), len(x)]), strict=True))
        spans = [(piece, span) for piece, span in spans if span[1] > span[0]]
        names = [self._draw_pieces(name, trace, key, spans, x, y) for key in {piece.key for piece, _ in spans}]
        if bounds:
            names.append(f"{name} band")
            self._item(names[-1], Bands).show_pieces(
                [
                    (piece.band, between(x[first:last], bounds[0][first:last], bounds[1][first:last]))
                    for piece, (first, last) in spans
                ]
            )
        return names, x, np.concatenate([y, *bounds])

    def _draw_pieces(
        self, name: str, trace: Trace, key: int, spans: list[tuple[Piece, tuple[int, int]]], x: Floats, y: Floats
    ) -> str:
        """Draw all pieces of one key as one item, which has a gap where another piece lies; its name."""
        mine = [(piece, slice(*span)) for piece, span in spans if piece.key == key]
        joined = np.ones(sum(part.stop - part.start for _, part in mine), np.int32)
        joined[np.cumsum([part.stop - part.start for _, part in mine]) - 1] = 0
        line = self._line(f"{name} piece {key}", trace, mine[0][0].line)
        xs, ys = (np.concatenate([each[part] for _, part in mine]) for each in (x, y))
        line.setData(xs, ys, skipFiniteCheck=True, connect=joined)
        return f"{name} piece {key}"

    def _item(self, name: str, kind: type[Drawn]) -> Drawn:
        """What draws under that name; made the first time."""
        if name not in self.items:
            self.items[name] = kind()
            self._plot.addItem(self.items[name], ignoreBounds=True)
            self.items[name].setZValue(0 if kind is Bands else BEHIND_LINES)
        item: Drawn = self.items[name]
        item.setVisible(True)
        return item

    def _line(self, name: str, trace: Trace, colour: QColor) -> pg.PlotCurveItem:
        """The line of that name, with its looks; made the first time."""
        if name not in self.items:
            self.items[name] = pg.PlotCurveItem(connect="all", skipFiniteCheck=True, antialias=False)
            self.items[name].looks = None
            self._plot.addItem(self.items[name])
        line = self.items[name]
        looks = (colour.rgb(), trace.width, trace.is_behind, trace.is_beside, trace.dash)
        if line.looks != looks:
            line.looks = looks
            line.setZValue(1 if trace.is_behind else BESIDE if trace.is_beside else BEHIND_LINES + 1)
            pen = pg.mkPen(color=colour, width=trace.width)
            if trace.dash:
                pen.setDashPattern([pixels / trace.width for pixels in trace.dash])  # Qt counts in widths
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            line.setPen(pen)
        line.setVisible(True)
        return line
