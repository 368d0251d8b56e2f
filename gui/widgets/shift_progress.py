"""How far a shift, or a start, is that takes longer than a moment, and the button that gives it up.

    [Cancel]  3 s · preparing Data ×16: 0 of 16 ranks ready

It lies over the line of the verdict, which is always there: nothing below moves as it comes and goes. The button is
first, so that no other words move it.
"""

from time import perf_counter

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from gui.look.scale import BODY, GRID, HALF, HEADING, SMALL, WIDE, set_letters
from gui.model.intents import CancelShift
from gui.model.store import Store
from gui.text.engine_text import engine_text
from gui.widgets.fitting import fit_letters

SHOWN_AFTER_MS = 700
"""Most shifts are made by then; a line that flickers says nothing."""
COUNT_MS = 1_000
BAND_PIXELS = 6


class ShiftProgress(QWidget):
    """The phase in words and the seconds since it was asked for; hidden while nothing is under way."""

    intent = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        """It covers `parent`, whatever size that has."""
        super().__init__(parent)
        self._below = parent
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
        self._count.timeout.connect(self._say)
        parent.installEventFilter(self)
        self.hide()

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
        self.show()
        self.raise_()
        self._say()

    def _end(self) -> None:
        if self._of is not None:
            self._of = None
            self._appear.stop()
            self._count.stop()
            self.hide()

    def _say(self) -> None:
        seconds = f"{perf_counter() - self._begin_s:.0f}"
        text = self.tr("{seconds} s · {phase}").format(phase=self._words, seconds=seconds)
        if self.isVisible():
            width = self.width() - self.cancel.sizeHint().width() - WIDE - 2 * GRID
            fit_letters(self.label, text, (HEADING, BODY, SMALL), width, self.height() - 2 * HALF)
        self.label.setText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover all of what it lies over, always."""
        if event.type() == QEvent.Type.Resize and watched is self._below:
            self.setGeometry(self._below.rect())
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width, letters of another size may have room."""
        super().resizeEvent(event)
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_count"):
            QTimer.singleShot(0, self, self._say)  # now the style is still at work on the label

    def paintEvent(self, _: QPaintEvent) -> None:
        """Cover what is below, with a band at the side, as what is said of an example has one."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window))
        painter.fillRect(0, 0, BAND_PIXELS, self.height(), self.palette().color(QPalette.ColorRole.Highlight))
        painter.end()
