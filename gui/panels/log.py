"""The event log, in words: what people did and what it cost; states saved and the like only if they are asked for."""

from collections.abc import Iterable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout

from gui.look.scale import GRID, TIGHT
from gui.look.view import PlotView
from gui.model.log import LogLine
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.words import Words
from gui.widgets.put_in import put_in
from gui.widgets.whole_edges import keep_edges_whole

LINES_KEPT = 2_000


class _Lines(QPlainTextEdit):
    """Text whose last line stays in sight, if it was, in another height or width."""

    def go_to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def resizeEvent(self, event: QResizeEvent) -> None:
        bar = self.verticalScrollBar()
        was_at_end = bar.value() == bar.maximum()
        super().resizeEvent(event)
        if was_at_end:
            self.go_to_end()


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
        self._shown = self._moved = 0
        self._run: RunView | None = None
        self._text = _Lines()
        keep_edges_whole(self._text)
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(LINES_KEPT)
        self._text.setAccessibleName(self.tr("Event log"))
        self._text.setPlaceholderText(
            self.tr("What happens in the run is told here: starts, shifts, changes, failures.")
        )
        self._find = QLineEdit()
        self._find.setPlaceholderText(self.tr("Find …"))
        self._find.setAccessibleName(self.tr("Lines with this text"))
        self._find.setToolTip(self.tr("Shows the lines in which this text stands."))
        self._find.setClearButtonEnabled(True)
        self._find.textChanged.connect(self._show_all)
        self._asides = QCheckBox(self.tr("saving"))
        self._asides.setToolTip(self.tr("Shows states that are saved, and what is well again, too."))
        self._asides.toggled.connect(self._show_all)
        copy = QToolButton()
        copy.setText(self.tr("Copy"))
        copy.setToolTip(self.tr("Copies all lines that are shown."))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text.toPlainText()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        row = put_in(layout, QHBoxLayout())
        row.setContentsMargins(GRID, 0, GRID, 0)
        row.addWidget(self._find, 1)
        row.addWidget(self._asides)
        row.addWidget(copy)
        layout.addWidget(self._text, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """What came while it was behind a tab, and was laid out for another width, is seen to its end."""
        super().showEvent(event)
        QTimer.singleShot(0, self._text, self._text.go_to_end)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Event log")

    def tab_title(self) -> str:
        """The title in a row of tabs, translated."""
        return self.tr("Log")

    def refresh(self, store: Store) -> None:
        """Add the lines that are new."""
        if store.live is not self._run:
            self._run, self._shown, self._moved = store.live, 0, 0
            self._text.clear()
        log = store.live.log
        if log.moved != self._moved:
            self._shown, self._moved = log.count, log.moved
            self._show_all()
            return
        fresh = min(log.count - self._shown, len(log.lines))
        self._shown = log.count
        if fresh:
            self._append(list(log.lines)[-fresh:])

    def _show_all(self) -> None:
        """Anew, for other lines are asked for."""
        self._text.clear()
        if self._run is not None:
            self._append(self._run.log.lines)

    def _append(self, lines: Iterable[LogLine]) -> None:
        wanted = self._find.text().casefold()
        texts = [self._words.log_line(line) for line in lines if self._asides.isChecked() or not line.is_aside]
        texts = [text for text in texts if text and wanted in text.casefold()]
        if texts:
            self._text.appendPlainText("\n".join(texts))
            self._text.moveCursor(QTextCursor.MoveOperation.End)
