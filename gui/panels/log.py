"""The event log, in words; a failure stands above it with its traceback and the one button that goes on."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.look.view import PlotView
from gui.model.intents import Play
from gui.model.next_play import NextPlay, Wish
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.engine_text import engine_text
from gui.text.words import Words

LINES_KEPT = 2_000


class LogPanel(Panel):
    """Lines with their time and level; the level is a word, not a colour."""

    panel_id = "log"
    area = "bottom"
    group = "second"
    order = 1
    watches = ("log", "status", "run")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._words = Words()
        self._shown = 0
        self._run: RunView | None = None
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(LINES_KEPT)
        self._text.setAccessibleName(self.tr("Event log"))
        self._text.setPlaceholderText(
            self.tr("What happens in the run is told here: starts, shifts, changes, failures.")
        )
        self._failure = QWidget()
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._go_on = QPushButton()
        self._go_on.clicked.connect(lambda: self.intent.emit(Play()))
        self._details = QPushButton(self.tr("Details"))
        self._details.setCheckable(True)
        self._details.setToolTip(self.tr("What the ranks said: exit status, traceback."))
        self._traceback = QPlainTextEdit()
        self._traceback.setReadOnly(True)
        self._traceback.setAccessibleName(self.tr("Traceback"))
        self._traceback.hide()
        self._details.toggled.connect(self._traceback.setVisible)
        buttons = QHBoxLayout()
        buttons.addWidget(self._go_on)
        buttons.addWidget(self._details)
        buttons.addStretch(1)
        column = QVBoxLayout(self._failure)
        column.setContentsMargins(8, 4, 8, 4)
        column.addWidget(self._sentence)
        column.addLayout(buttons)
        self._failure.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._failure)
        layout.addWidget(self._traceback)
        layout.addWidget(self._text, 1)
        self._text.setMinimumHeight(1)  # where room is short, why it failed comes first
        self.setMinimumHeight(90)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Event log")

    def refresh(self, store: Store) -> None:
        """Add the lines that are new."""
        if store.live is not self._run:
            self._run, self._shown = store.live, 0
            self._text.clear()
        log = store.live.log
        fresh = min(log.count - self._shown, len(log.lines))
        self._shown = log.count
        if fresh:
            lines = [self._words.log_line(line) for line in list(log.lines)[-fresh:]]
            self._text.appendPlainText("\n".join(line for line in lines if line))
            self._text.moveCursor(QTextCursor.MoveOperation.End)
        self._show_failure(store)

    def _show_failure(self, store: Store) -> None:
        run = store.live
        failure, diverged = run.failure, run.diverged
        failed = failure is not None and run.status == "failed"
        stuck = diverged is not None and run.status == "paused"
        self._failure.setVisible(failed or stuck)
        self._details.setVisible(failed)
        self._go_on.setVisible(failed)
        if failed and failure is not None:
            self._sentence.setText("\n".join(["✖  " + engine_text(failure.reason), *self._way(store.next_play)]))
            self._sentence.setToolTip(self._sentence.text())
            step = f"{failure.resume_step or 0:,}"
            self._go_on.setText(self.tr("Go on from step {step}").format(step=step))
            if self._traceback.toPlainText() != failure.details:
                self._traceback.setPlainText(failure.details)
        elif stuck and diverged is not None:
            self._sentence.setText(
                "✖  "
                + self.tr(
                    "The loss of step {step} is {loss}: paused. Reset, and start with a smaller learning rate."
                ).format(step=f"{diverged.step:,}", loss=diverged.loss)
            )
        if not failed:
            self._details.setChecked(False)

    def _way(self, ahead: NextPlay | None) -> list[str]:
        """How the run will go on, if that was chosen since it failed."""
        return [self._words.next_play(ahead)] if ahead is not None and ahead.wish != Wish() else []
