"""The key of the ribbon: below its stretches, what each number stands for, and each that is too narrow for one."""

from collections.abc import Callable, Sequence

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
        is_short: bool,
        is_tight: bool,
    ) -> list[Entry]:
        """Where what stands: modes that are numbers first, then those `without` one; `lines` are then those it takes.

        `is_short`: names are, where that saves a line. `is_tight`: the others have one if there are no numbers.
        """
        others = {number: forms for number, forms in sorted(without.items()) if number not in numbered}
        self.names = dict(sorted(numbered.items())) | others
        found = _flow({number: forms[0] for number, forms in self.names.items()}, advance, width)
        if is_short and found and found[-1][2]:
            short = _flow({number: min(forms, key=advance) for number, forms in self.names.items()}, advance, width)
            found = short if short[-1][2] < found[-1][2] or most_lines <= short[-1][2] else found
        if is_tight:
            most_lines = min(most_lines, 1 + max((line for n, _, line, _ in found if n in numbered), default=0))
        found = [entry for entry in found if entry[2] < most_lines]
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


def _flow(names: dict[int, str], advance: Callable[[str], int], width: float) -> list[Entry]:
    """From left to right, line by line."""
    found: list[Entry] = []
    x, line = float(PADDING), 0
    for number, name in names.items():
        taken = _width(number, name, advance)
        if x + taken > width and x > PADDING:
            x, line = float(PADDING), line + 1
        found.append((number, name, line, x))
        x += taken
    return found


def _width(number: int, name: str, advance: Callable[[str], int]) -> float:
    return advance(str(number + 1)) + advance(name) + 5 * PADDING
