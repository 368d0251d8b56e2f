"""Where the parts of each row of the board of modes are, at any width and text size.

wide      one line a row, everything in columns
ordinary  name, ms a step, speed-up and bar; the other figures below. A long name has lines of its own
narrow    these below each other too: nothing is cut, and nothing scrolls sideways

Where there are many rows, see `board_dense.py`.
"""

from collections.abc import Callable, Collection, Sequence

import msgspec
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from gui.look.scale import SMALL, letters_font
from gui.model.board import BoardRow
from gui.text.board_text import detail_words, milliseconds, name_words, speed_up_words

GAP = 8.0
CHIP = 6.0
EVERYTHING = 1e6
"""A height that all of a name has room in."""
LEAST_BAR_EMS, WIDE_BAR_EMS = 7, 16
"""Letters' widths: a shorter bar says too little."""


class RowPlace(msgspec.Struct, frozen=True):
    """Where the parts of a row are; `details` are lines of text, each with its place."""

    row: QRectF
    name: QRectF
    step: QRectF
    speed_up: QRectF
    bar: QRectF
    details: tuple[tuple[str, QRectF], ...]
    cells: tuple[tuple[str, QRectF], ...] = ()
    """Of a dense row, its figures but the first, each at the right of its column; other rows have none."""
    is_strip: bool = False
    """Whether the bar is a strip below name and figures."""
    has_small_name: bool = False
    """Whether its name has room in small letters alone."""

    @property
    def is_dense(self) -> bool:
        """Whether all figures stand in columns of their own, below name and bar."""
        return bool(self.cells)

    @property
    def is_narrow(self) -> bool:
        """Whether the bar stands below the figures, and these at the left."""
        return not self.is_strip and self.bar.top() >= self.step.bottom()


Form = Callable[..., list[RowPlace]]
"""What lays rows out: `row_places`, or one of `board_dense.py`."""


def row_places(
    rows: Sequence[BoardRow], unit: str, font: QFont, width: float, *, closed: Collection[int] = ()
) -> list[RowPlace]:
    """Places of the rows at that width, from the top; the heads of columns come first. `closed` rows have no details.

    They have those that fit into their only line.
    """
    small, metrics = QFontMetricsF(letters_font(font, SMALL)), QFontMetricsF(bold_font(font))
    em, line = metrics.averageCharWidth(), metrics.height() + 4

    def widest(texts: list[str], head: str) -> float:
        return max([small.horizontalAdvance(head), *map(metrics.horizontalAdvance, texts)])

    texts = [name_words(row, rows) for row in rows]
    names = list(map(metrics.horizontalAdvance, texts))
    steps = widest([milliseconds(row.step_s) for row in rows], QCoreApplication.translate("BoardTable", "ms/step"))
    speeds = widest([speed_up_words(row) for row in rows], QCoreApplication.translate("BoardTable", "speed-up"))
    left, inner = CHIP + GAP, width - CHIP - 2 * GAP
    details = [detail_words(row, unit) for row in rows]
    longest = max((small.horizontalAdvance(" · ".join(parts)) for parts in details), default=0.0)
    figures_width = steps + speeds + 2 * GAP
    is_wide = inner >= max(names, default=0.0) + GAP + figures_width + WIDE_BAR_EMS * em + GAP + longest
    room = inner - figures_width - LEAST_BAR_EMS * em  # for a name and the gap behind it
    column = max((name + GAP for name in names if is_wide or name + GAP <= room), default=0.0)
    is_narrow = room < 0
    found, y = [], head_height(font)
    for index, parts in enumerate(details):
        top = y + 3
        is_beside = not is_narrow and names[index] + GAP <= column
        written = metrics.boundingRect(QRectF(0, 0, inner, EVERYTHING), int(Qt.TextFlag.TextWordWrap), texts[index])
        name = QRectF(left, top, column - GAP if is_beside else inner, line)
        name.setHeight(line if is_beside else max(line, written.height()))
        figures = top if is_beside else name.bottom()
        step = QRectF(left if is_narrow else left + column, figures, steps, line)
        speed_up = QRectF(step.right() + GAP, figures, speeds, line)
        if is_narrow:
            bar = QRectF(left, figures + line + 2, inner, line - 6)
        else:
            rest = left + inner - speed_up.right() - GAP
            bar = QRectF(speed_up.right() + GAP, figures + 2, rest - (longest + GAP if is_wide else 0), line - 4)
        y = bar.bottom() + 2
        lines = []
        if is_wide:
            lines.append((" · ".join(parts), QRectF(bar.right() + GAP, top, longest + 2, line)))
        elif index not in closed:
            for text in wrapped(parts, small, inner):
                lines.append((text, QRectF(left, y, inner, small.height() + 1)))
                y += small.height() + 1
        y += 3
        found.append(RowPlace(QRectF(0, top - 3, width, y - top + 3), name, step, speed_up, bar, tuple(lines)))
    return found


def head_height(font: QFont) -> float:
    """Height of the line above the rows, which says what the columns are."""
    return QFontMetricsF(letters_font(font, SMALL)).height() + 4


def bold_font(font: QFont) -> QFont:
    """The font of what is read first, beside ordinary text in `font`."""
    found = QFont(font)
    found.setBold(True)
    return found


def wrapped(parts: list[str], metrics: QFontMetricsF, width: float) -> list[str]:
    """The parts in as few lines as they fit in; one that is longer than a line goes on in the next, between words."""
    lines: list[str] = []
    for part in parts:
        if lines and metrics.horizontalAdvance(longer := f"{lines[-1]} · {part}") <= width:
            lines[-1] = longer
            continue
        first, *rest = part.split(" ")
        lines.append(first)
        for word in rest:
            if metrics.horizontalAdvance(longer := f"{lines[-1]} {word}") <= width:
                lines[-1] = longer
            else:
                lines.append(word)
    return lines


class KeptPlaces:
    """Places of the rows of a board, worked out once for the same rows: a frame asks for them half a dozen times."""

    MOST = 16
    """Of the same rows, at other widths and otherwise open."""

    def __init__(self) -> None:
        self._rows: list[BoardRow] = []
        self._places: dict[tuple[object, ...], list[RowPlace]] = {}

    def __call__(
        self,
        form: Form,
        rows: Sequence[BoardRow],
        unit: str,
        font: QFont,
        width: float,
        *,
        closed: Collection[int] = (),
    ) -> list[RowPlace]:
        """Places of the rows in that form, at that width; see `row_places`."""
        if self._rows != list(rows) or len(self._places) >= self.MOST:
            self._rows, self._places = list(rows), {}
        key = (form, frozenset(closed), width, unit, font.key())
        if key not in self._places:
            self._places[key] = form(rows, unit, font, width, closed=closed)
        return self._places[key]
