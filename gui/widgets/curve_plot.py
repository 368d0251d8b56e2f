"""A plot of curves over a run: seams, a crosshair, and only as many points as there are pixels.

Items are made once and reused. Pens are solid and not antialiased, which is what pyqtgraph draws fast; data handed to
it is finite and already thinned, so it has nothing to check or to thin.
"""

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from gui.look.theme import plot_colours
from gui.look.view import ALL, FOLLOW, FREE, PlotView
from gui.model.curves import Curve
from gui.text.seams import Seam
from gui.widgets.axes import LeanAxis, TimeAxis
from gui.widgets.seam_labels import SeamLabels

FOLLOW_SHARE = 0.25
MARGIN_FRAC = 0.06
HEADROOM_FRAC = 0.35
"""Above a rate, for the labels of seams: a rate is highest where it is read, a loss is not."""
SEAM_REACH_PIXELS = 6


@dataclass(frozen=True)
class Trace:
    """A curve, and how it is drawn: `width` in pixels, `is_behind` the others."""

    curve: Curve
    colour: QColor
    width: int = 1
    is_dashed: bool = False
    is_behind: bool = False


class CurvePlot(pg.PlotWidget):
    """The plot. `lines` are its curves by name, `seams` what stands at its seams; `draw` shows a range of them."""

    range_changed = Signal()
    """The visible x range changed by hand: draw again."""

    def __init__(self, view: PlotView, parent: QWidget | None = None) -> None:
        self._x_axis = TimeAxis("bottom")
        super().__init__(parent, axisItems={"bottom": self._x_axis, "left": LeanAxis("left")}, enableMenu=False)
        self.view = view
        self.lines: dict[str, pg.PlotCurveItem] = {}
        self._extent = (0.0, 1.0)
        self._free_y = False
        self._grid = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True, antialias=False)
        self._grid.setZValue(-5)
        self._y_from_zero = False
        self._painted_for: object = None
        self._blank: tuple[str, bool, bool] | None = ("step", False, False)
        """How an empty plot is drawn; None while it is not empty."""
        item = self.getPlotItem()
        self.seams = SeamLabels(item)
        item.hideButtons()
        item.disableAutoRange()
        item.getAxis("left").setWidth(64)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.leads = view.link(item.getViewBox())
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self._cross.hide()
        self.addItem(self._cross, ignoreBounds=True)
        self.addItem(self._grid, ignoreBounds=True)
        item.getViewBox().sigXRangeChanged.connect(self._on_range)
        item.getViewBox().sigRangeChangedManually.connect(self._on_manual)
        self.scene().sigMouseMoved.connect(self._on_mouse)
        view.crosshair_moved.connect(self._show_crosshair)
        self._paint_colours()
        self._show_numbers(shown=False)

    def y_from_zero(self) -> None:
        """The y axis always begins at 0 (a rate, not a loss)."""
        self._y_from_zero = True

    # Drawing ---------------------------------------------------------------------------------------------------------

    def draw(self, traces: dict[str, Trace], seams: list[Seam], extent: tuple[float, float]) -> None:
        """Show these and no others over the visible range, by name; `extent` is where data lies on the x axis."""
        blank = None
        if not seams and not any(len(trace.curve) for trace in traces.values()):
            blank = (self.view.x_kind, self.view.log_x, self.view.log_y)
        if blank is not None and blank == self._blank:
            return  # there was nothing, and there is nothing: most of all before the window is first painted
        if (blank is None) != (self._blank is None):
            self._show_numbers(shown=blank is None)
        self._blank = blank
        self._extent = extent
        self._x_axis.kind = self.view.x_kind
        if self._x_axis.logMode != self.view.log_x:
            self._x_axis.setLogMode(self.view.log_x)
        y_axis = self.getPlotItem().getAxis("left")
        log_y = self.view.log_y and not self._y_from_zero
        if y_axis.logMode != log_y:
            y_axis.setLogMode(log_y)
        if self.leads:
            self._place_x()
        low, high = self._visible()
        lowest, highest = math.inf, -math.inf
        pixels = max(64, round(self.getPlotItem().getViewBox().width()))
        for name in self.lines.keys() - traces.keys():
            self.lines[name].setVisible(False)
        for name, trace in traces.items():
            line = self._line(name, trace)
            x, y = trace.curve.points(self.view.x_kind, low, high, pixels, log_x=self.view.log_x)
            if self.view.log_x or log_y:
                positive = (x > 0) & ((y > 0) if log_y else True)
                x, y = x[positive], y[positive]
                x = np.log10(x) if self.view.log_x else x
                y = np.log10(y) if log_y else y
            line.setData(x, y, skipFiniteCheck=True, connect="all")
            if len(y):
                lowest, highest = min(lowest, float(y.min())), max(highest, float(y.max()))
        self._place_y(lowest, highest)
        # The items' new places are worked out now: left to the paint, it would ask for a second one.
        self.getPlotItem().getViewBox().prepareForPaint()
        self._place_grid()
        self.seams.place(seams, log_x=self.view.log_x)

    def _show_numbers(self, *, shown: bool) -> None:
        """Numbers along the axes; where there is nothing to be read off, they would only be made up."""
        for side in ("left", "bottom"):
            self.getPlotItem().getAxis(side).setStyle(showValues=shown)

    def _line(self, name: str, trace: Trace) -> pg.PlotCurveItem:
        """What draws the trace of that name, with its looks; made the first time."""
        if name not in self.lines:
            self.lines[name] = pg.PlotCurveItem(connect="all", skipFiniteCheck=True, antialias=False)
            self.lines[name].looks = None
            self.addItem(self.lines[name])
        line = self.lines[name]
        looks = (trace.colour.rgb(), trace.width, trace.is_dashed, trace.is_behind)
        if line.looks != looks:
            line.looks = looks
            line.setZValue(1 if trace.is_behind else 5)
            dash = Qt.PenStyle.DashLine if trace.is_dashed else Qt.PenStyle.SolidLine
            line.setPen(pg.mkPen(color=trace.colour, width=trace.width, style=dash))
        line.setVisible(True)
        return line

    def _visible(self) -> tuple[float, float]:
        low, high = self.getPlotItem().getViewBox().viewRange()[0]
        if self.view.log_x:
            return 10 ** min(low, 300.0), 10 ** min(high, 300.0)
        return low, high

    def _place_x(self) -> None:
        """As the view wants it: all of the run, its latest part, or where the user has moved it."""
        first, last = self._extent
        last = max(last, first + 1e-6)
        if self.view.follow == FREE:
            return
        if self.view.follow == FOLLOW:
            first = max(first, last - max((last - first) * FOLLOW_SHARE, 1e-6))
        if self.view.log_x:
            first, last = math.log10(max(first, min(1.0, last / 10), 1e-3)), math.log10(max(last, 1e-3 * 10))
        self.view.is_placing = True
        self.getPlotItem().getViewBox().setXRange(first, last, padding=0.015)
        self.view.is_placing = False

    def _place_y(self, lowest: float, highest: float) -> None:
        if self._free_y or lowest > highest:
            return
        if self._y_from_zero:
            lowest = 0.0
        margin = max((highest - lowest) * MARGIN_FRAC, abs(highest) * 1e-3, 1e-9)
        below = 0.0 if self._y_from_zero else margin
        above = HEADROOM_FRAC * highest if self._y_from_zero else 2 * margin
        self.getPlotItem().getViewBox().setYRange(lowest - below, highest + above, padding=0)

    def _place_grid(self) -> None:
        """A line at every major tick of the y axis: the axis' own grid costs more than all curves together."""
        box = self.getPlotItem().getViewBox()
        (left, right), (low, high) = box.viewRange()
        ticks = self.getPlotItem().getAxis("left").tickValues(low, high, max(1.0, box.height()))
        values = np.array(ticks[0][1] if ticks else [], float)
        self._grid.setData(np.tile([left, right], len(values)), np.repeat(values, 2), connect="pairs")

    # Hand and eye ----------------------------------------------------------------------------------------------------

    def mouseDoubleClickEvent(self, event: object) -> None:
        """A double click shows all of the run again."""
        self._free_y = False
        self.view.set(follow=ALL)
        super().mouseDoubleClickEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The crosshair goes with the mouse."""
        self.view.point_at(None)
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._paint_colours()

    def _on_range(self) -> None:
        if not self.view.is_placing:
            self.range_changed.emit()

    def _on_manual(self, axes: list[bool]) -> None:
        if axes[1] and not axes[0]:
            self._free_y = True
        elif axes[0]:
            self.view.set(follow=FREE)

    def _on_mouse(self, at: QPointF) -> None:
        if self.getPlotItem().sceneBoundingRect().contains(at):
            box = self.getPlotItem().getViewBox()
            x = box.mapSceneToView(at).x()
            # Labels that found no room are read that way.
            self.setToolTip(self.seams.hints_near(x, SEAM_REACH_PIXELS * box.viewPixelSize()[0]))
            self.view.point_at(10 ** min(x, 300.0) if self.view.log_x else x)

    def _show_crosshair(self) -> None:
        x = self.view.crosshair
        self._cross.setVisible(x is not None)
        if x is not None:
            self._cross.setPos(math.log10(max(x, 1e-3)) if self.view.log_x else x)

    # Colours ---------------------------------------------------------------------------------------------------------

    def _paint_colours(self) -> None:
        look = (self.palette().cacheKey(), self.font().toString())
        if not hasattr(self, "_cross") or look == self._painted_for:
            return
        self._painted_for = look
        colours = plot_colours(self.palette())
        self.setBackground(colours.background)
        font = self.font()
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(colours.grid))
            axis.setTextPen(pg.mkPen(colours.muted))
            axis.setTickFont(font)
            axis.setStyle(tickLength=4)
        self.getPlotItem().getAxis("left").setWidth(round(self.fontMetrics().horizontalAdvance("0000000")) + 12)
        self._grid.setPen(pg.mkPen(colours.grid))
        self._cross.setPen(pg.mkPen(color=colours.muted, width=1, style=Qt.PenStyle.DotLine))
        self.seams.paint(colours, font)
