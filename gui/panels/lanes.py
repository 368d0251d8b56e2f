"""Anatomy of a step: one lane a rank on one clock, with every span as it was measured."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QMainWindow, QToolButton, QVBoxLayout

from engine.anatomy import LaneSpan
from engine.events.ranks import StepAnatomy
from engine.metrics.mode_measure import ModeMeasure
from engine.rows import PHASES
from gui.look.scale import GRID, HALF, TIGHT
from gui.look.view import PlotView
from gui.model.intents import ExportTrace
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.model.typical_step import TypicalStep, typical_step
from gui.panels.base import Panel
from gui.text import figures
from gui.text.board_text import UNLIKE, milliseconds, vary_words
from gui.text.first_words import first_words
from gui.text.health_words import mark_words
from gui.text.seams import slowdown_words
from gui.widgets.flow import FlowRow
from gui.widgets.held_size import Still
from gui.widgets.lane_view import LaneView
from gui.widgets.mode_frame import ModeFrame
from gui.widgets.phase_legend import PhaseLegend
from gui.widgets.room import Room
from gui.widgets.scrolled import least_height

COMPUTING = ("forward", "backward", "optimizer")
PART = " · "
LANES_LINES = 2.5
"""Of text, that lanes are high at least, with the time below them."""
LEAST_LETTERS = 34
"""A line that says something has a row of its own where fewer would stand beside the buttons."""


class LanesPanel(Panel):
    """Lanes, a legend, a line that says what is under the mouse, and buttons to hold and to save."""

    panel_id = "lanes"
    area = "bottom"
    order = 0
    watches = ("anatomy", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._store: Store | None = None
        self._run: RunView | None = None
        self._newest: StepAnatomy | None = None
        self._typical: TypicalStep | None = None
        self._shown: StepAnatomy | None = None
        self._on_device = False
        self._freed: tuple[str, int] | None = None
        """The run, and the step before which a slowdown on purpose had ended that the axis was fitted after."""
        self._legend = PhaseLegend()
        self._lanes = LaneView(self._legend.names)
        self._lanes.setAccessibleName(self.tr("Lanes: what each rank did inside a step"))
        self._lanes.pointed.connect(self._tell)
        self._frame = ModeFrame(self._lanes)
        self._hint = QLabel()
        self._said = self._why = ""
        self._hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._freeze = QToolButton()
        self._freeze.setText(self.tr("Freeze"))
        self._freeze.setCheckable(True)
        self._freeze.setToolTip(self.tr("Keep this step on the lanes while training goes on."))
        self._freeze.toggled.connect(self._on_freeze)
        save = QToolButton()
        save.setText(self.tr("Save trace …"))
        save.setToolTip(self.tr("Write the steps taken apart as Chrome trace JSON, for Perfetto (ui.perfetto.dev)."))
        save.clicked.connect(self._save)
        fit = QToolButton()
        fit.setText(self.tr("Fit"))
        fit.setToolTip(
            self.tr("The time axis stays as it is, so that a slow step looks slow. Fit it to the step shown (Home).")
        )
        fit.clicked.connect(self._lanes.fit)
        self._top = top = FlowRow()
        self.desk = [self._freeze, fit, save]
        top.setContentsMargins(GRID, 0, GRID, 0)
        for control in (self._freeze, fit, save):
            control.setProperty("slim", True)
            top.add_control(control)
        top.add_control(Still(self._hint, LEAST_LETTERS))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        layout.addWidget(top)
        layout.addWidget(self._frame, 1)
        layout.addWidget(self._legend)  # in the largest letters it is scrolled to, not the time below the lanes
        self.room = Room(self)
        self.room.changed.connect(self._fit_lanes)
        self._tell(None)

    def heightForWidth(self, width: int) -> int:
        """What it needs and no more: nothing is scrolled before it must be."""
        return least_height(self, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose words that the new width has room for."""
        super().resizeEvent(event)
        self._say(self._said, self._why)
        self._fit_lanes()

    def _fit_lanes(self) -> None:
        """Lanes as high as they ask for; the time below them is not scrolled to, nor the legend where both fit."""
        wanted = self._lanes.minimumSizeHint().height() + 2 * HALF  # the frame's own
        least = round(LANES_LINES * self.fontMetrics().height()) + 2 * HALF
        assert self.room is not None
        width = max(1, self.width())
        left = self.room.height - self._top.heightForWidth(width) - TIGHT
        named = self._lanes.least_height + 2 * HALF
        beside_legend = left - self._legend.heightForWidth(width) - TIGHT
        height = min(wanted, beside_legend if beside_legend >= named else max(least, left))
        if height != self._frame.minimumHeight():
            self._frame.setMinimumHeight(height)

    def _say(self, text: str, why: str = "") -> None:
        """A line above the lanes: as many of its parts as there is room for, all of them, and why, in the tooltip."""
        self._said, self._why = text, why
        self._hint.setToolTip(f"{text}\n{why}" if why else text)
        parts, metrics, room = text.split(PART), self._hint.fontMetrics(), self._hint.width()
        while len(parts) > 1 and metrics.horizontalAdvance(PART.join(parts)) > room:
            parts.pop()
        self._hint.setText(metrics.elidedText(PART.join(parts), Qt.TextElideMode.ElideRight, room))

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Anatomy of a step")

    def refresh(self, store: Store) -> None:
        """Draw what a step taken apart is like now, unless one is held."""
        self._store = store
        self._lanes.show_marks(mark_words(self, store.live.health.marks))
        if self._freeze.isChecked() and self._run is store.live:
            return
        self._freeze.setChecked(False)
        run = self._run = store.live
        what = self.tr("a few steps a second are taken apart and drawn here.")
        self._lanes.why_empty = first_words(self, run, what)
        newest = run.anatomies[-1] if run.anatomies else None
        if has_come := newest is not self._newest:
            self._newest, self._typical = newest, typical_step(run.anatomies, _measured(run))
        self._shown, slowest = (self._typical.step, self._typical.slowest) if self._typical else (None, None)
        self._on_device = any(info.device != "cpu" for segment in run.segments[-1:] for info in segment.ranks)
        self._frame_lanes(run)
        self._legend.show_device(self._on_device)
        if has_come and self._is_freed(run):
            self._lanes.free_axis()
        self._lanes.show_anatomy(self._shown, slowest, has_come=has_come)  # tells anew what is under the mouse
        self._fit_lanes()  # there may be more ranks

    def _is_freed(self, run: RunView) -> bool:
        """A slowdown on purpose has ended, and what is drawn now was made since; said once of each."""
        last = run.slowdowns[-1][1] if run.slowdowns else None
        if self._shown is None or last is None or last.factor > 1 or last.delay_s:
            return False
        ended = (run.run_id, last.step)
        if self._shown.step < last.step or ended == self._freed:
            return False
        self._freed = ended
        return True

    def _on_freeze(self, held: bool) -> None:
        if not held and self._store is not None:
            self.refresh(self._store)

    def _tell(self, hit: tuple[int, LaneSpan] | None) -> None:
        step = self._shown
        if step is None:
            self._say("")
        elif hit is None:
            slowdown = self._run.slowdown if self._run is not None else None
            troubles = [slowdown_words(self, slowdown)] if slowdown is not None else []
            troubles += [
                self.tr("▲ rank {rank} is slow: {phase} × {factor}").format(
                    rank=slow.rank, phase=self._legend.name(slow.phase), factor=f"{slow.factor:.1f}"
                )
                for slow in (self._run.slow.values() if self._run is not None else ())
            ]
            is_crowded = self._lanes.height() < len(step.ranks) * self.fontMetrics().height()
            if is_crowded and isinstance(self.window(), QMainWindow):
                crowd = self.tr("{n} ranks: a double click on the title gives them a window").format(n=len(step.ranks))
                troubles.append(crowd)
            words = self.tr("{step} · clocks agree within {error} (offset {offset})").format(
                step=self._which_words(step),
                error=figures.seconds(step.clock_error_s),
                offset=figures.seconds(step.clock_offset_s),
            )
            if other := self._other_mode(step):
                words = self.tr("still {mode}: {step}").format(mode=other, step=words)
            self._say(PART.join([*troubles, words]), self._why_shorter(step))
        else:
            self._say(self._span_words(*hit))

    def _which_words(self, step: StepAnatomy) -> str:
        """The step, how long it took, and what one takes on average, as the board has it; of how many it is typical."""
        number, typical = f"{step.step:,}", self._typical
        if typical is None or typical.step is not step or typical.count == 1:
            words = self._length_words(self.tr("step {step}").format(step=number), step)
            skipped = self.tr("steps not drawn before it: {n}").format(n=f"{step.skipped:,}")
            return PART.join([words, skipped]) if step.skipped else words
        which = self.tr("step {step}, of the last {n} the nearest to the median")
        slowest = self.tr("slowest {ms} ms").format(ms=milliseconds(_length_s(typical.slowest)))
        parts = [self._length_words(self.tr("typical step"), step), self._vary_words(step)]
        return PART.join(filter(None, [*parts, which.format(step=number, n=typical.count), slowest]))

    def _vary_words(self, step: StepAnatomy) -> str:
        """By how much steps of its mode vary, as board and verdict have it; "" where that is of another mode."""
        now = _measured(self._run) if self._run is not None else None
        return vary_words(now.vary) if now is not None and now.visits[-1:] == [step.segment] else ""

    def _length_words(self, called: str, step: StepAnatomy) -> str:
        took_s, mean_s = _length_s(step), self._mean_s(step)
        if took_s is None:
            return called
        took = milliseconds(took_s)
        if mean_s is None:
            return self.tr("{step}: {ms} ms").format(step=called, ms=took)
        words = self.tr("{step}: {ms}, mean {mean} ms")
        if self._run is not None and self._run.holding.counts_as_held:  # two parts, for both are seldom wide enough
            words = PART.join((self.tr("{step}: {ms} ms"), self.tr("mean at a pace {mean} ms")))
        return words.format(step=called, ms=took, mean=milliseconds(mean_s))

    def _mean_s(self, step: StepAnatomy) -> float | None:
        """What a step takes in its mode, by the board; None where that is of another mode, or of another speed."""
        now = _measured(self._run) if self._run is not None else None
        return now.step_s if now is not None and now.visits[-1:] == [step.segment] else None

    def _why_shorter(self, step: StepAnatomy) -> str:
        """Why the step that is drawn may be shorter than the average; "" where it is not."""
        took_s, mean_s = _length_s(step), self._mean_s(step)
        if took_s is None or mean_s is None or mean_s < (1 + UNLIKE) * took_s or self._on_device:
            return ""
        return self.tr(
            "This step is shorter than the average: now and then one waits for a core that another process has, the "
            "window among them, and lasts as long as several others. Few of those that are taken apart are such."
        )

    def _other_mode(self, step: StepAnatomy) -> str:
        """The mode that the step was made in, where it is not the one in force: of that one none is known yet."""
        segments = self._run.segments if self._run is not None else []
        if not segments or segments[-1].segment == step.segment:
            return ""
        return next((segment.name for segment in segments if segment.segment == step.segment), "")

    def _frame_lanes(self, run: RunView) -> None:
        """In the colour of the mode that the step was made in."""
        made_in = self._shown.segment if self._shown is not None else None
        self._frame.show_mode(next((one.mode_number for one in run.segments if one.segment == made_in), None))

    def _span_words(self, rank: int, span: LaneSpan) -> str:
        parts = [
            self.tr("rank {rank}: {phase}").format(rank=rank, phase=self._legend.name(PHASES[span.phase])),
            figures.seconds(span.duration_s),
        ]
        if span.microbatch >= 0:
            parts.insert(1, self.tr("micro-batch {number}").format(number=span.microbatch + 1))
        if span.on_core_s is not None and PHASES[span.phase] in COMPUTING:
            share = min(1.0, span.on_core_s / span.duration_s) if span.duration_s else 1.0
            parts.append(self.tr("{share} of it on a core").format(share=f"{share:.0%}"))
        if span.kind:
            parts += [span.kind, figures.size(span.payload_bytes)]
        if span.kind and PHASES[span.phase] == "communicate" and span.duration_s:
            parts.append(f"{figures.size(span.payload_bytes / span.duration_s)}/s")
        return " · ".join(parts)

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save trace"), "gearshift-trace.json", "JSON (*.json)")
        if path:
            self.intent.emit(ExportTrace(path))


def _measured(run: RunView) -> ModeMeasure | None:
    """The mode in force, where it was measured as the run goes now: at a pace, where each step is longer, or not."""
    now = run.verdicts.measures.now
    return now if now is not None and now.is_at_pace is run.holding.counts_as_held else None


def _length_s(step: StepAnatomy) -> float | None:
    """How long a step took, of the rank that took longest; None where ranks run freely, and several are drawn."""
    if any(rank.steps > 1 for rank in step.ranks):
        return None
    return max((rank.seconds for rank in step.ranks), default=None)
