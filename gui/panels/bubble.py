"""The bubble of a pipeline: what was measured in this run, over the number of micro-batches, beside the formula.

bubble = (p - 1) / (m + p - 1)        p stages, m micro-batches        (v m instead of m, with v stages a rank)

The knobs turn stages, micro-batches and schedule while the run goes: each turn is a shift.
"""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from engine.config import roles
from engine.config.cards import OptionCard, TechniqueCard, techniques
from engine.config.mode import ComputeMode, make_mode
from engine.config.mode_text import parse_mode
from engine.metrics.segment_sums import SegmentSums, bubble_theory
from gui.look.scale import GRID, TIGHT
from gui.look.theme import VERMILLION, plot_colours
from gui.look.view import PlotView
from gui.model.intents import Shift
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.todays_numbers import bubble_formula
from gui.widgets.flow import FlowRow

MARKS = (("o", "●"), ("t1", "▲"), ("s", "■"), ("d", "◆"), ("star", "★"))
"""Of a pipeline's schedules in their order: pyqtgraph's name of a mark, and the mark in a text."""
LEAST_LINES = 5
"""Of text, in height: what a plot needs to be read."""
MOST_DRAWN = 16
"""Micro-batches on the axis, unless more are in force."""


class BubblePanel(Panel):
    """Knobs, a sentence with the figures, and a plot of all pipelines of the run with as many stages."""

    panel_id = "bubble"
    area = "bottom"
    group = "second"
    order = 3
    watches = ("anatomy", "segments", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._mode = parse_mode("cpu,threads=1")
        self._knobs_of: object = None
        self._pipelines: list[SegmentSums] = []
        self._card: TechniqueCard | None = None
        """The pipeline that the knobs are of."""
        self._stages = self._knob(self.tr("Stages"))
        self._microbatches = self._knob(self.tr("Micro-batches"))
        self._schedule = QComboBox()
        self._schedule.setAccessibleName(self.tr("Schedule"))
        self._schedule.activated.connect(self._turn)
        for knob, help_text in (
            (
                self._stages,
                self.tr("Into how many stages the layers are cut (p). Shifts at the next step."),
            ),
            (self._microbatches, self.tr("Pieces a batch is cut into (m). Shifts at the next step.")),
            (self._schedule, self.tr("In which order a stage takes forward and backward. Shifts at the next step.")),
        ):
            knob.setToolTip(help_text)
        self._words = QLabel()
        self._words.setWordWrap(True)
        knobs = FlowRow()
        knobs.setContentsMargins(GRID, TIGHT, GRID, 0)
        self._stages.setPrefix("p = ")
        self._microbatches.setPrefix("m = ")
        for knob in (self._stages, self._microbatches, self._schedule):
            knobs.add_control(knob)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        layout.addWidget(knobs)
        layout.addWidget(self._words)
        layout.addStretch(1)
        self._show_knobs()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A plot takes long to make, and at first other panels lie before this one: it is made when it is seen."""
        super().paintEvent(event)
        if not hasattr(self, "_plot"):
            QTimer.singleShot(0, self, self._make_plot)

    def _make_plot(self) -> None:
        if hasattr(self, "_plot"):
            return
        self._plot = pg.PlotWidget(enableMenu=False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.setLabel("bottom", self.tr("micro-batches (dashed: theory)"))
        self._plot.setLabel("left", "%")
        self._plot.setAccessibleName(self.tr("Bubble over micro-batches: formula and measurements"))
        self._theory = self._plot.plot()
        self._measured = pg.ScatterPlotItem(pxMode=True)
        self._plot.addItem(self._measured)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.takeAt(layout.count() - 1)  # what stood for it
        layout.addWidget(self._plot, 1)
        self._plot.setMinimumHeight(LEAST_LINES * self.fontMetrics().height())
        self._colour()
        self._draw()

    def _knob(self, name: str) -> QSpinBox:
        box = QSpinBox()
        box.setKeyboardTracking(False)
        box.setAccessibleName(name)
        box.valueChanged.connect(self._turn)
        return box

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Bubble")

    def refresh(self, store: Store) -> None:
        """The pipelines of this run, the one in force at the front."""
        run = store.live
        self._mode = parse_mode(run.mode) if run.mode else parse_mode("cpu,threads=1")
        if self._knobs_of != (run.mode, run.refused):  # else they are as they were, or someone is at them
            self._knobs_of = (run.mode, run.refused)
            self._show_knobs()
        measured = run.board.sums()
        self._words.setText(self._sentence(next((sums for row, sums in measured if row.is_now), None)))
        self._pipelines = [sums for _, sums in reversed(measured) if sums.bubble is not None]
        self._draw()

    def _show_knobs(self) -> None:
        """What is in force; nobody has turned these."""
        pipelines = [card for card in techniques().values() if card.splits == "layers"]
        key = roles.stages_axis(self._mode)
        card = next((card for card in pipelines if card.key == key), None)
        knobs: tuple[QWidget, ...] = (self._stages, self._microbatches, self._schedule)
        for knob in knobs:
            knob.blockSignals(True)
        self._take_ranges(card or self._card or next(iter(pipelines), None))
        options = [roles.option_with(self._mode, role) for role in ("microbatches", "schedule")]
        for knob, is_there in zip(knobs, [card, *options], strict=True):
            knob.setEnabled(is_there is not None)
        if card is not None:
            self._stages.setValue(self._mode.degree(key))
            self._microbatches.setValue(roles.microbatches(self._mode))
            self._schedule.setCurrentIndex(self._schedule.findData(roles.schedule_name(self._mode)))
        for knob in knobs:
            knob.blockSignals(False)

    def _take_ranges(self, card: TechniqueCard | None) -> None:
        """What the knobs can be turned to, as the card of a pipeline says."""
        if card is None or card is self._card:
            return
        self._card = card
        options = {option.role: option for option in card.options}
        self._stages.setRange(max(2, card.minimum), card.maximum)
        pieces = options.get("microbatches")
        self._microbatches.setRange(*((pieces.minimum, pieces.largest) if pieces is not None else (1, 1)))
        self._schedule.clear()
        if (order := options.get("schedule")) is not None:
            for name in order.choices:
                self._schedule.addItem(f"{_mark(order, name)[1]} {name}", name)

    def _turn(self) -> None:
        """A knob was turned: the mode in force, with other numbers."""
        degrees = dict(self._mode.degrees) | {roles.stages_axis(self._mode): self._stages.value()}
        given: dict[str, int | str] = dict(self._mode.options)
        for role, value in (
            ("microbatches", self._microbatches.value()),
            ("schedule", self._schedule.currentData()),
        ):
            if (option := roles.option_with(self._mode, role)) is not None:
                given[option.key] = value
        threads = self._mode.threads if degrees == dict(self._mode.degrees) else None
        mode = make_mode(self._mode.device, degrees, given, threads, self._mode.precision)
        self.intent.emit(Shift(mode.text))

    def _sentence(self, entry: SegmentSums | None) -> str:
        if not roles.stages_axis(self._mode):
            return self.tr("Choose Parallelism › Pipeline parallel: its bubble is measured and drawn here.")
        if entry is None or entry.bubble is None:
            return self.tr("Measuring …")
        measured, theory = entry.bubble
        text = self.tr("bubble {measured} measured · {formula} = {theory} in theory").format(
            measured=f"{measured:.0%}", formula=bubble_formula(self._mode), theory=f"{theory:.0%}"
        )
        if (crowd := entry.crowd) is not None:
            share, ranks, cores = crowd
            text += self.tr(
                "\n{ranks} ranks on {cores} cores: without a core {share}; together at least {least}, by any schedule"
            ).format(ranks=ranks, cores=cores, share=f"{share:.0%}", least=f"{1 - cores / ranks:.0%}")
        return self.tr("SLOWDOWN · {text}").format(text=text) if entry.is_slowed_down else text

    def _draw(self) -> None:
        if not hasattr(self, "_plot"):
            return
        stages = _stages(self._mode)
        found = [
            (parse_mode(entry.mode), entry.bubble[0])
            for entry in self._pipelines
            if entry.bubble is not None and not entry.is_slowed_down
        ]
        like = [(mode, measured) for mode, measured in found if _stages(mode) == stages]
        self._plot.setVisible(stages > 1 or bool(like))  # an empty plot has no numbers to be read
        most = max([MOST_DRAWN, *(roles.microbatches(mode) for mode, _ in like)])
        counts = np.arange(1, most + 1)
        if stages > 1:
            theory = [100 * bubble_theory(_with_microbatches(self._mode, int(count))) for count in counts]
            self._theory.setData(counts, theory)
        else:
            self._theory.setData([], [])
        self._measured.setData(
            [roles.microbatches(mode) for mode, _ in like],
            [100 * measured for _, measured in like],
            symbol=[_mark(roles.option_with(mode, "schedule"), roles.schedule_name(mode))[0] for mode, _ in like],
            size=[13 if mode == self._mode else 9 for mode, _ in like],
        )
        self._plot.setXRange(1, most)
        self._plot.setYRange(0, 100)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_measured"):
            self._colour()

    def _colour(self) -> None:
        colours = plot_colours(self.palette())
        self._plot.setBackground(colours.background)
        self._theory.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self._measured.setBrush(VERMILLION)
        self._measured.setPen(None)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(colours.muted)
            axis.setTextPen(colours.foreground)


def _stages(mode: ComputeMode) -> int:
    """Ranks along which layers are cut; 1 where they are not."""
    return mode.degree(roles.stages_axis(mode))


def _mark(option: OptionCard | None, schedule: str) -> tuple[str, str]:
    at = option.choices.index(schedule) if option is not None and schedule in option.choices else 0
    return MARKS[min(at, len(MARKS) - 1)]


def _with_microbatches(mode: ComputeMode, count: int) -> ComputeMode:
    option = roles.option_with(mode, "microbatches")
    given: dict[str, int | str] = dict(mode.options)
    if option is not None:
        given[option.key] = count
    return make_mode(mode.device, dict(mode.degrees), given)
