"""The key of the ribbon: below its stretches, what each number stands for, and each that is too narrow for one.

All stand in the order in which they were visited, which is that of their numbers, whatever is written on the ribbon.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette

from gui.look.mode_colours import mode_colours, mode_field
from gui.look.theme import is_dark, plot_colours
from gui.widgets.ribbon_texts import PADDING

Forms = dict[int, tuple[str, ...]]
"""Of modes, by number: the forms of a name, the fullest first."""
Entry = tuple[int, str, int, float]
"""The number of a mode, what it is called, in which line, and where that begins, in pixels."""

LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


class RibbonKey:
    """Takes as many lines as its names need, of those that there are; with one alone they are short before some go."""

    def __init__(self) -> None:
        self.names: Forms = {}
        """Of modes without a name at the last paint."""
        self.told: set[int] = set()
        """Of these numbers those that the last paint had a place for."""
        self.lines = 0
        self.note, self._note_line, self._note_left = "", 0, 0.0

    def lay_out(
        self,
        numbered: Forms,
        without: Forms,
        advance: Callable[[str], int],
        width: float,
        most_lines: int,
        *,
        is_tight: bool,
    ) -> list[Entry]:
        """Where what stands, in the order of numbers; `lines` are then those it takes.

        Names are short where that saves a line: plots below stay where they are. Of modes `without` a number on the
        ribbon the last are left out where there is no room for all; `is_tight`: they have no line alone.
        """
        self.names = dict(sorted((without | numbered).items()))
        rest = [number for number in self.names if number not in numbered]
        widths = {
            number: tuple(_width(number, form, advance) for form in (forms[0], min(forms, key=advance)))
            for number, forms in self.names.items()
        }
        if is_tight:
            alone = _flow({number: widths[number][1] for number in numbered}, width)
            most_lines = min(most_lines, _lines(alone) or 1)
        for kept in range(len(rest), -1, -1):
            told = [number for number in self.names if number in numbered or number in rest[:kept]]
            full, short = (_flow({number: widths[number][brief] for number in told}, width) for brief in (0, 1))
            is_brief = _lines(short) < _lines(full)
            places = short if is_brief else full
            if _lines(places) <= most_lines:
                break
        found = [
            (number, min(self.names[number], key=advance) if is_brief else self.names[number][0], line, left)
            for number, line, left in places
            if line < most_lines
        ]
        self.told = {number for number, *_ in found}
        self.lines = found[-1][2] + 1 if found else 0
        return found

    def add_note(
        self, forms: Sequence[str], entries: Sequence[Entry], advance: Callable[[str], int], width: float
    ) -> None:
        """Keep as `note` the fullest of these forms that has room behind the last of the entries; "" is none."""
        self.note = ""
        if entries:
            number, name, self._note_line, left = entries[-1]
            self._note_left = left + _width(number, name, advance)
            fitting = (f"│ {form}" for form in forms)
            self.note = next((form for form in fitting if self._note_left + advance(form) + PADDING <= width), "")

    def paint(
        self,
        painter: QPainter,
        entries: Sequence[Entry],
        first: float,
        line: float,
        palette: QPalette,
        *,
        with_note: bool,
    ) -> None:
        """Draw them from `first` on, in lines of that height, in pixels."""
        advance = painter.fontMetrics().horizontalAdvance
        for number, name, row, left in entries:
            chip = QRectF(left, first + row * line + 1, advance(str(number + 1)) + 2 * PADDING, line - 2)
            colours = mode_colours(number, dark=is_dark(palette))
            painter.fillRect(chip, mode_field(number, dark=is_dark(palette)))
            painter.setPen(colours.text)
            painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), str(number + 1))
            painter.setPen(plot_colours(palette).foreground)
            place = QRectF(chip.topRight() + QPointF(PADDING, 0), chip.bottomRight())
            place.setWidth(advance(name) + PADDING)
            painter.drawText(place, LEFT, name)
        if with_note and self.note:
            place = QRectF(self._note_left, first + self._note_line * line, advance(self.note) + PADDING, line)
            painter.setPen(plot_colours(palette).foreground)
            painter.drawText(place, LEFT, self.note)


def _flow(widths: Mapping[int, float], width: float) -> list[tuple[int, int, float]]:
    """From left to right, line by line: numbers, and in which line each begins where."""
    found: list[tuple[int, int, float]] = []
    x, line = float(PADDING), 0
    for number, taken in widths.items():
        if x + taken > width and x > PADDING:
            x, line = float(PADDING), line + 1
        found.append((number, line, x))
        x += taken
    return found


def _lines(places: Sequence[tuple[int, int, float]]) -> int:
    return places[-1][1] + 1 if places else 0


def _width(number: int, name: str, advance: Callable[[str], int]) -> float:
    return advance(str(number + 1)) + advance(name) + 5 * PADDING
