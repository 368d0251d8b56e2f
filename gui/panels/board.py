"""The board of modes: what each mode a run visited comes to, beside a baseline. It alone carries a lecture."""

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.metrics.mode_measure import Key
from gui.look.scale import GRID, TIGHT
from gui.look.theme import set_note
from gui.look.view import PlotView
from gui.model.board import has_accelerator
from gui.model.intents import ChooseBaseline, SaveBytes
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.board_note import note_forms
from gui.text.board_text import (
    baseline_words,
    cleared_words,
    csv_text,
    fastest_words,
    plain_text,
    row_words,
)
from gui.text.first_words import first_words
from gui.widgets.board_foot import BoardFoot
from gui.widgets.board_menu import fill_board_menu
from gui.widgets.board_picture import MARGIN, picture_of
from gui.widgets.board_places import CHIP, GAP
from gui.widgets.board_table import BoardTable
from gui.widgets.board_words import BoardWords
from gui.widgets.fitted_label import FittedLabel
from gui.widgets.kept_in_sight import KeptInSight, Place
from gui.widgets.phase_legend import PhaseLegend
from gui.widgets.put_in import put_in
from gui.widgets.whole_rows import WholeRows

EVERYTHING = 10**6
"""A height that there is room for all in."""


class BoardPanel(Panel):
    """Rows that stay until they are cleared, a menu for what can be done with them, and what the averages are of."""

    panel_id = "board"
    area = "right"
    order = -1
    group = "board"
    watches = ("anatomy", "segments", "run", "status", "hyper")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._store: Store | None = None
        self.table = BoardTable()
        self.table.baseline_wanted.connect(self._choose_baseline)
        self.table.menu_wanted.connect(self._show_menu)
        self.table.room_changed.connect(self._follow)
        self._legend = PhaseLegend()
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setContentsMargins(round(CHIP + GAP), 0, GRID, 0)  # where the names of modes begin
        set_note(self._note)
        self._empty = QLabel()
        self._empty.setWordWrap(True)
        self._empty.setMargin(2 * MARGIN)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.menu_button = QToolButton()
        self.menu_button.setText(self.tr("Board"))
        self.menu_button.setToolTip(self.tr("Baseline, order, copy, save, clear; also by right click on a row."))
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(lambda: self._fill(self._menu, None))
        self.menu_button.setMenu(self._menu)
        self._beside = QLabel()
        self._beside.setWordWrap(True)
        self._brief = FittedLabel()
        """The note in one line, while it is not seen whole below the rows."""
        self._brief.ask_within(0)
        set_note(self._brief)
        self._build()

    def _build(self) -> None:
        self._scroll = QScrollArea()
        self._inside = QWidget()
        rows = QVBoxLayout(self._inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(TIGHT)
        for part in (self.table, self._legend, self._note):  # what is not of a row gives way to the rows
            rows.addWidget(part)
        rows.addStretch(1)
        self._scroll.setWidget(self._inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.heads.setParent(self._scroll.viewport())
        self._scroll.verticalScrollBar().valueChanged.connect(self.table.heads.scroll_to)
        self._whole_rows = WholeRows(self._scroll, self._inside, rows, self.table)
        self.foot = BoardFoot(self._scroll, self.table, (self._legend, self._note))
        self.table.room_changed.connect(self.foot.fit)
        self._in_sight = KeptInSight(self._scroll, self._place_in_force, self.table.heads.height)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, TIGHT)
        layout.setSpacing(TIGHT)
        top = put_in(layout, QHBoxLayout())
        top.setContentsMargins(GRID, TIGHT, GRID, 0)
        words = put_in(top, QVBoxLayout(), 1)
        words.setSpacing(0)
        words.addWidget(self._beside)
        words.addWidget(self._brief)
        top.addWidget(self.menu_button)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._empty, 1)
        words_here = (self._legend, self._note, self._brief)
        self._words = BoardWords(self, self.table, self._scroll, words_here, (layout, rows))
        self._show_parts(is_empty=True)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Board of modes")

    def refresh(self, store: Store) -> None:
        """Draw what each mode comes to by now."""
        self._store = store
        run = store.live
        rows = run.board.rows()
        self._show_parts(is_empty=not rows)
        if not rows:
            what = self.tr(
                "each mode that the run visits gets a row here, with its ms a step, its speed-up, where the time goes, "
                "and what it sends and holds. Choose other modes in Device or Parallelism."
            )
            self._empty.setText(first_words(self, run, what))
            self.table.show_rows([], {}, run.unit, [])
            return
        hints = [row_words(row, rows, run.unit, self._legend.name) for row in rows]
        self.table.show_rows(rows, run.mode_numbers, run.unit, hints)
        self._legend.show_device(has_accelerator(rows))
        self._in_sight.follow(next((row.key for row in rows if row.is_now), None))
        self._say_on_top()
        forms = note_forms(rows, is_replay=run.is_replay)
        _say(self._note, forms[0])
        self._brief.show_forms(*forms)
        self._words.place()
        self._whole_rows.leave_room()
        self.foot.fit()

    def _say_on_top(self) -> None:
        """What others are compared with; where rows are scrolled, also the fastest: that may be scrolled away."""
        rows = self.table.rows
        fastest = fastest_words(rows) if self.table.is_scrolled else ""
        cleared = cleared_words(self._store.live.board.cleared) if self._store is not None else ""
        _say(self._beside, " · ".join(filter(None, (baseline_words(rows) if rows else "", fastest, cleared))))

    def _place_in_force(self) -> Place | None:
        """From where to where the row in force reaches; at the top where all rows are seen."""
        places = zip(self.table.rows, self.table.places(self.table.width()), strict=True)
        found = next(((place.row.top(), place.row.bottom() + 2) for row, place in places if row.is_now), None)
        return found if found is None or self.table.is_scrolled else (0.0, 0.0)

    def _follow(self) -> None:
        """There is more room, or less: say on top what has to be, and find anew where words stand."""
        self._say_on_top()
        QTimer.singleShot(0, self, self._words.place)  # once all have the heights that go with it

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew which rows say all, for another height."""
        super().resizeEvent(event)
        self._words.place()
        self._make_room(self._scroll.viewport().height())

    def minimumSizeHint(self) -> QSize:
        """No height for what colours mean: in larger letters it goes among the rows before the window grows for it."""
        least = super().minimumSizeHint()
        stands = self._words.is_legend_below and not self._legend.isHidden()
        return least - QSize(0, self._legend.minimumSizeHint().height() + TIGHT) if stands else least

    def _make_room(self, height: int) -> None:
        """Lay out the rows for that height, at once.

        A scroll bar has its place always: rows that wrap only beside one, and so need none, would have it come and go
        without an end.
        """
        self._inside.setMaximumWidth(self._words.rows_width)
        self.table.give_room(height)
        self.table.fit()
        self._whole_rows.leave_room()
        inside = self._inside
        inside.resize(inside.width(), max(self._scroll.viewport().height(), inside.sizeHint().height()))

    def _show_parts(self, *, is_empty: bool) -> None:
        for part in (self._scroll, self._legend, self._beside, self.menu_button):
            part.setHidden(is_empty)
        self._empty.setHidden(not is_empty)
        if is_empty:
            self._brief.hide()

    # What can be done with it ----------------------------------------------------------------------------------------

    def _show_menu(self, key: Key | None, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu, key)
        menu.popup(at)

    def _fill(self, menu: QMenu, key: Key | None) -> None:
        """With a row's key, what is for that row comes first."""
        copies = [
            (self.tr("Copy as text"), self.copy),
            (self.tr("Save as picture …"), self._save_picture),
            (self.tr("Save as table …"), self._save_table),
        ]
        if self._store is not None:
            fill_board_menu(menu, self._store.live.board, self.intent.emit, copies, key)

    def _choose_baseline(self, key: Key) -> None:
        self.intent.emit(ChooseBaseline(key))

    def copy(self) -> None:
        """Put the board on the clipboard, as a table of text."""
        if self._store is not None:
            run = self._store.live
            words = plain_text(self.table.rows, run.unit, self._note.text())
            QGuiApplication.clipboard().setText(words)

    def picture(self) -> bytes:
        """The board as a PNG: all rows, those scrolled away too, what colours mean, and what averages are of."""
        self._make_room(EVERYTHING)
        self._words.spread()
        parts = (self._beside, self.table, self._legend, self._note)
        picture = picture_of(parts, self.table.width(), self.palette().color(QPalette.ColorRole.Window))
        self._words.place()
        self._make_room(self._scroll.viewport().height())
        return picture

    def _save_picture(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save the board"), "gearshift-board.png", "PNG (*.png)")
        if path:
            self.intent.emit(SaveBytes(path, self.picture()))

    def _save_table(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save the board"), "gearshift-board.csv", "CSV (*.csv)")
        if path and self._store is not None:
            text = csv_text(self.table.rows, self._store.live.unit)
            self.intent.emit(SaveBytes(path, text.encode()))


def _say(label: QLabel, text: str) -> None:
    if text != label.text():
        label.setText(text)
