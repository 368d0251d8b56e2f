"""A table of numbers as colours, with names at its sides: read cell by cell under the mouse, or as it stands."""

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolTip

from engine.pictures import AnyPicture, HeatMap
from gui.look.scale import GRID, HALF, SMALL, TIGHT, letters_font
from gui.look.theme import VERMILLION, plot_colours, text_on
from gui.text.engine_text import phrase_text
from gui.widgets.heat_map_letters import DIGITS, FEW_DIGITS, figure, fitted_letters, least_letters, line_of, told
from gui.widgets.picture_view import PictureView, image_of, more_colour, number_colours, ramp

LEAST_LINE, LEAST_COUNTED, MANY_COUNTED = 0.75, 0.15, 24
"""Of a line of text, that a cell without a number is at least wide, and high where so many are only counted."""
LONGEST_ROW, SHORTEST_ROW = 16, 6
"""Letters, about, that names of rows take of the numbers' room; the rest of a name is told under the mouse. Where not
all columns have room, of cells without numbers, so many."""
ELLIPSIS = Qt.TextElideMode.ElideRight
UPRIGHT = 1.5
"""Times as wide as numbers, names above many columns stand upright: no column is wider for them."""
MOST_LINES, MANY_COLUMNS = 3.0, 8
"""Of text, that a row is high at most; and columns that stand so close that their numbers have fewer digits."""


class HeatMapView(PictureView):
    """Rows from top to bottom, columns from left to right; the darker, the more."""

    def __init__(self) -> None:
        super().__init__()
        self._map: HeatMap | None = None
        self._values = np.zeros((0, 0), np.float32)

    def show_picture(self, picture: AnyPicture) -> None:
        """Draw this table from now on."""
        assert isinstance(picture, HeatMap)
        self._map = picture
        self._values = np.frombuffer(picture.values, np.float32).reshape(len(picture.rows), len(picture.columns))
        self.take_room()
        self.update()

    def take_room(self) -> None:
        """Ask for room for all in the smallest letters that can be read; where it shrinks, names alone need none."""
        if self._map is not None and self.shrinks and not self._map.has_numbers:
            self.setMinimumSize(0, 0)
        elif self._map is not None:
            left, _, after = self._least_margins()
            self.setMinimumSize(round(left + self._least()[1] * len(self._map.columns) + after), self.legible_height())

    def legible_height(self) -> int:
        """Pixels at which each row has its name, in letters that can be read."""
        rows = len(self._map.rows) if self._map is not None else 0
        return round(self._least_margins()[1] + self._least()[0] * rows + HALF) if rows else 0

    def summary(self) -> str:
        """The table's sides, and where its largest numbers off the diagonal, or at all, stand."""
        if self._map is None or not self._values.size:
            return ""
        values = np.abs(np.nan_to_num(self._values))
        if self._map.is_diagonal_right:
            values = np.where(_is_diagonal(values), 0.0, values)
        row, column = np.unravel_index(int(values.argmax()), values.shape)
        return self.tr("{rows} rows, {columns} columns. {cell}").format(
            rows=len(self._map.rows), columns=len(self._map.columns), cell=self._words(int(row), int(column))
        )

    def edge_pieces(self) -> list[tuple[float, float]]:
        """What is seen whole or not at all where it is scrolled: rows of numbers."""
        if self._map is None or not self._map.has_numbers or not self._values.size:
            return []
        place = self._place()
        row, count = place.height() / len(self._map.rows), len(self._map.rows)
        return [(place.top() + at * row, place.top() + (at + 1) * row) for at in range(count)]

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the cells, the names and the numbers."""
        if self._map is None or not self._values.size:
            return
        painter = QPainter(self)
        place = self._place()
        painter.drawImage(place, image_of(self._colours()))
        painter.setFont(letters_font(self.font(), SMALL))
        self._paint_names(painter, place)
        if self._map.has_numbers:
            painter.setFont(self._number_font(place))
            self._paint_numbers(painter, place)

    def event(self, event: object) -> bool:
        """Tell the number under the mouse."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def _colours(self) -> np.ndarray:
        """Of each cell, (rows, columns, 3); mistakes are red, on a scale of their own."""
        assert self._map is not None
        values, ground = np.nan_to_num(self._values), self.palette().color(QPalette.ColorRole.Base)
        if self._map.is_signed:
            largest = float(np.abs(values).max(initial=0.0)) or 1.0
            table = number_colours(self.palette(), is_signed=True)
            signed: np.ndarray = table[np.clip(127.5 + 127.5 * values / largest, 0, 255).round().astype(np.uint8)]
            return signed
        colours = _scaled(values, ramp(ground, more_colour(self.palette())))
        if self._map.is_diagonal_right:
            is_wrong = np.logical_not(_is_diagonal(values))
            wrong = _scaled(np.where(is_wrong, values, 0.0), ramp(ground, QColor(VERMILLION)))
            right = _scaled(np.where(is_wrong, 0.0, values), ramp(ground, more_colour(self.palette())))
            colours = np.where(is_wrong[:, :, None], wrong, right)
        return colours

    def _paint_names(self, painter: QPainter, place: QRectF) -> None:
        assert self._map is not None
        colours, line = plot_colours(self.palette()), self.fontMetrics().height()
        height, width = place.height() / len(self._map.rows), place.width() / len(self._map.columns)
        centre = Qt.AlignmentFlag.AlignCenter
        left, right = (
            Qt.AlignmentFlag.AlignVCenter | to for to in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        )
        painter.setPen(colours.muted)
        beside = QRectF(0, place.top() - line, place.left() - HALF, line)
        after = QRectF(place.right() + 2 * HALF, 0, self.width() - place.right() - 2 * HALF, line)
        at_top = QRectF(0, 0, place.left() - HALF, line)
        painter.drawText(beside, right, phrase_text(self._map.row_title))
        above, side = (at_top, right) if self._is_upright() else (after, left)
        title = phrase_text(self._map.column_title)
        if self.fontMetrics().horizontalAdvance(title) <= above.width():
            painter.drawText(above, side, title)
        painter.setPen(colours.foreground)
        if not self._is_upright():
            painter.setFont(self._fitted(lambda font: self._widest_name(font) + TIGHT <= width))
        metrics, widest = painter.fontMetrics(), self._widest_name(painter.font())
        if self._map.has_numbers:
            row_font = self._number_font(place)
        else:
            row_font = self._fitted(lambda font: line_of(font, is_number=False) <= height)
        rows = told(len(self._map.rows), height, line_of(row_font, is_number=False))
        columns = told(len(self._map.columns), width, 0 if self._is_upright() else widest + TIGHT)
        if self._map.rows == self._map.columns:  # what is read across is read down
            rows = columns = range(0, len(self._map.rows), max(rows.step, columns.step))
        for index in columns:
            if self._is_upright():
                painter.save()
                painter.translate(place.left() + (index + 0.5) * width - line / 2, place.top() - TIGHT)
                painter.rotate(-90)
                name = metrics.elidedText(self._map.columns[index], ELLIPSIS, round(place.top() - HALF))
                painter.drawText(QRectF(0, 0, place.top(), line), left, name)
                painter.restore()
                continue
            at = QRectF(place.left() + (index + 0.5) * width - widest, 0, 2 * widest, line)
            painter.drawText(at, centre, self._map.columns[index])
        painter.setFont(row_font)
        metrics = painter.fontMetrics()
        for index in rows:
            at = QRectF(0, place.top() + index * height - line, place.left() - HALF, height + 2 * line)
            painter.drawText(at, right, metrics.elidedText(self._map.rows[index], ELLIPSIS, round(at.width())))

    def _paint_numbers(self, painter: QPainter, place: QRectF) -> None:
        height, width = place.height() / self._values.shape[0], place.width() / self._values.shape[1]
        colours = self._colours()
        assert self._map is not None
        is_told = np.isfinite(self._values) & ((self._values != 0) | self._map.is_signed)
        for row, column in np.argwhere(is_told).tolist():
            value = float(self._values[row, column])
            painter.setPen(text_on(QColor(*colours[row, column].tolist())))
            at = QRectF(place.left() + column * width, place.top() + row * height, width, height)
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, self._told(value))

    def _told(self, value: float) -> str:
        """A number as it stands in its cell: of many beside each other shorter than it is told alone."""
        assert self._map is not None
        digits = FEW_DIGITS if self._values.shape[1] >= MANY_COLUMNS else DIGITS
        return figure(value, digits, self._map.decimals)

    def _fitted(self, fits: Callable[[QFont], bool]) -> QFont:
        assert self._map is not None
        return fitted_letters(self.font(), fits, is_number=self._map.has_numbers)

    def _widest_name(self, font: QFont) -> int:
        assert self._map is not None
        return max(map(QFontMetrics(font).horizontalAdvance, self._map.columns))

    def _number_font(self, place: QRectF) -> QFont:
        """As large as rows are high and columns wide."""
        height, width = place.height() / self._values.shape[0], place.width() / self._values.shape[1]

        def fits(font: QFont) -> bool:
            return line_of(font, is_number=True) <= height and self._widest_number(font) + HALF <= width

        return self._fitted(fits)

    def _margins(self) -> tuple[float, float, float]:
        """What names and titles take at the left, above and at the right."""
        if self._map is None:
            return 0.0, 0.0, 0.0
        width, gap = self.fontMetrics().horizontalAdvance, 2.0 * HALF
        titles = [phrase_text(title) for title in (self._map.row_title, self._map.column_title)]
        longest = LONGEST_ROW * self.fontMetrics().averageCharWidth()
        widest = max(width(titles[0]), *(min(width(name), longest) for name in self._map.rows))
        wide, (narrow, low, _) = self._least()[1], self._least_margins()
        if self._is_upright():
            high = QFontMetrics(letters_font(self.font(), SMALL)).height()
            whole, room = max(map(width, self._map.columns)) + HALF, self.height() - HALF - high * len(self._map.rows)
            return max(widest, width(titles[1])) + gap, max(low, min(whole, room)), HALF
        after = width(titles[1]) + gap
        left = widest + gap
        if not self._map.has_numbers:
            left = max(narrow, min(left, self.width() - after - wide * len(self._map.columns)))
        return left, float(self.fontMetrics().height()), after

    def _least_margins(self) -> tuple[float, float, float]:
        """The same where there is little room: cells come first, names are cut, and told under the mouse."""
        if self._map is None:
            return 0.0, 0.0, 0.0
        letters, gap = self.fontMetrics(), 2.0 * HALF
        row, column = (
            letters.horizontalAdvance(phrase_text(title)) for title in (self._map.row_title, self._map.column_title)
        )
        most = (LONGEST_ROW if self._map.has_numbers else SHORTEST_ROW) * letters.averageCharWidth()
        widest = max(row, *(min(letters.horizontalAdvance(name), most) for name in self._map.rows))
        if self._is_upright():
            return max(widest, column) + gap, 2.0 * letters.height(), HALF
        return widest + gap, float(letters.height()), column + gap if self._map.has_numbers else HALF

    def _is_upright(self) -> bool:
        """Whether names above columns, of which there are many, are far wider than the numbers below them."""
        assert self._map is not None
        if not self._map.has_numbers or len(self._map.columns) < MANY_COLUMNS:
            return False
        return max(map(self.fontMetrics().horizontalAdvance, self._map.columns)) > UPRIGHT * self._widest_number(
            self.font()
        )

    def _widest_number(self, font: QFont) -> int:
        found = self._values[np.isfinite(self._values)].tolist()
        return max(map(QFontMetrics(font).horizontalAdvance, map(self._told, found)), default=0)

    def _least(self) -> tuple[float, float]:
        """How high a cell is at least, and how wide: numbers that are no counts, and long names, have their room."""
        assert self._map is not None
        line, width = self.fontMetrics().height(), self.fontMetrics().horizontalAdvance
        letters = least_letters(self.font(), is_number=self._map.has_numbers)
        least = line_of(letters, is_number=self._map.has_numbers)
        if not self._map.has_numbers:
            high = LEAST_COUNTED * line if _is_counted(self._map.rows) else least
            wide = (LEAST_COUNTED if _is_counted(self._map.columns) else LEAST_LINE) * line
            return high, min(wide, self._widest_name(letters) + TIGHT)
        widest = self._widest_number(letters)
        if not self._is_upright():
            widest = max(widest, *map(width, self._map.columns))
        return least, max(least, widest + 2.0 * HALF)

    def _place(self) -> QRectF:
        assert self._map is not None
        left, above, after = self._margins()
        most = max(MOST_LINES * self.fontMetrics().height(), self._least()[1])
        if self._map.has_numbers:
            most = max(most, self._widest_number(self.font()) + 2.0 * GRID)
        width = min(self.width() - left - after, most * len(self._map.columns))
        height = min(self.height() - above - HALF, MOST_LINES * self.fontMetrics().height() * len(self._map.rows))
        return QRectF(left, above, max(1.0, width), max(1.0, height))

    def _words(self, row: int, column: int) -> str:
        assert self._map is not None
        sides = ((self._map.row_title, self._map.rows[row]), (self._map.column_title, self._map.columns[column]))
        parts = [f"{phrase_text(title)} {name}".strip() for title, name in sides]
        value = float(self._values[row, column])
        return f"{', '.join(parts)}: {'–' if np.isnan(value) else figure(value, decimals=self._map.decimals)}"

    def _text_at(self, at: QPointF) -> str:
        if self._map is None:
            return ""
        place = self._place()
        row = int((at.y() - place.top()) // (place.height() / len(self._map.rows)))
        column = int((at.x() - place.left()) // (place.width() / len(self._map.columns)))
        inside = 0 <= row < len(self._map.rows) and 0 <= column < len(self._map.columns)
        return self._words(row, column) if inside else ""


def _is_counted(names: Sequence[str]) -> bool:
    """Whether names are numbers, some of which tell the others."""
    return len(names) > MANY_COUNTED and all(name.isdecimal() for name in names)


def _is_diagonal(values: np.ndarray) -> np.ndarray:
    """Of each cell (rows, columns), whether row and column are the same."""
    rows, columns = np.indices(values.shape)
    same: np.ndarray = rows == columns
    return same


def _scaled(values: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Colours (rows, columns, 3) of numbers, on a scale from 0 to the largest."""
    largest = float(values.max(initial=0.0)) or 1.0
    coloured: np.ndarray = table[np.clip(255 * values / largest, 0, 255).astype(np.uint8)]
    return coloured
