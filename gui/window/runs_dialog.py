"""Opening a recorded run: the list of all there are, sortable, filtered by what is typed, read beside the window."""

import re
import threading
import time
from collections import deque
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from engine.config.cards import workloads
from engine.record.library import RunCard, run_cards
from gui.text import figures
from gui.text.engine_text import engine_text

TAKE_MS = 30
A_TIME = 40
"""Cards shown at a time: the window answers in between."""
BY = Qt.ItemDataRole.UserRole
FOUND_BY = Qt.ItemDataRole.UserRole + 2
"""Where an item keeps what the search looks at."""
DATE, MODES, NAME = 0, 2, 6
"""Columns."""
NO_NAME = re.compile(r"\d{4}-\d\d-\d\d-\d{6}-")
"""How a directory is called that nobody gave a name: date and workload say as much."""
OF_WINDOW, MOST_OF_WINDOW = 0.8, 0.97
LEAST_MODES = 8
"""Letters: where other columns leave less to the modes, the list is scrolled sideways."""
LETTERS = 120
"""In a line of the list; where they are large, that takes more of the window."""
ENABLED = Qt.ItemFlag.ItemIsEnabled


class RunsDialog(QDialog):
    """Emits the directory of the run that is chosen. One that cannot be shown is greyed, and says why."""

    chosen = Signal(str)
    beside = Signal(str)
    """One of those that are to be drawn beside the run that is shown."""

    def __init__(self, window: QWidget, directory: Path) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Open recorded run"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wanted = LETTERS * self.fontMetrics().averageCharWidth() / max(1, window.width())
        width = min(max(OF_WINDOW, wanted), MOST_OF_WINDOW) * window.width()
        self.resize(round(width), round(OF_WINDOW * window.height()))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Type to find: a name, a workload, a mode, how it ended …"))
        self.search.setClearButtonEnabled(True)
        heads = [
            self.tr("Date"),
            self.tr("Workload"),
            self.tr("Modes"),
            self.tr("Steps"),
            self.tr("Time"),
            self.tr("Ended"),
            self.tr("Name"),
        ]
        self._model = QStandardItemModel(0, len(heads))
        self._model.setHorizontalHeaderLabels(heads)
        self.shown = QSortFilterProxyModel()
        self.shown.setSourceModel(self._model)
        self.shown.setFilterKeyColumn(-1)
        self.shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.shown.setSortRole(BY)
        self.shown.setFilterRole(FOUND_BY)
        self.search.textChanged.connect(self.shown.setFilterFixedString)
        self.search.textChanged.connect(self._say_count)
        self.search.returnPressed.connect(self._choose_found)
        self.table = QTreeView()
        self.table.setModel(self.shown)
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAlternatingRowColors(True)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(DATE, Qt.SortOrder.DescendingOrder)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.header().setSectionResizeMode(MODES, QHeaderView.ResizeMode.Stretch)
        self.table.header().setStretchLastSection(False)
        self.table.setAccessibleName(self.tr("Recorded runs"))
        self.table.activated.connect(self._choose)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self._count = QLabel()
        buttons = self._make_buttons()
        column = QVBoxLayout(self)
        for widget in (self.search, self.table, self._count, buttons):
            column.addWidget(widget)
        self._found: deque[RunCard] = deque()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(directory,), name="runs", daemon=True)
        self._take = QTimer(self)
        self._take.timeout.connect(self._show_found)
        self._take.start(TAKE_MS)
        self.finished.connect(self._end)
        self._thread.start()
        self.search.setFocus()

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.open_button = buttons.button(QDialogButtonBox.StandardButton.Open)
        self.open_button.setEnabled(False)
        self.beside_button = buttons.addButton(self.tr("Lay beside"), QDialogButtonBox.ButtonRole.ActionRole)
        self.beside_button.setToolTip(
            self.tr("Draw the curves of the chosen runs, one or several, in the same plots as those of the run shown.")
        )
        self.beside_button.setEnabled(False)
        self.beside_button.clicked.connect(self._lay_beside)
        elsewhere = buttons.addButton(self.tr("Another folder …"), QDialogButtonBox.ButtonRole.ActionRole)
        elsewhere.clicked.connect(self._look_elsewhere)
        buttons.accepted.connect(lambda: self._take_directory(self._selected[0]))
        buttons.rejected.connect(self.reject)
        return buttons

    # Reading ---------------------------------------------------------------------------------------------------------

    def _read(self, directory: Path) -> None:
        for card in run_cards(directory):
            if self._is_over.is_set():
                return
            self._found.append(card)

    def _show_found(self) -> None:
        was_read = not self._thread.is_alive()
        for _ in range(min(A_TIME, len(self._found))):
            self._model.appendRow(self._row(self._found.popleft()))
        if was_read and not self._found:
            self._take.stop()
            for column in {*range(self._model.columnCount())} - {MODES}:
                self.table.resizeColumnToContents(column)
            names = (self._model.item(row, NAME).text() for row in range(self._model.rowCount()))
            self.table.setColumnHidden(NAME, not any(names))
            least = LEAST_MODES * self.fontMetrics().averageCharWidth()
            columns = {*range(self._model.columnCount())} - {MODES}
            others = sum(map(self.table.columnWidth, columns))
            if self.table.viewport().width() - others < least:
                self.table.header().setSectionResizeMode(MODES, QHeaderView.ResizeMode.Interactive)
                self.table.setColumnWidth(MODES, least)
        self._say_count()

    def _say_count(self) -> None:
        """How many there are, and how many of them are shown."""
        words = self._count_words(self._model.rowCount(), was_read=not self._take.isActive())
        if self.search.text():
            words = self.tr("{shown} of {words}").format(shown=f"{self.shown.rowCount():,}", words=words)
        self._count.setText(words)

    def _count_words(self, count: int, *, was_read: bool) -> str:
        if count == 1:
            return self.tr("1 run") if was_read else self.tr("1 run, reading …")
        words = self.tr("{n} runs", None, count) if was_read else self.tr("{n} runs, reading …", None, count)
        return words.format(n=f"{count:,}")

    def _row(self, card: RunCard) -> list[QStandardItem]:
        begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(card.begun_unix_s))
        modes = ", ".join(card.modes) + (", …" if card.has_more_modes else "")
        known = workloads().get(card.workload)
        title = engine_text(known.title) if known is not None else card.workload
        own_name = "" if NO_NAME.match(card.name) else card.name
        cells = [
            (begun, card.begun_unix_s),
            (title, title),
            (engine_text(card.problem) or modes, modes),
            (f"{card.steps:,}" if not card.problem else "", card.steps),
            (figures.seconds(card.seconds) if not card.problem else "", card.seconds),
            (self._ended(card), card.ended),
            (own_name, card.name),
        ]
        row = []
        for text, by in cells:
            item = QStandardItem(text)
            item.setData(by, BY)
            item.setData(text, FOUND_BY)
            item.setToolTip(engine_text(card.problem) or text)
            item.setEnabled(not card.problem)
            row.append(item)
        for item in row[3:5]:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row[DATE].setData(card.directory, BY + 1)
        row[DATE].setToolTip(engine_text(card.problem) or card.directory)
        row[NAME].setData(f"{card.name} {card.workload}", FOUND_BY)
        return row

    def _ended(self, card: RunCard) -> str:
        words = {
            "finished": self.tr("finished"),
            "stopped": self.tr("stopped"),
            "failed": self.tr("failed"),
            "cut off": self.tr("cut off"),
            "trained now": self.tr("trained now"),
        }
        return self.tr("cannot be shown") if card.problem else words.get(card.ended, card.ended)

    # Choosing --------------------------------------------------------------------------------------------------------

    def _on_selection(self) -> None:
        count = len(self._selected)
        self.open_button.setEnabled(count == 1)
        self.beside_button.setEnabled(count > 0)

    @property
    def _selected(self) -> list[str]:
        """The directories of the runs that are chosen, of those that can be shown, from top to bottom."""
        rows = [index for index in self.table.selectionModel().selectedRows() if index.flags() & ENABLED]
        return [str(index.data(BY + 1)) for index in sorted(rows, key=lambda index: index.row())]

    def _lay_beside(self) -> None:
        directories = self._selected
        self.accept()
        for directory in directories:
            self.beside.emit(directory)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and index.flags() & ENABLED:
            self._take_directory(str(index.siblingAtColumn(0).data(BY + 1)))

    def _choose_found(self) -> None:
        """Enter behind what was typed opens what it found: the first that can be shown, unless another is chosen."""
        if not self._selected:
            found = (self.shown.index(row, 0) for row in range(self.shown.rowCount()))
            self._choose(next((index for index in found if index.flags() & ENABLED), QModelIndex()))

    def _look_elsewhere(self) -> None:
        if directory := QFileDialog.getExistingDirectory(self, self.tr("Open recorded run")):
            self._take_directory(directory)

    def _take_directory(self, directory: str) -> None:
        self.accept()
        self.chosen.emit(directory)

    def _end(self) -> None:
        """The thread ends with the card it reads."""
        self._take.stop()
        self._is_over.set()
        self._thread.join()
