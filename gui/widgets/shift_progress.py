"""How far a shift, or a start, is that takes longer than a moment, and the button that gives it up.

    [Cancel]  3 s · preparing Data ×16: 0 of 16 ranks ready

It lies over the line of the verdict, which is always there: nothing below moves as it comes and goes. The button is
first, so that no other words move it.
"""

from time import perf_counter

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from gui.look.scale import BODY, GRID, HALF, HEADING, SMALL, WIDE, set_letters
from gui.model.health import UNDER_WAY
from gui.model.intents import CancelShift
from gui.model.store import Store
from gui.text.engine_text import engine_text
from gui.widgets.cover import Cover
from gui.widgets.fitting import fit_letters

SHOWN_AFTER_MS = 700
"""Most shifts are made by then; a line that flickers says nothing."""
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
        self._appear.setInterval(SHOWN_AFTER_MS)
        self._appear.timeout.connect(self._show)
        self._count = QTimer(self)
        self._count.setInterval(COUNT_MS)
        self._count.timeout.connect(self.fit)
        self.hide()

    def refresh(self, store: Store) -> None:
        """Follow the run that is shown."""
        run = store.live
        if run.is_replay or run.status not in UNDER_WAY:
            self._end()
            return
        of = (run, run.status, run.health.cancelled)
        if of != self._of:
            self._of, self._begin_s = of, perf_counter()
            if not self._count.isActive():
                self._appear.start()
        is_giving_up = run.health.is_giving_up
        self.cancel.setDisabled(is_giving_up)
        words = self.tr("giving up …") if is_giving_up else engine_text(run.status_words)
        if words != self._words:
            self._words = words
            self.fit()

    def _show(self) -> None:
        self._count.start()
        self.show()
        self.raise_()
        self.fit()

    def _end(self) -> None:
        if self._of is not None:
            self._of = None
            self._appear.stop()
            self._count.stop()
            self.hide()

    def fit(self) -> None:
        """Write the seconds so far and the phase, in the largest letters in which there is room for them."""
        seconds = f"{perf_counter() - self._begin_s:.0f}"
        text = self.tr("{seconds} s · {phase}").format(phase=self._words, seconds=seconds)
        if self.isVisible():
            width = self.width() - self.cancel.sizeHint().width() - WIDE - 2 * GRID
            fit_letters(self.label, text, (HEADING, BODY, SMALL), width, self.height() - 2 * HALF)
        self.label.setText(text)
