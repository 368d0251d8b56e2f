"""How far a shift, or a start, is that takes longer than a moment, and the button that gives it up.

    [Cancel]  3 s · preparing Data ×16: 0 of 16 ranks ready

It lies over the line of the verdict, which is always there: nothing below moves as it comes and goes. The button is
first, so that no other words move it. In a window of few lines, whose ribbon has none for what is prepared, it comes at
once and stays until it can have been read, with what the shift cost:

    Data ×2: training stood still for 4.32 ms
"""

from time import perf_counter

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from gui.look.scale import BODY, GRID, HALF, HEADING, SMALL, WIDE, set_letters
from gui.model.health import UNDER_WAY
from gui.model.intents import CancelShift
from gui.model.run_view import ENDED, RunView
from gui.model.store import Store
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.widgets.cover import Cover
from gui.widgets.few_lines import has_few_lines
from gui.widgets.fitting import fit_letters

SHOWN_AFTER_MS = 700
"""Most shifts are made by then; a line that flickers says nothing."""
HELD_MS = 2_500
"""How long what a shift cost is read, where it is."""
COUNT_MS = 1_000


class ShiftProgress(Cover):
    """The phase in words and the seconds since it was asked for; hidden while nothing is under way."""

    intent = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        """It covers `parent`, whatever size that has."""
        super().__init__(parent)
        self._words = ""
        self._of: object = None
        self._begin_s = 0.0
        self._before: object = None
        """The shift that was made last before this one."""
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.label.setToolTip(self.tr("What the shift is at, and for how long it has been under way."))
        set_letters(self.label, HEADING)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Give this shift up: the run goes on as before."))
        self.cancel.clicked.connect(lambda: self.intent.emit(CancelShift()))
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE, HALF, GRID, HALF)
        row.setSpacing(GRID)
        row.addWidget(self.cancel)
        row.addWidget(self.label, 1)
        self._appear = QTimer(self)
        self._appear.setSingleShot(True)
        self._appear.timeout.connect(self._show)
        self._count = QTimer(self)
        self._count.setInterval(COUNT_MS)
        self._count.timeout.connect(self.fit)
        self._leave = QTimer(self)
        self._leave.setSingleShot(True)
        self._leave.setInterval(HELD_MS)
        self._leave.timeout.connect(self.hide)
        self.hide()

    def refresh(self, store: Store) -> None:
        """Follow the run that is shown."""
        run = store.live
        if run.is_replay or run.status not in UNDER_WAY:
            if self._of is not None:
                self._end(self._cost(run))
            elif run.status in ENDED:
                self.hide()  # no cost of a shift stands over how the run ended
            return
        of = (run, run.status, run.health.cancelled)
        if of != self._of:
            self._of, self._begin_s = of, perf_counter()
            self._before = run.segments[-1].shift if run.segments else None
            if not self._count.isActive():
                self._appear.start(0 if has_few_lines(self) else SHOWN_AFTER_MS)
        is_giving_up = run.health.is_giving_up
        self.cancel.setDisabled(is_giving_up)
        words = self.tr("giving up …") if is_giving_up else engine_text(run.status_words)
        if words != self._words:
            self._words = words
            self.fit()

    def _show(self) -> None:
        self._count.start()
        self._leave.stop()
        self.cancel.show()
        self.show()
        self.raise_()
        self.fit()

    def _end(self, cost: str) -> None:
        self._of = None
        self._appear.stop()
        self._count.stop()
        if not cost or not has_few_lines(self):
            self.hide()
            return
        self._words = cost
        self.cancel.hide()
        self.show()
        self.raise_()
        self.fit()
        self._leave.start()

    def _cost(self, run: RunView) -> str:
        """For how long training stood still for the shift that was just made; "" where none was."""
        newest = run.segments[-1] if run.segments else None
        if newest is None or newest.shift is None or newest.shift is self._before or run.status in ENDED:
            return ""
        time = figures.seconds(newest.shift.seconds)
        return self.tr("{mode}: training stood still for {time}").format(mode=newest.name, time=time)

    def fit(self) -> None:
        """Write the seconds so far and the phase, in the largest letters in which there is room for them."""
        seconds = f"{perf_counter() - self._begin_s:.0f}"
        text = self.tr("{seconds} s · {phase}").format(phase=self._words, seconds=seconds)
        if self._of is None:
            text = self._words
        if self.isVisible():
            beside = self.cancel.sizeHint().width() + GRID if not self.cancel.isHidden() else 0
            width = self.width() - beside - WIDE - GRID
            fit_letters(self.label, text, (HEADING, BODY, SMALL), width, self.height() - 2 * HALF)
        self.label.setText(text)
