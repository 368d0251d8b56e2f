"""The event log, in words."""

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout

from gui.look.view import PlotView
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.words import Words

LINES_KEPT = 2_000


class LogPanel(Panel):
    """Lines with their time and level; the level is a word, not a colour."""

    panel_id = "log"
    area = "bottom"
    group = "second"
    order = 1
    watches = ("log", "run")

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text, 1)

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
