"""What moves between ranks in a step: messages counted, beside the formula, and who sends to whom."""

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from engine.anatomy import THROUGH_MEMORY
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.events.ranks import StepAnatomy
from engine.metrics.segment_sums import moved_bytes, moved_bytes_a_step, sent_bytes, summed_bytes
from gui.look.scale import GRID, TIGHT
from gui.look.theme import VERMILLION
from gui.look.view import PlotView
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.text.first_words import first_words
from gui.text.rank_name import rank_name
from gui.text.todays_numbers import sent_formulas
from gui.widgets.put_in import put_in
from gui.widgets.room import Room
from gui.widgets.whole_edges import keep_edges_whole

FORMULAS = {
    "all-reduce": "2(n-1)/n",
    "reduce-scatter": "(n-1)/n",
    "all-gather": "(n-1)",
    THROUGH_MEMORY: "(n+1)/n",
}
"""What a rank sends (shared memory: reads and writes), as a factor of its payload."""

BESIDE_LETTERS, PAYLOAD_LETTERS = 60, 40
"""In a narrower panel the matrix lies below the messages, not beside them; and payloads, which what is sent tells too,
leave their column to whose messages they are."""
SHARES, WITH_SUM = (2, 1), (3, 2)
"""Of the width: messages, and the matrix; that has a column more where there is a sum in shared memory."""
LEAST_LINES, LOW_LINES = 5, 8
"""Of text, in height: a table is no lower; with fewer beside what is said, it takes all of the panel's place first."""


class TrafficPanel(Panel):
    """A tree of ranks and their messages; a matrix beside it."""

    panel_id = "traffic"
    area = "bottom"
    order = 3
    watches = ("devices", "sums", "run", "segments", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._shown: object = None
        self._num_rows = 0  # of the messages
        self._tree = QTreeWidget()
        self._tree.setHeaderLabels(
            [
                self.tr("messages\na step"),
                self.tr("payload"),
                self.tr("sent: factor\n× payload"),
            ]
        )
        self._tree.setAlternatingRowColors(True)
        # The table need not scroll sideways: what kind of message it is gives way, and is whole under the mouse.
        self._tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setStretchLastSection(False)  # it would make it narrower than its words, too
        self._tree.setIndentation(10)
        self._matrix = QTableWidget()
        self._matrix.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._matrix.horizontalHeader().setMinimumSectionSize(4)
        self._matrix.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._matrix.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._matrix.setAccessibleName(self.tr("Bytes a step from each rank (row) to each (column)"))
        for table in (self._tree, self._matrix):  # as high as there is room
            table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
            table.setFrameShape(QFrame.Shape.NoFrame)
            keep_edges_whole(table)
        self._matrix.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setContentsMargins(GRID, 0, GRID, 0)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        row = self._row = put_in(layout, QBoxLayout(QBoxLayout.Direction.LeftToRight), 1)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._tree, SHARES[0])
        row.addWidget(self._matrix, SHARES[1])
        layout.addWidget(self._note)
        self.room = Room(self)
        self.room.changed.connect(self._fit_tables)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Traffic")

    @classmethod
    def has_to_show(cls, store: Store) -> bool:
        """A mode of several ranks, for one alone sends nothing."""
        return bool(store.live.segments) and len(store.live.segments[-1].ranks) > 1

    def nothing_words(self) -> str:
        """Why a key that would show it does not, translated."""
        return self.tr("one rank alone sends nothing")

    def refresh(self, store: Store) -> None:
        """Show the newest step's messages; they are redrawn when they differ."""
        run = store.live
        anatomy = run.anatomy
        self._show_tables(is_sent=anatomy is not None and any(rank.traffic for rank in anatomy.ranks))
        if anatomy is None:
            self._shown = None
            self._tree.clear()
            self._matrix.setRowCount(0)
            self._matrix.setColumnCount(0)
            self._note.setText(self._why_nothing(run))
            return
        mode = parse_mode(run.mode) if run.mode else ComputeMode()
        self._note.setText(self._formula(run, mode, anatomy) + self._measured(run, anatomy))
        shown = (run.mode, tuple(rank.traffic for rank in anatomy.ranks))
        if shown != self._shown:
            self._shown = shown
            self._fill_tree(anatomy)
            self._fill_matrix(anatomy)
            self._fit_tables()

    def _why_nothing(self, run: RunView) -> str:
        """Why there is no step whose messages could be shown."""
        if not run.segments:
            return first_words(self, run, self.tr("what ranks send each other in a step, in a mode with several."))
        return self.tr("The record has no count of this mode's messages.") if run.is_replay else self.tr("Counting …")

    def _show_tables(self, *, is_sent: bool) -> None:
        """Tables of messages; where there are none, what is counted instead has the place."""
        for table in (self._tree, self._matrix):
            table.setVisible(is_sent)
        self._column.setStretch(0, int(is_sent))

    def _measured(self, run: RunView, anatomy: StepAnatomy) -> str:
        """What all ranks together moved, as it was measured, and what that is for each: so much has the formula."""
        n = len(anatomy.ranks)
        if (measured := moved_bytes_a_step(run.anatomies)) is not None:
            words = self.tr(
                "Measured in the ranks: {size} a step handed to MPI and taken back, {n} ranks together: {each} each."
            )
            if _is_shared(anatomy):
                words = self.tr(
                    "Measured in the ranks: {size} a step read and written in shared memory, {n} ranks together: "
                    "{each} each."
                )
        else:
            measured = run.loopback_bytes_a_step
            words = self.tr(
                "Measured: {size} a step, all traffic of the loopback interface, {n} ranks together: {each} each."
            )
        if measured is None or n < 2 or not any(rank.traffic for rank in anatomy.ranks):
            return ""
        return " " + words.format(size=figures.size(measured), n=n, each=figures.size(measured / n))

    def _fill_tree(self, anatomy: StepAnatomy) -> None:
        self._tree.clear()
        self._num_rows = sum(1 + len(rank.traffic) for rank in anatomy.ranks)
        of_memory = self.tr("read, written:\nfactor × payload")
        of_messages = self.tr("sent: factor\n× payload")
        self._tree.headerItem().setText(2, of_memory if _is_shared(anatomy) else of_messages)
        for rank in anatomy.ranks:
            top = QTreeWidgetItem([rank_name(rank.rank), "", ""])
            total = 0.0
            for entry in rank.traffic:
                moved = moved_bytes(entry)
                total += moved
                among = " → " if entry.kind in ("send", "receive") else ", "
                text = f"{entry.count} × {entry.kind} {among.join(map(str, entry.ranks))}"
                if entry.every > 1:
                    text = self.tr("{message}, every {n} steps").format(message=text, n=entry.every)
                child = QTreeWidgetItem([text, figures.size(entry.payload_bytes), _beside_formula(entry.kind, moved)])
                child.setToolTip(0, text)
                top.addChild(child)
            top.setText(2, figures.size(total))
            self._tree.addTopLevelItem(top)
            top.setExpanded(True)

    def _fill_matrix(self, anatomy: StepAnatomy) -> None:
        matrix = sent_bytes(anatomy)
        names = [rank_name(rank.rank) for rank in anatomy.ranks]
        heads = [f"→ {rank.rank}" for rank in anatomy.ranks]
        into = list(names)
        words = self.tr("Row sends to column, bytes a step. Collectives as a ring would carry them.")
        is_shared = _is_shared(anatomy)
        for at, share in enumerate(WITH_SUM if is_shared else SHARES):
            self._row.setStretch(at, share)
        if is_shared:
            matrix = np.column_stack((matrix, summed_bytes(anatomy)))
            heads.append("→ Σ")
            into.append(self.tr("the sum"))
            words = self.tr(
                "Bytes a step. Each rank (column) reads its part of all ranks' buffers (rows), and each (row) writes "
                "its part of the sum (Σ): together what is measured. Messages beside them go from row to column."
            )
        self._matrix.setToolTip(words)
        most = float(matrix.max()) if matrix.size else 0.0
        self._matrix.setRowCount(matrix.shape[0])
        self._matrix.setColumnCount(matrix.shape[1])
        self._matrix.setHorizontalHeaderLabels(heads)
        self._matrix.setVerticalHeaderLabels([str(rank.rank) for rank in anatomy.ranks])
        for i in range(matrix.shape[0]):
            for j in range(matrix.shape[1]):
                item = QTableWidgetItem()
                size_words = figures.size(float(matrix[i, j])) if matrix[i, j] else "·"
                item.setData(Qt.ItemDataRole.UserRole, size_words)
                item.setToolTip(f"{names[i]} → {into[j]}: {size_words}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                if most:
                    colour = QColor(VERMILLION)
                    colour.setAlphaF(0.6 * float(matrix[i, j]) / most)
                    item.setBackground(colour)
                self._matrix.setItem(i, j, item)
        self._write_cells()

    def _write_cells(self) -> None:
        """A number stands where all of it has room; elsewhere the colour alone, and the number under the mouse."""
        advance = self._matrix.fontMetrics().horizontalAdvance
        for i in range(self._matrix.rowCount()):
            for j in range(self._matrix.columnCount()):
                if (item := self._matrix.item(i, j)) is not None:
                    words = item.data(Qt.ItemDataRole.UserRole)
                    has_room = advance(words) + 8 <= self._matrix.columnWidth(j)
                    item.setText(words if has_room else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew what there is room for."""
        super().resizeEvent(event)
        letters = self.width() / self.fontMetrics().averageCharWidth()
        is_narrow = letters < BESIDE_LETTERS
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)
        self._tree.setColumnHidden(1, letters < PAYLOAD_LETTERS)
        self._fit_tables()
        QTimer.singleShot(0, self, self._write_cells)  # when the columns have their width

    def _fit_tables(self) -> None:
        """In a low place all rows of messages are seen that it has room for: what is said of them is scrolled to."""
        line = self.fontMetrics().lineSpacing()
        wanted = self._tree.header().sizeHint().height() + self._num_rows * self._tree.sizeHintForRow(0)
        height, room = LEAST_LINES * line, self.room.height if self.room is not None else 0
        if room - self._note.heightForWidth(max(1, self.width())) < LOW_LINES * line:
            height = max(height, min(wanted, room))
        self._matrix.verticalHeader().setMinimumSectionSize(line + TIGHT)
        for table in (self._tree, self._matrix):
            table.setMinimumHeight(height)

    def _formula(self, run: RunView, mode: ComputeMode, anatomy: StepAnatomy) -> str:
        """What the cards of the techniques in force say of their messages, with what they count."""
        words = "; ".join(sent_formulas(run, mode))
        if any(rank.traffic for rank in anatomy.ranks):
            words = self.tr("The payload is what a rank puts in, as counted. By the formula: {formulas}.").format(
                formulas=words or "n/a"
            )
        elif len(anatomy.ranks) == 1:
            words = self.tr("One rank needs no message.")
        totals = [
            f"{sum(rank.counts.get(name, 0) for rank in anatomy.ranks):,} {engine_text(text)}"
            for card in mode.cards
            for name, text in card.counts.items()
        ]
        if totals:
            counts = self.tr("Since the shift: {counts}.").format(counts="; ".join(totals))
            words = f"{counts}\n\n{words}"  # it is what the mode is about
        words += "".join(
            " " + self.tr("Not exact: {how}").format(how=engine_text(card.differs))
            for card in mode.cards
            if not card.exact
        )
        return words


def _is_shared(anatomy: StepAnatomy) -> bool:
    """Whether any of what moves goes through shared memory."""
    return any(entry.kind == THROUGH_MEMORY for rank in anatomy.ranks for entry in rank.traffic)


def _beside_formula(kind: str, moved: float) -> str:
    """The factor of the payload that a rank sends, and what that gives."""
    if kind == "receive":
        return ""
    return f"{FORMULAS[kind]}: {figures.size(moved)}" if kind in FORMULAS else figures.size(moved)
