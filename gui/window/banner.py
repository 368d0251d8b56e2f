"""The banner across the plots: a run that failed, or waits for a rank, says so, with the one button that helps."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.look.scale import GRID
from gui.look.theme import alarm_colour
from gui.model.intents import EndSilent, Play
from gui.model.next_play import NextPlay, Wish
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.text.engine_text import engine_text
from gui.text.health_words import waiting_words
from gui.text.words import MARKS, Words

BAND_PIXELS = 6


class Banner(QFrame):
    """A banner over the plots on what ails the run; hidden while all is well."""

    intent = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._words = Words()
        self._details_text = ""
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = self.sentence.font()
        font.setBold(True)
        self.sentence.setFont(font)
        self.go_on = QPushButton()
        self.go_on.clicked.connect(lambda: self.intent.emit(Play()))
        self.end = QPushButton(self.tr("End that rank"))
        self.end.setToolTip(self.tr("Waits no longer: the run stops, and can go on from its last saved state."))
        self.end.clicked.connect(lambda: self.intent.emit(EndSilent()))
        self.details = QPushButton(self.tr("Details"))
        self.details.setToolTip(self.tr("What the ranks said: exit status, traceback."))
        self.details.clicked.connect(self._show_details)
        row = QHBoxLayout(self)
        row.setContentsMargins(BAND_PIXELS + GRID, GRID, GRID, GRID)
        row.addWidget(self.sentence, 1)
        for button in (self.go_on, self.end, self.details):
            row.addWidget(button)
        self.hide()

    def refresh(self, store: Store) -> None:
        """Say what ails the run that is shown, if anything does."""
        run, health = store.live, store.live.health
        failure = health.failure if run.status == "failed" else None
        words = self._of_run(run, store.next_play)
        self.setVisible(bool(words))
        if words != self.sentence.text():
            self.sentence.setText(words)
        self.go_on.setVisible(failure is not None and not run.is_replay)
        self.end.setVisible(failure is None and bool(health.silent or health.next_silent) and not run.is_replay)
        self.details.setVisible(failure is not None)
        if failure is not None:
            self._details_text = failure.details
            self.go_on.setText(self.tr("Go on"))
            if failure.resume_step is not None:
                self.go_on.setText(self.tr("Go on from step {step}").format(step=f"{failure.resume_step:,}"))

    def _of_run(self, run: RunView, ahead: NextPlay | None) -> str:
        health = run.health
        if run.status == "failed" and health.failure is not None:
            return "\n".join([f"{MARKS['error']}  {engine_text(health.failure.reason)}", *self._way(ahead)])
        if health.diverged is not None and run.status == "paused":
            text = self.tr("The loss of step {step} is {loss}: paused. Reset, and start with a smaller learning rate.")
            text = text.format(step=f"{health.diverged.step:,}", loss=health.diverged.loss)
            return f"{MARKS['error']}  {text}"
        waits = waiting_words(self, health, run.spec.hang_limit_s if run.spec is not None else 0.0)
        return f"{MARKS['warning']}  {waits}" if waits else ""

    def _way(self, ahead: NextPlay | None) -> list[str]:
        """How the run will go on, if that was chosen since it failed."""
        return [self._words.next_play(ahead)] if ahead is not None and ahead.wish != Wish() else []

    def _show_details(self) -> None:
        from gui.window.details_dialog import DetailsDialog  # imported when one is wanted

        DetailsDialog(self.window(), self.sentence.text(), self._details_text).show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A band of the colour of alarm at its side: the mark before the sentence says the same without colour."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, BAND_PIXELS, self.height(), alarm_colour(self.palette()))
        painter.end()


def beneath(lines: Sequence[QWidget], plots: QWidget) -> QWidget:
    """The plots with the banner, and what else is said or held there, across them, as one widget."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for line in lines:
        column.addWidget(line)
    column.addWidget(plots, 1)
    return both
