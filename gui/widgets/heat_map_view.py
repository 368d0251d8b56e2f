"""A table of numbers as colours, with names at its sides: read cell by cell under the mouse, or as it stands."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip

from engine.pictures import AnyPicture, HeatMap
from gui.look.scale import GRID, HALF, SMALL, TIGHT, letters_font
from gui.look.theme import plot_colours, text_on
from gui.text.engine_text import phrase_text
from gui.widgets.heat_map_colours import cell_colours, is_diagonal
from gui.widgets.heat_map_letters import (
    DIGITS,
    FEW_DIGITS,
    figure,
    fitted_letters,
    is_counted,
    least_letters,
    line_of,
    name_letters,
    names_width,
    told,
    widest_of,
)
from gui.widgets.picture_view import PictureView, image_of

LEAST_LINE, LEAST_COUNTED = 0.75, 0.15
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
            values = np.where(is_diagonal(values), 0.0, values)
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
        assert self._map is not None
        return cell_colours(self._map, self._values, self.palette())

    def _paint_names(self, painter: QPainter, place: QRectF) -> None:
        assert self._map is not None
        colours, line, names = plot_colours(self.palette()), self.fontMetrics().height(), self._map.columns
        height, width = place.height() / len(self._map.rows), place.width() / len(names)
        centre = Qt.AlignmentFlag.AlignCenter
        left, right = (
            Qt.AlignmentFlag.AlignVCenter | to for to in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        )
        painter.setPen(colours.muted)
        beside = QRectF(0, place.top() - line, place.left() - HALF, line)
        after = QRectF(place.right() + 2 * HALF, 0, self.width() - place.right() - 2 * HALF, line)
        at_top = QRectF(0, 0, place.left() - HALF, line)
        row_title, title = self._titles()
        painter.drawText(beside, right, row_title)
        above, side = (at_top, right) if self._is_upright() else (after, left)
        if self.fontMetrics().horizontalAdvance(title) <= above.width():
            painter.drawText(above, side, title)
        painter.setPen(colours.foreground)
        if not self._is_upright():
            painter.setFont(self._fitted(lambda font: widest_of(font, names) + TIGHT <= width))
        metrics, widest = painter.fontMetrics(), widest_of(painter.font(), names)
        columns = told(len(self._map.columns), width, 0 if self._is_upright() else widest + TIGHT)
        step = columns.step if self._map.rows == self._map.columns else 1
        most = QFontInfo(painter.font()).pixelSize()
        row_font, stands = name_letters(self.font(), height * step, most, is_spelled=self._is_spelled())
        if self._map.has_numbers:
            row_font = self._number_font(place)
        rows = told(len(self._map.rows), height, line_of(row_font, is_number=False) / stands)
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
        letter = max(map(metrics.horizontalAdvance, self._map.rows))
        for number, index in enumerate(rows):
            at = QRectF(0, place.top() + index * height - line, place.left() - HALF, height + 2 * line)
            if stands > 1:
                at.setLeft(at.right() - (number % stands + 1) * letter)
                at.setWidth(letter)
            name = metrics.elidedText(self._map.rows[index], ELLIPSIS, round(at.width()))
            painter.drawText(at, right if stands == 1 else centre, name)

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
        titles = self._titles()
        widest = max(width(titles[0]), names_width(self.font(), self._map.rows, LONGEST_ROW, self._is_spelled()))
        wide, (narrow, low, _) = self._least()[1], self._least_margins()
        if self._is_upright():
            high = QFontMetrics(letters_font(self.font(), SMALL)).height()
            whole = widest_of(self.font(), self._map.columns) + HALF
            room = self.height() - HALF - high * len(self._map.rows)
            left = max(widest, width(titles[1])) + gap
            return max(left, self._left_over(HALF)), max(low, min(whole, room)), HALF
        after, left = width(titles[1]) + gap, widest + gap
        if self._map.has_numbers:
            left = max(left, self._left_over(after))
        else:
            left = max(narrow, min(left, self.width() - after - wide * len(self._map.columns)))
        return left, float(self.fontMetrics().height()), after

    def _least_margins(self) -> tuple[float, float, float]:
        """The same where there is little room: cells come first, names are cut, and told under the mouse."""
        if self._map is None:
            return 0.0, 0.0, 0.0
        letters, gap = self.fontMetrics(), 2.0 * HALF
        row, column = map(letters.horizontalAdvance, self._titles())
        longest = LONGEST_ROW if self._map.has_numbers else SHORTEST_ROW
        widest = max(row, names_width(self.font(), self._map.rows, longest, self._is_spelled()))
        if self._is_upright():
            return max(widest, column) + gap, 2.0 * letters.height(), HALF
        return widest + gap, float(letters.height()), column + gap if self._map.has_numbers else HALF

    def _titles(self) -> tuple[str, str]:
        """What rows are, and columns; where they have a relation, as a sentence from one to the other."""
        assert self._map is not None
        if self._map.relation.template:
            return self.tr("↓ {relation} →").format(relation=phrase_text(self._map.relation)), ""
        return phrase_text(self._map.row_title), phrase_text(self._map.column_title)

    def _is_spelled(self) -> bool:
        """Whether rows are single letters: in low rows each second one stands further left, so that all are larger."""
        return self._map is not None and not self._map.has_numbers and all(len(name) == 1 for name in self._map.rows)

    def _is_upright(self) -> bool:
        """Whether names above columns, of which there are many, are far wider than the numbers below them."""
        assert self._map is not None
        if not self._map.has_numbers or len(self._map.columns) < MANY_COLUMNS:
            return False
        return widest_of(self.font(), self._map.columns) > UPRIGHT * self._widest_number(self.font())

    def _widest_number(self, font: QFont) -> int:
        return widest_of(font, map(self._told, self._values[np.isfinite(self._values)].tolist()))

    def _least(self) -> tuple[float, float]:
        """How high a cell is at least, and how wide: numbers that are no counts, and long names, have their room."""
        assert self._map is not None
        line, width = self.fontMetrics().height(), self.fontMetrics().horizontalAdvance
        letters = least_letters(self.font(), is_number=self._map.has_numbers)
        least = line_of(letters, is_number=self._map.has_numbers)
        if not self._map.has_numbers:
            high = LEAST_COUNTED * line if is_counted(self._map.rows) else least
            wide = (LEAST_COUNTED if is_counted(self._map.columns) else LEAST_LINE) * line
            return high, min(wide, widest_of(letters, self._map.columns) + TIGHT)
        widest = self._widest_number(letters)
        if not self._is_upright():
            widest = max(widest, *map(width, self._map.columns))
        return least, max(least, widest + 2.0 * HALF)

    def _most(self) -> float:
        """How wide a cell is at most."""
        most = max(MOST_LINES * self.fontMetrics().height(), self._least()[1])
        has_numbers = self._map is not None and self._map.has_numbers
        return max(most, self._widest_number(self.font()) + 2.0 * GRID) if has_numbers else most

    def _left_over(self, after: float) -> float:
        """What the widest cells leave of the width, and names of rows need of that."""
        assert self._map is not None
        whole = widest_of(self.font(), self._map.rows) + 2.0 * HALF
        return min(whole, self.width() - after - self._most() * len(self._map.columns))

    def _place(self) -> QRectF:
        assert self._map is not None
        left, above, after = self._margins()
        width = min(self.width() - left - after, self._most() * len(self._map.columns))
        height = min(self.height() - above - HALF, MOST_LINES * self.fontMetrics().height() * len(self._map.rows))
        return QRectF(left, above, max(1.0, width), max(1.0, height))

    def _words(self, row: int, column: int) -> str:
        assert self._map is not None
        names, value = (self._map.rows[row], self._map.columns[column]), float(self._values[row, column])
        parts = ", ".join(f"{title} {name}".strip() for title, name in zip(self._titles(), names, strict=True))
        if self._map.relation.template:
            parts = " ".join((names[0], phrase_text(self._map.relation), names[1]))
        return f"{parts}: {'–' if np.isnan(value) else figure(value, decimals=self._map.decimals)}"

    def _text_at(self, at: QPointF) -> str:
        if self._map is None:
            return ""
        place = self._place()
        row = int((at.y() - place.top()) // (place.height() / len(self._map.rows)))
        column = int((at.x() - place.left()) // (place.width() / len(self._map.columns)))
        inside = 0 <= row < len(self._map.rows) and 0 <= column < len(self._map.columns)
        return self._words(row, column) if inside else ""
