"""The bubble of a pipeline: what was measured in this run, over the number of micro-batches, beside the formula.

bubble = (p - 1) / (m + p - 1)        p stages, m micro-batches        (v m instead of m, with v stages a rank)

The knobs turn stages, micro-batches and schedule while the run goes: each turn is a shift.
"""

from PySide6.QtCore import QObject, QRect, Qt, QTimer
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.config import roles
from engine.config.fits import facts_of, why_not
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.metrics.segment_sums import SegmentSums, bubble_theory
from gui.look.scale import GRID, TIGHT
from gui.look.view import PlotView
from gui.model.intents import Shift
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.engine_text import engine_text
from gui.text.todays_numbers import bubble_formula
from gui.text.words import MARKS
from gui.widgets.bubble_plot import BubblePlot
from gui.widgets.pipeline_knobs import PipelineKnobs
from gui.widgets.room import Room
from gui.widgets.scrolled import least_height

LEAST_LINES = 7
"""Of text, in height: what a plot needs to be read, with the numbers and the words along its axis."""
LEAST_BESIDE, BESIDE = 0.3, (0.45, 0.45, 0.72)
"""Of the width, the least that words take which a plot lies beside, and the most: all of them, fewer, fewest."""
UNKNOWN = 0.5
"""As long in letters as most shares are."""
ANY_WIDTH = 16_777_215
"""Qt's QWIDGETSIZE_MAX."""


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
        self._forms: tuple[str, ...] = ("",) * len(BESIDE)
        """What is said, and in ever fewer words."""
        self._rooms = self._forms
        """What room is kept for: while it is measured, what will then be said."""
        self._now: SegmentSums | None = None
        """What was measured of the mode in force."""
        self._last: SegmentSums | None = None
        """What was measured of the pipeline that was in force last; None where there was none."""
        self._trained: RunSpec | None = None
        self._batch_size: int | None = None
        self._refused = ""
        """Why what the knobs say cannot be; "" if it can."""
        self._is_afar = False
        """It is read from the last row, where nobody scrolls."""
        self.room = Room(self)
        self.room.changed.connect(self._divide)
        self._knobs = PipelineKnobs()
        self._knobs.turned.connect(self._turn)
        self._knobs.mistaken.connect(self._refuse)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setContentsMargins(GRID, 0, GRID, 0)
        self._beside = QWidget()
        """What stands above the plot, or beside it."""
        column = QVBoxLayout(self._beside)
        column.addWidget(self._knobs)
        column.addWidget(self._words)
        column.addStretch(1)
        self._place = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._place.addWidget(self._beside)
        for layout in (column, self._place):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(TIGHT)
        self._show_knobs()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A plot takes long to make, and at first other panels lie before this one: it is made when it is seen."""
        super().paintEvent(event)
        if not hasattr(self, "_plot"):
            QTimer.singleShot(0, self, self._make_plot)

    def _make_plot(self) -> None:
        if hasattr(self, "_plot"):
            return
        self._plot = BubblePlot()
        self._plot.hide()  # there is nothing to draw yet
        self._place.addWidget(self._plot, 1)
        self._draw()
        self._divide()

    def _divide(self) -> None:
        """The plot below the words where both have their height, else beside them: nobody should have to scroll.

        From the last row nobody can: there the knobs go where they leave no room.
        """
        line, is_drawn = self.fontMetrics().height(), hasattr(self, "_plot") and self._plot.isVisibleTo(self)
        height = self.height() if self.room is None else min(self.height(), self.room.height)
        (found, width), has_knobs = (0, 0), True
        if is_drawn and height < self._height_of(self._rooms[found], self.width()) + TIGHT + LEAST_LINES * line:
            fitting = self._fitting(height)
            if fitting is None and self._is_afar:
                fitting = self._fitting(height, has_knobs=False)
                has_knobs = fitting is None
            found, width = fitting or (len(BESIDE) - 1, 0)
        self._knobs.setVisible(has_knobs)
        if self._forms[found] != self._words.text():
            self._words.setText(self._forms[found])
        is_kept = self._rooms != self._forms
        room = self._height_of(self._rooms[found], width or self.width(), has_knobs=False) if is_kept else 0
        self._words.setMinimumHeight(room)
        self._beside.setMinimumWidth(width)
        self._beside.setMaximumWidth(width or ANY_WIDTH)
        directions = QBoxLayout.Direction
        self._place.setDirection(directions.LeftToRight if width else directions.TopToBottom)
        if is_drawn:
            self._plot.setMinimumSize(1, 1 if width else LEAST_LINES * line)

    def _fitting(self, height: int, *, has_knobs: bool = True) -> tuple[int, int] | None:
        """The fullest words, by number, and their width beside the plot with nothing scrolled; None: there are none."""
        least = max(round(LEAST_BESIDE * self.width()), self._knobs.minimumSizeHint().width() if has_knobs else 0)
        for index, (form, most) in enumerate(zip(self._rooms, BESIDE, strict=True)):
            for width in range(least, round(most * self.width()), GRID):
                if self._height_of(form, width, has_knobs=has_knobs) <= height:
                    return index, width
        return None

    def heightForWidth(self, width: int) -> int:
        """What it needs and no more: a plot would like the height that it had once, and then be scrolled."""
        return least_height(self, width)

    def _height_of(self, words: str, width: int, *, has_knobs: bool = True) -> int:
        """Of the knobs, where they are there, with these words below them, at a width."""
        room = QRect(0, 0, max(1, width - 2 * GRID), ANY_WIDTH)
        written = self._words.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), words).height()
        return written + (self._knobs.heightForWidth(width) + TIGHT if has_knobs else 0)

    def present(self) -> None:
        """Fit into the height there is."""
        super().present()
        self._is_afar = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another size the plot has another place."""
        super().resizeEvent(event)
        self._divide()

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Bubble")

    @classmethod
    def has_to_show(cls, store: Store) -> bool:
        """Only a pipeline has a bubble."""
        return bool(store.live.mode and roles.stages_axis(parse_mode(store.live.mode)))

    def nothing_words(self) -> str:
        """Why a key that would show it does not, translated."""
        return self.tr("only a pipeline has a bubble")

    def refresh(self, store: Store) -> None:
        """The pipelines of this run, the one in force at the front."""
        run, ahead = store.live, store.next_play
        self._trained = run.spec or store.set_up
        self._batch_size = run.batch_size if ahead is None else ahead.batch_size
        self._mode = parse_mode(run.mode) if run.mode else parse_mode("cpu,threads=1")
        if self._knobs_of != (run.mode, run.refused):  # else they are as they were, or someone is at them
            self._knobs_of = (run.mode, run.refused)
            self._show_knobs()
        measured = run.board.sums()
        found = sorted(measured, key=lambda one: (one[0].is_now, one[0].last_visit))
        self._pipelines = [sums for _, sums in found if sums.bubble is not None]
        self._last = self._pipelines[-1] if self._pipelines else None
        self._say(next((sums for row, sums in measured if row.is_now), None))
        self._draw()

    def _show_knobs(self) -> None:
        """What is in force; nobody has turned these."""
        self._refused = ""
        self._knobs.show_mode(self._mode, self._why_grey())

    def _turn(self, knob: QObject) -> None:
        """A knob was turned: the mode in force, with other numbers."""
        self._refuse(knob, "")
        mode = self._knobs.turn(self._mode)
        if not self._refused and mode != self._mode:
            self.intent.emit(Shift(mode.text))

    def _refuse(self, knob: QObject, why: str) -> None:
        """What that knob says cannot be; "": it is a number, of which a mode may be."""
        workload = self._trained
        facts = facts_of(workload.workload, workload.knobs) if workload is not None else None
        reason = why_not(self._knobs.turn(self._mode), facts, batch_size=self._batch_size)
        self._refused = why or (engine_text(reason) if reason else "")
        self._knobs.mark(knob if self._refused else None)
        self._say(self._now)

    def _say(self, entry: SegmentSums | None) -> None:
        """What was measured; or why what the knobs say cannot be."""
        self._now = entry
        forms = (f"{MARKS['error']} {self._refused}",) * len(BESIDE) if self._refused else self._sentence(entry)
        is_measuring = not self._refused and roles.stages_axis(self._mode) and (entry is None or entry.bubble is None)
        rooms = self._measured_words(self._mode, UNKNOWN, bubble_theory(self._mode)) if is_measuring else forms
        self._words.setToolTip(forms[0])
        if (forms, rooms) != (self._forms, self._rooms):
            self._forms, self._rooms = forms, rooms
            self._divide()

    def _sentence(self, entry: SegmentSums | None) -> tuple[str, ...]:
        """All that is to be said, and in ever fewer words."""
        if roles.stages_axis(self._mode):
            return self._figures(self._mode, entry)
        why = self._why_grey()
        if self._last is None:
            return (self.tr("{why} Its bubble is measured and drawn here.").format(why=why),) * len(BESIDE)
        mode = parse_mode(self._last.mode)
        was, whys = self.tr("Last pipeline ({mode}): {figures}"), (why, why, self.tr("No pipeline is in force."))
        said = zip(self._figures(mode, self._last), whys, strict=True)
        return tuple(f"{was.format(mode=mode.name, figures=words)}\n{each}" for words, each in said)

    def _why_grey(self) -> str:
        if roles.stages_axis(self._mode):
            return self.tr("The pipeline in force leaves nothing to choose here.")
        return self.tr("No pipeline is in force, so these knobs are grey: choose Parallelism › Pipeline parallel.")

    def _figures(self, mode: ComputeMode, entry: SegmentSums | None) -> tuple[str, ...]:
        """Of a pipeline, all that was measured, the bubble and its formula, and the figures alone."""
        if entry is None or entry.bubble is None:
            return (self.tr("Measuring …"),) * len(BESIDE)
        text, middle, few = self._measured_words(mode, *entry.bubble)
        if (crowd := entry.crowd) is not None:
            share, ranks, cores = crowd
            text += self.tr(
                "\n{ranks} ranks on {cores} cores: without a core {share}; together at least {least}, by any schedule"
            ).format(ranks=ranks, cores=cores, share=f"{share:.0%}", least=f"{1 - cores / ranks:.0%}")
        forms = (text, middle, few)
        slow = self.tr("SLOWDOWN · {text}")
        return tuple(slow.format(text=form) for form in forms) if entry.is_slowed_down else forms

    def _measured_words(self, mode: ComputeMode, measured: float, theory: float) -> tuple[str, str, str]:
        """The bubble and its formula: all of it, without what letters are, and the figures alone."""
        shares = {"measured": f"{measured:.0%}", "theory": f"{theory:.0%}"}
        middle = self.tr("bubble {measured} measured · {formula} = {theory} in theory (dashed)")
        middle = middle.format(formula=bubble_formula(mode), **shares)
        text = self.tr("{bubble}: p stages, m micro-batches").format(bubble=middle)
        return text, middle, self.tr("bubble {measured} (theory {theory}): p stages, m micro-batches").format(**shares)

    def _draw(self) -> None:
        if not hasattr(self, "_plot"):
            return
        now = self._now if self._now is not None and self._now.bubble is not None else None
        found = [
            (parse_mode(entry.mode), entry.bubble[0])
            for entry in self._pipelines
            if entry.bubble is not None
            and (entry is now if now is not None and entry.mode == now.mode else not entry.is_slowed_down)
        ]  # of the mode in force what the words say, also while it is slow on purpose
        is_past = not roles.stages_axis(self._mode) and bool(found)
        mode = found[-1][0] if is_past else self._mode
        is_drawn = self._plot.show_pipelines(mode, found, is_past=is_past)  # an empty plot has no numbers to be read
        was_drawn = self._plot.isVisibleTo(self)
        self._plot.setVisible(is_drawn)  # one just made is neither shown nor hidden yet
        if is_drawn != was_drawn:
            self._divide()
