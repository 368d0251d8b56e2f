"""The banner across the window: a run that failed, or waits for a rank, says so, with the one button that helps.

It lies over the line of the verdict, as a shift under way does (`gui/widgets/shift_progress.py`): plots keep all their
room as it comes, and nothing below moves.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui.look.scale import BODY, GRID, HALF, HEADING, SMALL, set_letters
from gui.look.theme import alarm_colour
from gui.model.health import UNDER_WAY
from gui.model.intents import CancelShift, EndSilent, GoBack, Play
from gui.model.next_play import NextPlay, Wish
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.model.way_back import WayBack, way_back
from gui.text.engine_text import engine_text
from gui.text.health_words import waiting_words
from gui.text.lost_loss import lost_words
from gui.text.words import MARKS, Words
from gui.widgets.cover import BAND_PIXELS, Cover
from gui.widgets.fitting import fit_letters, height_of


class Banner(Cover):
    """A banner on what ails the run; hidden while all is well."""

    intent = Signal(object)

    def __init__(self, below: QWidget | None = None) -> None:
        """It covers `below`, whatever size that has; None: it has a place of its own, as high as its words."""
        super().__init__(below)
        self._words = Words()
        self._text, self._details_text = "", ""
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_letters(self.sentence, HEADING)
        self.go_on = QPushButton()
        self.go_on.clicked.connect(self._go_on)
        self._back: WayBack | None = None
        """From where a run goes on whose loss is lost."""
        self.end = QPushButton(self.tr("End that rank"))
        self.end.setToolTip(self.tr("Waits no longer: the run stops, and can go on from its last saved state."))
        self.end.clicked.connect(lambda: self.intent.emit(EndSilent()))
        self.details = QPushButton(self.tr("Details"))
        self.details.setToolTip(self.tr("What the ranks said: exit status, traceback."))
        self.details.clicked.connect(self._show_details)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Give this shift up: the run goes on as before."))
        self.cancel.clicked.connect(lambda: self.intent.emit(CancelShift()))
        self._buttons = (self.go_on, self.end, self.cancel, self.details)
        row = QHBoxLayout(self)
        row.setContentsMargins(BAND_PIXELS + GRID, HALF, GRID, HALF)
        row.setSpacing(GRID)
        row.addWidget(self.sentence, 1)
        for button in self._buttons:
            row.addWidget(button)
        if below is not None:
            self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.hide()

    def refresh(self, store: Store) -> None:
        """Say what ails the run that is shown, if anything does."""
        run, health = store.live, store.live.health
        failure = health.failure if run.status == "failed" else None
        words = self._of_run(run, store.next_play)
        self._back = way_back(run) if failure is None and self._lost(run) else None
        self.go_on.setVisible((failure is not None or self._back is not None) and not run.is_replay)
        self.end.setVisible(failure is None and bool(health.silent or health.next_silent) and not run.is_replay)
        self.cancel.setVisible(not self.end.isHidden() and run.status in UNDER_WAY)  # it is covered
        self.cancel.setDisabled(health.is_giving_up)
        self.details.setVisible(failure is not None)
        if failure is not None:
            self._details_text = failure.details
        step = failure.resume_step if failure is not None else self._back.step if self._back is not None else None
        from_where = self.tr("Go on") if step is None else self.tr("Go on from step {step}").format(step=f"{step:,}")
        self.go_on.setText(from_where)
        self.setVisible(bool(words))
        if words:
            self.raise_()
        if words != self._text:
            self._text = words
            self.sentence.setToolTip(words)
            self.sentence.setAccessibleName(words)
            self.fit()

    def _of_run(self, run: RunView, ahead: NextPlay | None) -> str:
        health = run.health
        if run.status == "failed" and health.failure is not None:
            is_slow = run.slowdown is not None and run.slowdown.phase != "raise"  # an error that was asked for
            slow = [self.tr("The slowdown ends with these ranks.")] if is_slow else []
            return "\n".join([f"{MARKS['error']}  {engine_text(health.failure.reason)}", *slow, *self._way(run, ahead)])
        if lost := self._lost(run):
            return f"{MARKS['error']}  {lost}"
        waits = waiting_words(self, health, run.spec.hang_limit_s if run.spec is not None else 0.0)
        if waits and health.is_giving_up:
            waits += "\n" + self.tr("giving up …")
        return f"{MARKS['warning']}  {waits}" if waits else ""

    def _lost(self, run: RunView) -> str:
        """What is said of a loss for which the run has paused; "" where it has not."""
        has_paused = run.health.diverged is not None and run.loss.lost_at is not None and run.status == "paused"
        return lost_words(self, run) if has_paused else ""

    def _way(self, run: RunView, ahead: NextPlay | None) -> list[str]:
        """How the run will go on, if that was chosen since it failed, or just before, by a shift that was not made."""
        is_other = ahead is not None and (ahead.wish != Wish() or ahead.mode != run.mode)
        return [self._words.next_play(ahead)] if ahead is not None and is_other else []

    def _go_on(self) -> None:
        """Recover; or, where the loss is lost, go back to before it was, at the learning rate of then."""
        back = self._back
        self.intent.emit(Play() if back is None else GoBack(back.step, back.lr))

    def _show_details(self) -> None:
        from gui.window.details_dialog import DetailsDialog  # imported when one is wanted

        DetailsDialog(self.window(), self._text, self._details_text).show()

    def fit(self) -> None:
        """All of the words, in the largest letters in which there is room for them; of longer ones the beginning."""
        text = self._text
        if self.below is not None and self.isVisible():
            taken = sum(button.sizeHint().width() + GRID for button in self._buttons if not button.isHidden())
            width, height = self.width() - BAND_PIXELS - 2 * GRID - taken, self.height() - 2 * HALF
            if fit_letters(self.sentence, text, (HEADING, BODY, SMALL), width, height) > height:
                words = text.split(" ")
                while len(words) > 1 and height_of(self.sentence, text, width) > height:
                    del words[-1]
                    text = " ".join([*words, "…"])
        if text != self.sentence.text():
            self.sentence.setText(text)

    @property
    def band_colour(self) -> QColor:
        """The colour of alarm: the mark before the sentence says the same without colour."""
        return alarm_colour(self.palette())


def beneath(lines: Sequence[QWidget], plots: QWidget) -> QWidget:
    """The plots with what is said or held above them, across them, as one widget."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for line in lines:
        column.addWidget(line)
    column.addWidget(plots, 1)
    return both
