"""The bubble over the number of micro-batches: a dashed line for the formula, a mark for each pipeline measured."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent

from engine.config import roles
from engine.config.mode import ComputeMode, make_mode
from engine.config.technique_card import OptionCard
from engine.metrics.segment_sums import bubble_theory
from gui.look.theme import VERMILLION, plot_colours
from gui.widgets.axes import LeanAxis

MARKS = (("o", "●"), ("t1", "▲"), ("s", "■"), ("d", "◆"), ("star", "★"))
"""Of a pipeline's schedules in their order: pyqtgraph's name of a mark, and the mark in a text."""
MOST_DRAWN = 16
"""Micro-batches on the axis, unless more are in force."""
DIM = 0.6
"""Of what is of a pipeline that is not in force any more."""
LARGE, SMALL = 13, 9
"""Pixels of the mark of the pipeline in force, and of others; beside larger letters than those they are larger."""
LINE_PIXELS = 16
"""High are letters beside which marks have that size."""


class BubblePlot(pg.PlotWidget):
    """Draws all pipelines that were measured with as many stages as the one in force, beside the formula."""

    def __init__(self) -> None:
        self._counts = LeanAxis("bottom")
        self._shares = LeanAxis("left")
        super().__init__(axisItems={"bottom": self._counts, "left": self._shares}, enableMenu=False)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.setAccessibleName(self.tr("Bubble over micro-batches: formula and measurements"))
        self._theory = self.plot()
        self._measured = pg.ScatterPlotItem(pxMode=True)
        self.addItem(self._measured)
        self._space_numbers()
        self._paint_colours()

    def show_pipelines(
        self, mode: ComputeMode, found: Sequence[tuple[ComputeMode, float]], *, is_past: bool = False
    ) -> bool:
        """Draw these shares of the time, by mode, beside the formula of `mode`; whether there is anything to see.

        `is_past`: no pipeline is in force, and this was the last one; all of it is dim.
        """
        for item in (self._theory, self._measured):
            item.setOpacity(DIM if is_past else 1.0)
        stages = stages_of(mode)
        like = [(other, measured) for other, measured in found if stages_of(other) == stages]
        most = max([MOST_DRAWN, *(roles.microbatches(other) for other, _ in like)])
        counts = np.arange(1, most + 1)
        if stages > 1:
            theory = [100 * bubble_theory(_with_microbatches(mode, int(count))) for count in counts]
            self._theory.setData(counts, theory)
        else:
            self._theory.setData([], [])
        self._measured.setData(
            [roles.microbatches(other) for other, _ in like],
            [100 * measured for _, measured in like],
            symbol=[mark_of(roles.option_with(other, "schedule"), roles.schedule_name(other))[0] for other, _ in like],
            size=[self._dot(LARGE if other == mode else SMALL) for other, _ in like],
        )
        self.setXRange(1, most)
        self.setYRange(0, 100)
        return stages > 1 or bool(like)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the theme, and of the size of the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_measured"):
            self._paint_colours()
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_measured"):
            self._space_numbers()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width, other words have room along the axis."""
        super().resizeEvent(event)
        if hasattr(self, "_measured"):
            self._space_numbers()

    def _dot(self, pixels: int) -> int:
        """How large a mark is beside letters as large as they are now."""
        return max(pixels, round(pixels * self.fontMetrics().height() / LINE_PIXELS))

    def _space_numbers(self) -> None:
        for side in ("left", "bottom"):
            self.getAxis(side).label.setFont(self.font())  # it keeps the one it was made with
            self.getAxis(side).setTickFont(self.font())  # else it has the application's, in a presenter's layout too
        self.setLabel("left", self.tr("bubble %"))  # with as much room as its letters take now
        metrics = self.fontMetrics()
        self._counts.least_pixels, self._shares.least_pixels = metrics.horizontalAdvance("000"), metrics.height()
        self.getPlotItem().setContentsMargins(0, metrics.height() // 2, 0, 0)  # half of the topmost number
        label = self.tr("micro-batches m")
        has_room = metrics.horizontalAdvance(label) < self.getViewBox().width()
        self._counts.setLabel(label if has_room else "m")  # as the knob beside it has it

    def _paint_colours(self) -> None:
        colours = plot_colours(self.palette())
        self.setBackground(colours.background)
        self._theory.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self._measured.setBrush(VERMILLION)
        self._measured.setPen(None)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(colours.muted)
            axis.setTextPen(colours.foreground)


def stages_of(mode: ComputeMode) -> int:
    """Ranks along which layers are cut; 1 where they are not."""
    return mode.degree(roles.stages_axis(mode))


def mark_of(option: OptionCard | None, schedule: str) -> tuple[str, str]:
    """The mark of a schedule: pyqtgraph's name of it, and the mark in a text."""
    at = option.choices.index(schedule) if option is not None and schedule in option.choices else 0
    return MARKS[min(at, len(MARKS) - 1)]


def _with_microbatches(mode: ComputeMode, count: int) -> ComputeMode:
    option = roles.option_with(mode, "microbatches")
    given: dict[str, int | str] = dict(mode.options)
    if option is not None:
        given[option.key] = count
    return make_mode(mode.device, dict(mode.degrees), given)
