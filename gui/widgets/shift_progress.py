"""How far a shift, or a start, is that takes longer than a moment, and the button that gives it up.

[Cancel]  3 s · preparing Data ×16:          the button first, so that no other words move it
          0 of 16 ranks ready
"""

from time import perf_counter

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from gui.look.scale import GRID
from gui.model.intents import CancelShift
from gui.model.store import Store
from gui.text.engine_text import engine_text

SHOWN_AFTER_MS = 700
"""Most shifts are made by then; a toolbar that flickers says nothing."""
COUNT_MS = 1_000


class ShiftProgress(QWidget):
    """The phase in words and the seconds since it was asked for; hidden while nothing is under way."""

    intent = Signal(object)
    shown = Signal(bool)
    """It is to be seen from now on, or not."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.is_low = False
        """There is one line for it: rather than take another, it leaves the seconds out."""
        self._of: object = None
        self._begin_s = 0.0
        self.label = _Phase()
        self.label.setToolTip(self.tr("What the shift is at, and for how long it has been under way."))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Give this shift up: the run goes on as before."))
        self.cancel.clicked.connect(lambda: self.intent.emit(CancelShift()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, 0, GRID, 0)
        row.addWidget(self.cancel)
        row.addWidget(self.label, 1)
        self._appear = QTimer(self)
        self._appear.setSingleShot(True)
        self._appear.setInterval(SHOWN_AFTER_MS)
        self._appear.timeout.connect(self._show)
        self._count = QTimer(self)
        self._count.setInterval(COUNT_MS)
        self._count.timeout.connect(self._say)

    def refresh(self, store: Store) -> None:
        """Follow the run that is shown."""
        run = store.live
        if run.is_replay or run.status not in ("starting", "shifting"):
            self._end()
            return
        of = (run, run.status, run.health.cancelled)
        if of != self._of:
            self._of, self._begin_s = of, perf_counter()
            if not self._count.isActive():
                self._appear.start()
        words = engine_text(run.status_words)
        if words != self._words:
            self._words = words
            self._say()

    def _show(self) -> None:
        self._count.start()
        self._say()
        self.shown.emit(True)

    def _end(self) -> None:
        if self._of is not None:
            self._of = None
            self._appear.stop()
            self._count.stop()
            self.shown.emit(False)

    def _say(self) -> None:
        seconds = f"{perf_counter() - self._begin_s:.0f}"
        text = self.tr("{seconds} s · {phase}").format(phase=self._words, seconds=seconds)
        has_room = not self.is_low or self.label.fontMetrics().horizontalAdvance(text) <= self.label.width()
        self.label.setText(text if has_room else self._words)
        self.label.give_height()


class _Phase(QLabel):
    """Words in as many lines as they need."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def give_height(self) -> None:
        """Ask for the lines it needs in its width: no toolbar asks a widget how high it is for one."""
        self.setMinimumHeight(0)
        if self.isVisible():  # else its width is that of another time
            self.setMinimumHeight(max(0, self.heightForWidth(max(1, self.width()))))

    def showEvent(self, event: QShowEvent) -> None:
        """From now on it has its lines."""
        super().showEvent(event)
        self.give_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the lines that another width needs."""
        super().resizeEvent(event)
        self.give_height()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self.give_height)  # now the style is still at work on it
