"""The board of modes: what each mode a run visited comes to, beside a baseline. It alone carries a lecture."""

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QActionGroup, QGuiApplication, QPainter, QPalette, QPixmap, QRegion, QResizeEvent
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
from gui.model.intents import ChooseBaseline, ClearBoard, SaveBytes, SortBoard
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.board_text import baseline_words, csv_text, fastest_words, name_words, note_words, plain_text, row_words
from gui.widgets.board_places import CHIP, GAP
from gui.widgets.board_table import BoardTable
from gui.widgets.phase_legend import PhaseLegend
from gui.widgets.put_in import put_in
from gui.widgets.whole_rows import WholeRows

EVERYTHING = 10**6
"""A height that there is room for all in."""
LEGEND_SHARE = 0.18
"""Of the height, the most that what colours mean may take from the rows."""
SHARPER, MARGIN = 2, 8
"""Of a saved picture: pixels for one on the screen, and what is left free around its parts."""


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
        self._in_force: Key | None = None
        self._place, self._scrolled_to = QRectF(), 0
        """Of the row in force, when it was scrolled to last, and how far that was."""
        self.table = BoardTable()
        self.table.baseline_wanted.connect(self._choose_baseline)
        self.table.menu_wanted.connect(self._show_menu)
        self.table.room_changed.connect(self._say_on_top)
        self._legend = PhaseLegend()
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setContentsMargins(round(CHIP + GAP), 0, GRID, 0)  # where the names of modes begin
        set_note(self._note)
        self._empty = QLabel(
            self.tr(
                "Press Play, then choose another mode in Device or Parallelism: each mode that the run visits gets a "
                "row here, with its ms a step, its speed-up, where the time goes, and what it sends and holds."
            )
        )
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
        self._build()

    def _build(self) -> None:
        self._scroll = QScrollArea()
        self._inside = QWidget()
        rows = self._rows = QVBoxLayout(self._inside)
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
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, TIGHT)
        layout.setSpacing(TIGHT)
        top = put_in(layout, QHBoxLayout())
        top.setContentsMargins(GRID, TIGHT, GRID, 0)
        top.addWidget(self._beside, 1)
        top.addWidget(self.menu_button)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._empty, 1)
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
            self.table.show_rows([], {}, run.unit, [])
            return
        hints = [row_words(row, rows, run.unit, self._legend.name) for row in rows]
        self.table.show_rows(rows, run.mode_numbers, run.unit, hints)
        self._legend.show_device(has_accelerator(rows))
        in_force = next((row.key for row in rows if row.is_now), None)
        is_left_alone = self._scroll.verticalScrollBar().value() == self._scrolled_to
        if in_force is not None and (in_force != self._in_force or (is_left_alone and self._now() != self._place)):
            QTimer.singleShot(0, self, self._show_in_force)  # once its place is laid out
        self._in_force = in_force
        self._say_on_top()
        _say(self._note, note_words(rows, is_replay=run.is_replay))
        self._whole_rows.leave_room()

    def _say_on_top(self) -> None:
        """What others are compared with; where rows are scrolled, also the fastest: that may be scrolled away."""
        rows = self.table.rows
        fastest = fastest_words(rows) if self.table.is_scrolled else ""
        _say(self._beside, " · ".join(filter(None, (baseline_words(rows) if rows else "", fastest))))

    def _now(self) -> QRectF:
        """Where the row in force is; empty where there is none."""
        places = zip(self.table.rows, self.table.places(self.table.width()), strict=True)
        return next((place.row for row, place in places if row.is_now), QRectF())

    def _show_in_force(self) -> None:
        """Scroll to the row in force, when it is another one or has become longer: all of it is below the heads."""
        self._place, bar = self._now(), self._scroll.verticalScrollBar()
        least = round(self._place.bottom()) + 2 - self._scroll.viewport().height()
        for _ in range(2):  # as it is scrolled, the baseline may come to stand below the heads
            bar.setValue(min(max(bar.value(), least), round(self._place.top()) - self.table.heads.height()))
        self._scrolled_to = bar.value()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew which rows say all, for another height."""
        super().resizeEvent(event)
        is_left_alone = self._scroll.verticalScrollBar().value() == self._scrolled_to
        self._place_legend()
        self._make_room(self._scroll.viewport().height())
        if is_left_alone:
            QTimer.singleShot(0, self, self._show_in_force)  # once there is another height to scroll in

    def minimumSizeHint(self) -> QSize:
        """No height for what colours mean: in larger letters it goes among the rows before the window grows for it."""
        least = super().minimumSizeHint()
        stands = self._column.indexOf(self._legend) >= 0 and not self._legend.isHidden()
        return least - QSize(0, self._legend.minimumSizeHint().height() + TIGHT) if stands else least

    @property
    def _rows_width(self) -> int:
        return max(1, self.width() - self._scroll.verticalScrollBar().sizeHint().width())

    def _place_legend(self) -> None:
        """What colours mean stands below rows that are scrolled, where it leaves them most of the height."""
        stays = self._legend.heightForWidth(self._rows_width) <= LEGEND_SHARE * self.height()
        if stays == (self._column.indexOf(self._legend) >= 0):
            return
        before, after = (self._rows, self._column) if stays else (self._column, self._rows)
        before.removeWidget(self._legend)
        after.insertWidget(after.indexOf(self._scroll if stays else self.table) + 1, self._legend)

    def _make_room(self, height: int) -> None:
        """Lay out the rows for that height, at once.

        A scroll bar has its place always: rows that wrap only beside one, and so need none, would have it come and go
        without an end.
        """
        for part in (self._inside, self._legend):
            part.setMaximumWidth(self._rows_width)
        self.table.give_room(height)
        self.table.fit()
        self._whole_rows.leave_room()
        inside = self._inside
        inside.resize(inside.width(), max(self._scroll.viewport().height(), inside.sizeHint().height()))

    def _show_parts(self, *, is_empty: bool) -> None:
        for part in (self._scroll, self._legend, self._beside, self.menu_button):
            part.setHidden(is_empty)
        self._empty.setHidden(not is_empty)

    # What can be done with it ----------------------------------------------------------------------------------------

    def _show_menu(self, key: Key | None, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu, key)
        menu.popup(at)

    def _fill(self, menu: QMenu, key: Key | None) -> None:
        """With a row's key, what is for that row comes first."""
        menu.clear()
        rows = self.table.rows
        if key is not None:
            menu.addAction(self.tr("Compare others to this row"), lambda: self._choose_baseline(key))
            menu.addSeparator()
        baselines = menu.addMenu(self.tr("Compare others to"))
        group = QActionGroup(baselines)
        group.setExclusive(len({row.batch_size for row in rows}) <= 1)  # else each batch size has one of its own
        for row in rows:
            action = baselines.addAction(name_words(row, rows))
            action.setCheckable(True)
            action.setChecked(row.is_baseline)
            action.triggered.connect(lambda _=False, key=row.key: self._choose_baseline(key))
            group.addAction(action)
        by_speed = menu.addAction(self.tr("Fastest first"))
        by_speed.setCheckable(True)
        by_speed.setChecked(self._store is not None and self._store.live.board.is_by_speed)
        by_speed.triggered.connect(lambda checked: self.intent.emit(SortBoard(by_speed=checked)))
        menu.addSeparator()
        menu.addAction(self.tr("Copy as text"), self.copy)
        menu.addAction(self.tr("Save as picture …"), self._save_picture)
        menu.addAction(self.tr("Save as table …"), self._save_table)
        menu.addSeparator()
        clear = menu.addAction(self.tr("Clear"), lambda: self.intent.emit(ClearBoard()))
        clear.setToolTip(
            self.tr(
                "All rows but the one in force go. Each comes back when its mode is visited again, or the run opened."
            )
        )
        menu.setToolTipsVisible(True)

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
        parts = (self._beside, self.table, self._legend, self._note)
        needed = [_needed_height(part) for part in parts]  # a row in the panel may have more, to share out
        width, height = self.table.width(), sum(needed) + (len(parts) + 1) * MARGIN
        picture = QPixmap(SHARPER * (width + 2 * MARGIN), SHARPER * height)
        picture.setDevicePixelRatio(SHARPER)
        picture.fill(self.palette().color(QPalette.ColorRole.Window))
        painter, y = QPainter(picture), MARGIN
        for part, least in zip(parts, needed, strict=True):
            middle = QRegion(0, (part.height() - least) // 2, part.width(), least)
            part.render(painter, QPoint(MARGIN, y), middle, QWidget.RenderFlag.DrawChildren)
            y += least + MARGIN
        painter.end()
        self._make_room(self._scroll.viewport().height())
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        return bytes(buffer.data().data())

    def _save_picture(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save the board"), "gearshift-board.png", "PNG (*.png)")
        if path:
            self.intent.emit(SaveBytes(path, self.picture()))

    def _save_table(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save the board"), "gearshift-board.csv", "CSV (*.csv)")
        if path and self._store is not None:
            text = csv_text(self.table.rows, self._store.live.unit)
            self.intent.emit(SaveBytes(path, text.encode()))


def _needed_height(part: QWidget) -> int:
    return min(part.height(), part.heightForWidth(part.width())) if part.hasHeightForWidth() else part.height()


def _say(label: QLabel, text: str) -> None:
    if text != label.text():
        label.setText(text)
