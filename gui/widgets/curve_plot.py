"""A plot of curves over a run: seams, a crosshair, and only as many points as there are pixels.

Items are made once and reused. Pens are solid and not antialiased, which is what pyqtgraph draws fast; data handed to
it is finite and already thinned, so it has nothing to check or to thin.
"""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from gui.look.scale import HALF, TIGHT, WIDE
from gui.look.theme import plot_colours
from gui.look.view import ALL, FOLLOW, FREE, PlotView
from gui.model.columns import Floats
from gui.text.seams import Seam
from gui.widgets.axes import LeanAxis, TimeAxis
from gui.widgets.axis_name import AxisName
from gui.widgets.plot_range import Reach
from gui.widgets.seam_lines import SeamLines
from gui.widgets.spike_marks import SpikeMarks
from gui.widgets.traces import DrawnTraces, Trace

FOLLOW_SHARE = 0.25
MARGIN_FRAC = 0.06
SEAM_REACH_PIXELS = 6
LEAST_WIDTH, LEAST_LINES, LEAST_PIXELS = 200, 4.1, (75, 90)
"""Of a plot, in pixels; of what curves are drawn in, in lines of text, and within which pixels that is."""


class CurvePlot(pg.PlotWidget):
    """The plot; `draw` shows a range of curves. `seams`: vertical lines; `spikes`: where values leave the axis."""

    range_changed = Signal()
    """The visible x range changed by hand: draw again."""

    def __init__(self, view: PlotView, parent: QWidget | None = None) -> None:
        self._x_axis = TimeAxis("bottom")
        super().__init__(parent, axisItems={"bottom": self._x_axis, "left": LeanAxis("left")}, enableMenu=False)
        self.view = view
        self.sentence: QLabel | None = None
        """What is said over all of it while it is blank."""
        self._extent = (0.0, 1.0)
        self._free_y, self._reach = False, Reach()
        self._grid = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True, antialias=False)
        self._grid.setZValue(-5)
        self._y_from_zero = False
        self._has_head = False
        self._painted_for: object = None
        self._blank: tuple[str, bool, bool] | None = ("step", False, False)
        """How an empty plot is drawn; None while it is not empty."""
        item = self.getPlotItem()
        self.seams, self.spikes = SeamLines(item), SpikeMarks(item)
        self._drawn = DrawnTraces(item)
        self.lines = self._drawn.items
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
        view.changed.connect(self._show_fit)
        view.other_run.connect(self._fit_y)
        self._fit = QToolButton(self)
        self._fit.setProperty("slim", True)
        self._fit.setText(self.tr("Fit"))
        self._fit.setToolTip(self.tr("Show all of the run again. (A double click does so, too.)"))
        self._fit.clicked.connect(self.fit)
        self._fit.hide()
        self.x_name = AxisName(self)
        self._paint_colours()
        self._show_axes()

    def minimumSizeHint(self) -> QSize:
        """High enough for curves to be read, above the numbers along the axis, in any text size."""
        box = int(np.clip(LEAST_LINES * (line := self.fontMetrics().lineSpacing()), *LEAST_PIXELS))
        return QSize(LEAST_WIDTH, self._head_pixels() + box + line + 2 * HALF + TIGHT)

    def y_from_zero(self) -> None:
        """The y axis begins at 0, unless it is logarithmic (a rate, not a loss)."""
        self._y_from_zero = True

    def y_in_percent(self, is_share: bool) -> None:
        """Numbers along the y axis are those of shares, 80 % and not 0.8; or of anything else."""
        self.getPlotItem().getAxis("left").write_shares(in_percent=is_share)

    def keep_head(self) -> int:
        """Keep a line of text free above the curves, for what is said of them; its height in pixels."""
        if not self._has_head:
            self._has_head, self._painted_for = True, None
            self._paint_colours()
        return self._head_pixels()

    def _head_pixels(self) -> int:
        height = self.fontMetrics().height()
        return height + HALF if self._has_head else height // 2 + TIGHT

    # Drawing ---------------------------------------------------------------------------------------------------------

    def draw(self, traces: dict[str, Trace], seams: list[Seam], extent: tuple[float, float]) -> None:
        """Show these and no others over the visible range, by name; `extent` is where data lies on the x axis."""
        blank = None
        if (traces or not seams) and not any(len(trace.curve) for trace in traces.values()):
            blank = (self.view.x_kind, self.view.log_x, self.view.log_y)
        if blank is not None and blank == self._blank:
            if seams or self.seams.shown:
                self.seams.place(seams, log_x=self.view.log_x)  # for the mouse
            return  # there was nothing, and there is nothing: most of all before the window is first painted
        was_blank, self._blank = self.is_blank, blank
        if self.is_blank != was_blank:
            self._show_axes()
        self._extent = extent
        self._x_axis.kind = self.view.x_kind
        if self._x_axis.logMode != self.view.log_x:
            self._x_axis.setLogMode(self.view.log_x)
        y_axis = self.getPlotItem().getAxis("left")
        log_y = self.view.log_y
        if y_axis.logMode != log_y:
            y_axis.setLogMode(log_y)
        if self.leads:
            places = [trace.curve.axis.of(self.view.x_kind) for trace in traces.values()]
            starts = [float(x[at]) for x in places if (at := int(np.searchsorted(x, 0.0, side="right"))) < len(x)]
            self._place_x(min(starts, default=1.0))
        low, high = self._visible()
        values = self._drawn.draw(traces, self.view, low, high, log_y=log_y)
        self._place_y([y for _, y in values], log_y=log_y)
        self.spikes.place(values)
        # The items' new places are worked out now: left to the paint, it would ask for a second one.
        self.getPlotItem().getViewBox().prepareForPaint()
        self._place_grid()
        self.seams.place(seams, log_x=self.view.log_x)

    @property
    def is_blank(self) -> bool:
        """Nothing is drawn, for there is no point yet: no axis and no line stands behind what is said there instead."""
        return self._blank is not None

    def _show_axes(self) -> None:
        """Axes, their numbers and all lines; where there is nothing to be read off, they would only be made up."""
        shown, grid = not self.is_blank, plot_colours(self.palette()).grid
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setStyle(showValues=shown)
            axis.setPen(pg.mkPen(grid if shown else None))
        self._grid.setVisible(shown)
        self.seams.show_lines(shown=shown)
        self.x_name.setVisible(shown)

    def _visible(self) -> tuple[float, float]:
        low, high = self.getPlotItem().getViewBox().viewRange()[0]
        if self.view.log_x:
            return 10 ** min(low, 300.0), 10 ** min(high, 300.0)
        return low, high

    def _place_x(self, start: float) -> None:
        """As the view wants it: all of the run, its latest part, or where the user has moved it.

        A logarithmic axis begins at `start`, the first point it has a place for: no validation before step 1.
        """
        first, last = self._extent
        last = max(last, first + 1e-6)
        if self.view.follow == FREE:
            return
        if self.view.follow == FOLLOW:
            first = max(first, last - max((last - first) * FOLLOW_SHARE, 1e-6))
        if self.view.log_x:
            first, last = math.log10(max(first, min(start, last / 10), 1e-6)), math.log10(max(last, 1e-5))
        self.view.is_placing = True
        self.getPlotItem().getViewBox().setXRange(first, last, padding=0.015)
        self.view.is_placing = False

    def _place_y(self, values: list[Floats], *, log_y: bool) -> None:
        if self._free_y or not values:
            return
        from_zero = self._y_from_zero and not log_y
        lowest = 0.0 if from_zero else min(float(y.min()) for y in values)
        is_even = log_y or self._y_from_zero  # no spike flattens a logarithm, and rates are medians
        highest = max(float(y.max()) for y in values) if is_even else self._reach.top(values)
        margin = max((highest - lowest) * MARGIN_FRAC, abs(highest) * 1e-3, 1e-9)
        below = 0.0 if from_zero else margin
        self.getPlotItem().getViewBox().setYRange(lowest - below, highest + 2 * margin, padding=0)

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
        self.fit()
        super().mouseDoubleClickEvent(event)

    def fit(self) -> None:
        """Show all of the run again, on both axes."""
        self._fit_y()
        self.view.set(follow=ALL)

    def _fit_y(self) -> None:
        self._free_y = False
        self._show_fit()

    def _show_fit(self) -> None:
        """The way back, while the plot shows what somebody has moved it to: at the right of all that is drawn."""
        self._fit.setVisible(self._free_y or self.view.follow == FREE)
        self._fit.adjustSize()
        bottom = self.height() - TIGHT - round(self.getPlotItem().getAxis("bottom").height())
        self._fit.move(self.width() - self._fit.width() - 1, bottom - self._fit.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The button stays in its corner, and a sentence in the middle."""
        super().resizeEvent(event)
        if hasattr(self, "x_name"):
            if self.sentence is not None:
                self.sentence.setGeometry(self.rect().adjusted(WIDE, 0, -WIDE, 0))
            self._show_fit()
            self.x_name.place()

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
            self._show_fit()
        elif axes[0]:
            self.view.set(follow=FREE)

    def _on_mouse(self, at: QPointF) -> None:
        if self.getPlotItem().sceneBoundingRect().contains(at):
            box = self.getPlotItem().getViewBox()
            x = box.mapSceneToView(at).x()
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
        if not hasattr(self, "x_name") or look == self._painted_for:
            return
        self._painted_for = look
        colours = plot_colours(self.palette())
        self.setBackground(colours.background)
        font = self.font()
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(None if self.is_blank else colours.grid))
            axis.setTextPen(pg.mkPen(colours.muted))
            axis.setTickFont(font)
            axis.setStyle(tickLength=4)
        # Room for whole labels: the first and the last of an axis reach half their size beyond its end.
        metrics = self.fontMetrics()
        self.getPlotItem().getAxis("left").setWidth(metrics.horizontalAdvance("0000000") + 12)
        self.getPlotItem().getAxis("left").least_pixels = metrics.height()
        self.getPlotItem().getAxis("bottom").least_pixels = metrics.horizontalAdvance("0,000,000")
        self.getPlotItem().getAxis("bottom").setHeight(metrics.height() + 8)
        half = metrics.horizontalAdvance("0,000,000") // 2 + 2
        ends = self._head_pixels(), max(half, self._fit.sizeHint().width() + HALF)  # the button covers no curve
        self.getPlotItem().layout.setContentsMargins(TIGHT, ends[0], ends[1], TIGHT)
        self.getPlotItem().getAxis("bottom").setStyle(hideOverlappingLabels=half)  # by itself: those beyond 15 pixels
        self._grid.setPen(pg.mkPen(colours.grid))
        self._cross.setPen(pg.mkPen(color=colours.muted, width=1, style=Qt.PenStyle.DotLine))
        self.seams.paint(colours)
        self.x_name.place()
