"""Samples a second over the run: the line that steps up or down when the mode is shifted."""

from functools import partial

import msgspec
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout

from gui.look.mode_colours import mode_colours
from gui.look.scale import GRID, TIGHT
from gui.look.theme import is_dark, set_note
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.text.read_out import ReadOutWords
from gui.text.seams import SeamWords
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.drawn_runs import DrawnRun, DrawnRuns
from gui.widgets.held_size import FigureLabel
from gui.widgets.help_button import HelpButton
from gui.widgets.legend import Legend
from gui.widgets.put_in import put_in
from gui.widgets.traces import Piece, Trace
from gui.widgets.wrapped import in_two_lines


class ThroughputPanel(Panel):
    """One curve, and the rate now."""

    panel_id = "throughput"
    area = "centre"
    order = 2
    share = 55  # half of the centre's height, beside the loss and the ribbon above both
    watches = ("steps", "segments", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._seam_words, self._words = SeamWords(), ReadOutWords()
        self._unit = engine_text("samples")
        self._legend = Legend()
        self._legend.add(
            "throughput",
            self._title("samples"),
            self.tr(
                "Computed a second by the clock, pauses and seams left out: the median of two seconds of computing. "
                "The band holds eight of ten quarter seconds. At a pace both are of eight seconds by the clock."
            ),
            expected="000,000",
        )
        self._legend.toggled.connect(lambda *_: self._redraw())
        self._drawn = DrawnRuns(
            self._legend, "throughput", self.tr("A run; here it is shown or hidden."), own="throughput"
        )
        self._now = FigureLabel()
        self._note = QLabel()
        set_note(self._note)
        self._plot = CurvePlot(view)
        self._plot.y_from_zero()
        self._plot.setAccessibleName(self.tr("Throughput over the run"))
        self._plot.range_changed.connect(self._redraw)
        self._empty = QLabel(self.tr("How fast it computes appears here, and how a shift changes it."), self._plot)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._plot.sentence = self._empty
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        top = put_in(layout, QHBoxLayout())
        top.setContentsMargins(GRID, TIGHT, GRID, 0)
        top.addWidget(self._legend)
        top.addWidget(self._now)
        top.addStretch(1)
        top.addWidget(self._note)
        self._log_y = QCheckBox(self.tr("log y"))
        self._log_y.setToolTip(self.tr("Logarithmic loss and rate: modes of any speed are seen."))
        self._log_y.toggled.connect(lambda on: view.set(log_y=on))
        self._more = HelpButton(self.help_wanted)
        self.desk = [self._log_y, self._more]
        top.addSpacing(GRID)
        for control in self.desk:
            top.addWidget(control)
        layout.addWidget(self._plot, 1)
        view.changed.connect(self._on_view)
        self._drawn.paint(self.palette())

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Throughput")

    def refresh(self, store: Store) -> None:
        """Draw the visible part of all runs; the rate is that of now."""
        self._drawn.take(store.runs.values())
        self.view.show_run(store.live.run_id)
        self._unit = self._words.counted(self._drawn.units)
        self._redraw()
        self._colour_entry()
        waits = any(drawn.run.holding.was_held for drawn in self._drawn.all)
        self._drawn.name_own(self._title(store.live.unit, waits=waits), self._title(store.live.unit))
        rate = store.live.samples_per_s
        self._legend.show_value("throughput", figures.count(rate) if rate is not None else "")
        steps, flops = store.live.steps_per_s, store.live.flops_per_s
        steps = steps if store.live.holding.held_at_per_s is None else None  # a pace is in steps by the clock
        parts = [self.tr("{rate} steps/s").format(rate=figures.short(steps))] if steps is not None else []
        if flops is not None:
            parts.append(self.tr("{rate} GFLOP/s").format(rate=figures.short(flops / 1e9)))
        self._now.setText(" · ".join(parts))
        self._drawn.name_units(partial(self._title, waits=waits))
        self._fit_words()

    def _on_view(self) -> None:
        self._log_y.setChecked(self.view.log_y)
        self._redraw()

    def _redraw(self) -> None:
        shown, kind = self._drawn.shown, self.view.x_kind
        traces = dict(map(self._trace, shown)) if self._legend.is_shown("throughput") else {}
        seams = self._seam_words.seams([(drawn.title, drawn.run) for drawn in shown], kind)
        self._plot.x_name.show_name(self._words.axis(kind, self._unit, is_log=self.view.log_x))
        self._plot.draw(traces, seams, self._drawn.extent(kind))
        self._empty.setVisible(self._plot.is_blank)

    def _trace(self, drawn: DrawnRun) -> tuple[str, Trace]:
        """Of one run, by name. That of the live one is in the colours of its modes, on a band of how much it varies."""
        rates, name, colours = drawn.run.throughput, drawn.name("throughput"), drawn.colours
        line = Trace(rates.steady, colours.throughput, width=2, dash=colours.dash, is_beside=drawn.number > 0)
        if drawn.number:
            return name, line
        dark = is_dark(self.palette())
        begins = rates.pieces([segment.step for segment in drawn.run.segments])
        pieces = []
        for segment, begin in zip(drawn.run.segments, begins, strict=True):
            of_mode = mode_colours(segment.mode_number, dark=dark)
            pieces.append(Piece(begin, segment.mode_number, of_mode.line, of_mode.band))
        return name, msgspec.structs.replace(line, pieces=tuple(pieces), band=(rates.low, rates.high))

    def _colour_entry(self) -> None:
        """The line's entry has the colour of the mode in force; before a run's first mode, the one that will be its."""
        segments = self._drawn.all[0].run.segments if self._drawn.all else []
        number = segments[-1].mode_number if segments else 0
        self._drawn.colour_live(mode_colours(number, dark=is_dark(self.palette())).line)

    def _title(self, unit: str, *, waits: bool = False) -> str:
        """What the curves are of; `waits`: at a pace most of a second is none of them, which must be said."""
        words = self.tr("{unit}/s of computing time") if waits else self.tr("{unit}/s")
        return words.format(unit=engine_text(unit))

    def _fit_words(self) -> None:
        """That the warm-up is left out must be said; in fewer words, without the steps, or in two lines at last."""
        long, short = self.tr("first steps of each mode (warm-up) left out"), self.tr("warm-up left out")
        is_at_desk = not self._more.isHidden()
        room = self.width() - self._legend.sizeHint().width() - (40 if is_at_desk else 3 * GRID)
        of_switch = self._log_y.sizeHint().width() + GRID
        has_switch = is_at_desk and of_switch + self.fontMetrics().horizontalAdvance(short) <= room
        self._log_y.setHidden(not has_switch)  # the loss has the same one, among its controls
        room -= of_switch * has_switch
        now, advance = self._now.sizeHint().width(), self.fontMetrics().horizontalAdvance
        words = long if now + advance(long) <= room else short
        self._note.setText(words if advance(words) <= room else in_two_lines(words, advance))
        self._now.setHidden(now + advance(short) > room)

    def resizeEvent(self, event: object) -> None:
        """Choose words that there is room for in another width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit_words()

    def event(self, event: QEvent) -> bool:
        """Choose words that there is room for in another size of text."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and hasattr(self, "_note"):
            self._fit_words()
        return done

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_drawn"):
            self._drawn.paint(self.palette())
            self._colour_entry()
            self._redraw()
