"""The rows of the board of modes: chip, name, figures, and the split of a step as a bar, all on one scale of time.

wide      one line a row, everything in columns
dense     two lines a row, everything in columns: where there is no room for all rows otherwise
ordinary  name, ms a step, speed-up and bar; the other figures below. A long name has a line of its own
narrow    these below each other too: nothing is cut, and nothing scrolls sideways
"""

from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from engine.metrics.mode_measure import Key
from engine.rows import PHASES
from gui.look.mode_colours import mode_colours, mode_field
from gui.look.patterns import phase_brush
from gui.look.scale import SMALL, letters_font
from gui.look.speed_colours import speed_colour
from gui.look.theme import is_dark, plot_colours
from gui.model.board import BoardRow
from gui.text.board_text import milliseconds, name_words, speed_up_words
from gui.widgets.board_dense import dense_places, strip_places
from gui.widgets.board_heads import BoardHeads
from gui.widgets.board_places import CHIP, GAP, Form, KeptPlaces, RowPlace, bold_font, head_height, row_places
from gui.widgets.board_titles import LEFT, RIGHT, paint_titles
from gui.widgets.torn_bar import TornEnd, paint_torn_end, scale_s, torn_end

WHOLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
WRAPPED = WHOLE | int(Qt.TextFlag.TextWordWrap)


class BoardTable(QWidget):
    """Draws rows; `chosen` is the one that keys go from. Emits what is wanted of a row.

    `heads` are what its columns are once more, and the baseline, to lie over rows that are scrolled.
    """

    baseline_wanted = Signal(object)
    menu_wanted = Signal(object, object)
    """The row's key or None, and where on the screen."""
    room_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[BoardRow] = []
        self.chosen = -1
        """The row that keys go from; -1 until there is one."""
        self.room = 0
        """The height there is: for want of it the row in force and the chosen one say all, or the chosen one alone."""
        self._numbers: dict[str, int] = {}
        self._hints: list[str] = []
        self._unit = ""
        self._places = KeptPlaces()
        self.heads = BoardHeads(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Board of modes"))

    def show_rows(self, rows: list[BoardRow], numbers: dict[str, int], unit: str, hints: list[str]) -> None:
        """Draw these from now on. `numbers` give modes their colours; `hints` say each row in words."""
        self._hints = hints
        if (rows, unit, numbers) == (self.rows, self._unit, self._numbers):
            return
        self.rows, self._unit, self._numbers = rows, unit, dict(numbers)
        self.chosen = min(self.chosen, len(rows) - 1)
        self.setAccessibleDescription("\n".join(hints))
        self.fit()

    def fit(self) -> None:
        """Take as much height as rows need at this width."""
        was_scrolled = self.is_scrolled
        if (height := self.heightForWidth(self.width())) != self.minimumHeight():
            self.setMinimumHeight(height)
        self.heads.fit()
        self.update()
        if self.is_scrolled is not was_scrolled:
            self.room_changed.emit()

    def give_room(self, height: int) -> None:
        """Say as much of each row as there is room for in so many pixels."""
        if height != self.room:
            self.room = height
            self.fit()
            self.room_changed.emit()

    @property
    def is_scrolled(self) -> bool:
        """Whether there is no room for all rows, though most say what stands in their columns alone."""
        return self.minimumHeight() > self.room

    def choose(self, index: int) -> None:
        """Have keys go from that row, which says all that there is of it."""
        self.chosen = index
        self.setAccessibleDescription(self._hints[index])
        self.fit()

    # Where everything is ---------------------------------------------------------------------------------------------

    @property
    def longest_s(self) -> float:
        """What the bars' full width stands for, in seconds: all rows have one scale; see `scale_s`."""
        return scale_s(self.rows)

    def places(self, width: float) -> list[RowPlace]:
        """Places of the rows at that width, from the top; the heads come first.

        In the first form that there is room for: all that is to be said of each row; the same in columns, with all or
        less of what there is to remark; then the columns alone, with all of the row in force and the chosen one, or of
        the chosen one.
        """
        others = [index for index in range(len(self.rows)) if index != self.chosen]
        shut = [index for index in others if not self.rows[index].is_now]
        forms: list[tuple[Form, list[int]]] = [(row_places, [])]
        forms += [(dense_places, closed) for closed in ([], shut, others)]
        for form, closed in [*forms, (strip_places, shut)]:
            places = self._in_form(form, width, closed)
            if places and places[-1].row.bottom() <= self.room:
                return places
        return self._in_form(strip_places, width, others) or self._in_form(row_places, width, others)

    def edge_pieces(self) -> list[tuple[float, float]]:
        """What is seen whole or not at all where it is scrolled: each row, in pixels from the top."""
        return [(place.row.top(), place.row.bottom()) for place in self.places(self.width())]

    def _in_form(self, form: Form, width: float, closed: Collection[int]) -> list[RowPlace]:
        return self._places(form, self.rows, self._unit, self.font(), width, closed=closed)

    def closed_place(self, index: int) -> RowPlace:
        """Where a row would be if none said more than has room in its line, or its columns."""
        now = self.places(self.width())[index]
        form = dense_places if now.is_dense else strip_places if now.is_strip else row_places
        return self._in_form(form, self.width(), range(len(self.rows)))[index]

    def dense_height(self, width: float) -> float:
        """The height of all rows at that width with their figures in columns; 0 where these have no room."""
        places = self._in_form(dense_places, width, range(len(self.rows))) if self.rows else []
        return places[-1].row.bottom() + 2 if places else 0.0

    @property
    def head_height(self) -> float:
        """The height of what stands above the rows: what their columns are."""
        places = self.places(self.width())
        return places[0].row.top() if places else head_height(self.font())

    def boxes(self, index: int, place: RowPlace) -> list[tuple[str, QRectF]]:
        """The parts of a row's bar: as long as what they take, on the scale of all rows; idle is the last.

        What lies beyond the scale is cut off.
        """
        row, left, found = self.rows[index], place.bar.left(), []
        scale = place.bar.width() / self.longest_s if self.longest_s else 0.0
        for phase, seconds in zip(PHASES, row.phase_s, strict=True):
            found.append((phase, QRectF(left, place.bar.top(), seconds * scale, place.bar.height())))
            left += seconds * scale
        end = place.bar.left() + (row.step_s or 0.0) * scale
        found.append(("", QRectF(left, place.bar.top(), max(0.0, end - left), place.bar.height())))
        return [(phase, box.intersected(place.bar)) for phase, box in found]

    def is_beyond(self, index: int) -> bool:
        """Whether a row takes longer than the scale reaches."""
        return (self.rows[index].step_s or 0.0) > self.longest_s

    def torn_end(self, index: int, place: RowPlace) -> TornEnd | None:
        """Where the bar of such a row is torn off, and what is said there; None of a row whose bar has its length."""
        if not self.is_beyond(index):
            return None
        return torn_end(place.bar, milliseconds(self.rows[index].step_s), QFontMetricsF(bold_font(self.font())))

    def heightForWidth(self, width: int) -> int:
        """The height of all rows at that width, in pixels."""
        places = self.places(width)
        return round(places[-1].row.bottom()) + 2 if places else round(head_height(self.font()))

    def minimumSizeHint(self) -> QSize:
        """The least size: narrow rows wrap, and all of them are there."""
        return QSize(12 * self.fontMetrics().averageCharWidth(), self.heightForWidth(self.width()))

    def resizeEvent(self, _: object) -> None:
        """Lay out the columns anew: some that did not fit may do so now."""
        self.fit()

    # Drawing ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the heads of the columns, unless those on top cover them, then the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self.places(self.width())
        if places and event.rect().top() < round(self.head_height):
            self.paint_heads(painter, places[0])
        for index, place in enumerate(places):
            self.paint_row(painter, index, place)
        painter.end()

    def paint_heads(self, painter: QPainter, place: RowPlace) -> None:
        """Draw what the columns are, where that row has them."""
        longest = milliseconds(self.longest_s)
        paint_titles(painter, place, self.width(), longest, self._unit, self.font(), self.palette())

    def paint_row(self, painter: QPainter, index: int, place: RowPlace) -> None:
        """Draw a row at that place."""
        row, palette = self.rows[index], self.palette()
        number, dark = self._numbers.get(row.name, 0), is_dark(palette)
        mode, colours = mode_colours(number, dark=dark), plot_colours(palette)
        if row.is_now:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mode.tint)
            painter.drawRoundedRect(place.row.adjusted(0, 0, -1, -1), 4, 4)
        chip = QRectF(0, place.row.top() + 3, CHIP, place.row.height() - 6)
        painter.fillRect(chip, mode_field(number, dark=dark))
        small, letters = letters_font(self.font(), SMALL), bold_font if row.is_now else QFont
        painter.setFont(letters(small if place.has_small_name else self.font()))
        painter.setPen(colours.foreground)
        painter.drawText(place.name.adjusted(0, 0, GAP, 0), WRAPPED, name_words(row, self.rows))
        align = WHOLE | (int(LEFT) if place.is_narrow else int(RIGHT))
        painter.setFont(letters(small if place.is_dense else self.font()))
        painter.drawText(place.step, align, milliseconds(row.step_s))
        painter.setFont(bold_font(self.font()))
        painter.setPen(speed_colour(None if row.is_doubtful or row.is_early or row.is_alike else row.speed_up, palette))
        painter.drawText(place.speed_up, align, speed_up_words(row))
        for phase, box in self.boxes(index, place):
            if box.width() > 0 and not row.anatomies:  # how long it takes is known, and not what for
                painter.setPen(colours.muted)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            elif box.width() > 0:
                painter.fillRect(box, phase_brush(phase) if phase else palette.color(QPalette.ColorRole.Midlight))
        if (end := self.torn_end(index, place)) is not None:
            painter.setFont(bold_font(self.font()))
            ground = mode.tint if row.is_now else palette.color(self.backgroundRole())
            paint_torn_end(painter, place.bar, end, ground, colours.foreground)
        painter.setFont(small)
        painter.setPen(colours.foreground if row.is_now else colours.muted)
        for text, box in place.details:
            painter.drawText(box, WHOLE, text)
        for text, box in place.cells:
            painter.drawText(box, align, text)
        if index == self.chosen and self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.row.adjusted(1, 1, -2, -2), 4, 4)

    # Mouse and keys --------------------------------------------------------------------------------------------------

    def _index_at(self, at: QPointF) -> int | None:
        return next((i for i, place in enumerate(self.places(self.width())) if place.row.contains(at)), None)

    def _key(self, index: int | None) -> Key | None:
        return self.rows[index].key if index is not None and 0 <= index < len(self.rows) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the row under the mouse."""
        if (index := self._index_at(event.position())) is not None:
            self.choose(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Compare the others of its batch size to this one."""
        if (key := self._key(self._index_at(event.position()))) is not None:
            self.baseline_wanted.emit(key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the row, by mouse or by the menu key."""
        is_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self._index_at(QPointF(event.pos())) if is_mouse else self.chosen
        at = event.globalPos()
        if not is_mouse and self._key(index) is not None:
            at = self.mapToGlobal(self.places(self.width())[self.chosen].name.center().toPoint())
        self.menu_wanted.emit(self._key(index), at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose a row, Enter makes it the baseline."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in moves and self.rows:
            self.choose(min(max(0, self.chosen + moves[Qt.Key(event.key())]), len(self.rows) - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (key := self._key(self.chosen)) is not None:
            self.baseline_wanted.emit(key)
        else:
            super().keyPressEvent(event)

    def event(self, event: object) -> bool:
        """A row in words where a tooltip is asked for."""
        if isinstance(event, QHelpEvent):
            index = self._index_at(QPointF(event.pos()))
            text = self._hints[index] if index is not None and index < len(self._hints) else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)  # type: ignore[arg-type]
