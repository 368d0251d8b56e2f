"""Where the parts of each row are where there are many of them.

dense     Data ×2 shm   ████▌▌▌          ×1.49 ▲       name, split, speed-up
          21.3   23,940   12.5   30.1    0.572         ms a step, rate, MiB sent, MiB a rank, loss

strip     Data ×2 shm             21.3   ×1.49 ▲       name, ms a step, speed-up: where dense ones have no room either
          ████████████████████▌▌▌▌▌▌▌▌▌
"""

from collections.abc import Collection, Sequence

import msgspec
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from gui.look.scale import SMALL, letters_font
from gui.model.board import BoardRow
from gui.text.board_text import (
    detail_words,
    figure_heads,
    figure_words,
    milliseconds,
    name_words,
    remark_words,
    speed_up_words,
)
from gui.widgets.board_places import CHIP, EVERYTHING, GAP, LEAST_BAR_EMS, RowPlace, bold_font, head_height, wrapped

CLOSE = 6.0
"""Between two columns, at least."""
PACKED = 0.9
"""Of its height, what a line of letters takes here: digits have nothing below their line."""
STRIP = 0.3
"""Of a line, the height of a bar below it."""


class _Letters(msgspec.Struct, frozen=True):
    """The letters that rows are written in, and how far apart their lines are; `strong` are small ones, bold."""

    small: QFontMetricsF
    strong: QFontMetricsF
    metrics: QFontMetricsF
    line: float
    low: float

    def widest(self, head: str, texts: Sequence[str]) -> float:
        """Pixels that a column takes, of texts in ordinary letters below their head."""
        return max(self.small.horizontalAdvance(head), *map(self.metrics.horizontalAdvance, texts))

    def name(self, words: str, room: float) -> tuple[bool, float]:
        """Whether a name must be in small letters to have its room, and how wide it then is."""
        is_small = self.metrics.horizontalAdvance(words) > room
        return is_small, (self.strong if is_small else self.metrics).horizontalAdvance(words)


def _letters(font: QFont) -> _Letters:
    small, metrics = QFontMetricsF(letters_font(font, SMALL)), QFontMetricsF(bold_font(font))
    strong = QFontMetricsF(bold_font(letters_font(font, SMALL)))
    return _Letters(small, strong, metrics, round(PACKED * metrics.height()), round(PACKED * small.height()))


def dense_places(
    rows: Sequence[BoardRow], unit: str, font: QFont, width: float, *, closed: Collection[int] = ()
) -> list[RowPlace]:
    """Places of the rows at that width, below two lines of heads; none where columns have no room beside each other.

    What is to be remarked of a row stands below it; of `closed` rows it is left out.
    """
    if not rows:
        return []
    of, (left, inner), texts = _letters(font), _inner(width), [figure_words(row) for row in rows]
    widths, gap = _columns(of, figure_heads(unit), texts, inner)
    if gap < CLOSE:
        widths, gap = _columns(of, figure_heads(unit, is_brief=True), texts, inner)
    speeds = of.widest(_head("speed-up"), [speed_up_words(row) for row in rows])
    room = inner - speeds - 2 * GAP - LEAST_BAR_EMS * of.metrics.averageCharWidth()
    if gap < CLOSE or room < 0:
        return []
    names = [of.name(name_words(row, rows), room) for row in rows]
    column = max((length for _, length in names if length <= room), default=0.0)
    found, y = [], 2 * of.low + 3
    for index, row in enumerate(rows):
        name, split = _name_place(of, name_words(row, rows), y + 1, width, column, names[index][1])
        x, columns = left, []
        for cell in widths:
            columns.append(QRectF(x, split + of.line, cell, of.low))
            x += cell + gap
        remarks = remark_words(row) if index not in closed else []
        details = _lines(of, remarks, left, split + of.line + of.low, inner)
        bottom = split + of.line + (1 + len(details)) * of.low + 1
        found.append(
            RowPlace(
                QRectF(0, y, width, bottom - y),
                name,
                columns[0],
                QRectF(left + inner - speeds, split, speeds, of.line),
                QRectF(left + column + GAP, split + 2, inner - column - speeds - 2 * GAP, of.line - 3),
                details,
                cells=tuple(zip(texts[index][1:], columns[1:], strict=True)),
                has_small_name=names[index][0],
            )
        )
        y = bottom
    return found


def strip_places(
    rows: Sequence[BoardRow], unit: str, font: QFont, width: float, *, closed: Collection[int] = ()
) -> list[RowPlace]:
    """Places of the rows at that width, each with a bar below it; none where two columns have no room.

    All else that is to be said of a row stands below it; of `closed` rows it is left out.
    """
    if not rows:
        return []
    of, (left, inner) = _letters(font), _inner(width)
    steps = of.widest(_head("ms/step"), [milliseconds(row.step_s) for row in rows])
    speeds = of.widest(_head("speed-up"), [speed_up_words(row) for row in rows])
    room = inner - steps - speeds - 2 * GAP
    if room < 0:
        return []
    found, y = [], head_height(font)
    for index, row in enumerate(rows):
        is_small, length = of.name(name_words(row, rows), room)
        name, split = _name_place(of, name_words(row, rows), y + 1, width, room, length)
        bar = QRectF(left, split + of.line, inner, round(STRIP * of.line))
        details = _lines(of, detail_words(row, unit) if index not in closed else [], left, bar.bottom() + 1, inner)
        bottom = bar.bottom() + len(details) * of.low + 3
        found.append(
            RowPlace(
                QRectF(0, y, width, bottom - y),
                name,
                QRectF(left + inner - speeds - GAP - steps, split, steps, of.line),
                QRectF(left + inner - speeds, split, speeds, of.line),
                bar,
                details,
                is_strip=True,
                has_small_name=is_small,
            )
        )
        y = bottom
    return found


def _columns(
    of: _Letters, heads: Sequence[str], texts: Sequence[Sequence[str]], inner: float
) -> tuple[list[float], float]:
    """How wide columns of small letters are, the first one bold; and what is left between two of them."""
    first, *others = zip(heads, *texts, strict=True)
    widths = [max(of.small.horizontalAdvance(first[0]), *map(of.strong.horizontalAdvance, first[1:]))]
    widths += [max(map(of.small.horizontalAdvance, column)) for column in others]
    return widths, (inner - sum(widths)) / len(others)


def _inner(width: float) -> tuple[float, float]:
    """Where a row's words begin, and how wide they may be."""
    return CHIP + GAP, width - CHIP - 2 * GAP


def _head(text: str) -> str:
    return QCoreApplication.translate("BoardTable", text)


def _name_place(
    of: _Letters, words: str, top: float, width: float, column: float, length: float
) -> tuple[QRectF, float]:
    """Where a name stands, and how far down what is beside it: a longer one than its column has lines of its own."""
    left, inner = _inner(width)
    if length <= column:
        return QRectF(left, top, column, of.line), top
    box = of.strong.boundingRect(QRectF(0, 0, inner, EVERYTHING), int(Qt.TextFlag.TextWordWrap), words)
    name = QRectF(left, top, inner, max(of.line, box.height()))
    return name, name.bottom()


def _lines(of: _Letters, parts: list[str], left: float, top: float, width: float) -> tuple[tuple[str, QRectF], ...]:
    """These parts below each other, as many of them in a line as have room."""
    lines = wrapped(parts, of.small, width)
    return tuple((words, QRectF(left, top + at * of.low, width, of.low)) for at, words in enumerate(lines))
