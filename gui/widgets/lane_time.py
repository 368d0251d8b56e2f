"""The time below the lanes: which numbers stand along it, and how they are drawn."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette

from gui.look.theme import plot_colours
from gui.widgets.axes import round_step

CENTRED = int(Qt.AlignmentFlag.AlignHCenter)
WIDEST_TICK = "0.125 ms "
"""Of most numbers along the axis."""
UNITS = ((1e6, "µs"), (1e3, "ms"))
MOST_IN_UNIT = 1_000
"""Longer times are written in the next unit."""


def lane_ticks(
    first_s: float, last_s: float, pixels: float, advance: Callable[[str], int]
) -> tuple[int, list[tuple[float, str]]]:
    """The numbers along the axis, from one time to another: how wide each may be, in pixels, and where it stands.

    All are in one unit, with as many digits as tell one from the next, however near they are looked at.
    """
    factor, unit = next(((one, name) for one, name in UNITS if last_s * one < MOST_IN_UNIT), (1.0, "s"))
    width, step_s = advance(WIDEST_TICK), last_s
    for _ in range(2):  # numbers with more digits lie further apart
        step_s = round_step((last_s - first_s) / max(1, int(pixels / width)))
        digits = max(0, -math.floor(math.log10(step_s * factor) + 1e-9))
        width = max(width, advance(f"{last_s * factor:.{digits}f} {unit} "))
    numbers = range(math.ceil(first_s / step_s - 1e-9), math.floor(last_s / step_s + 1e-9) + 1)
    return width, [(number * step_s, f"{number * step_s * factor:.{digits}f} {unit}") for number in numbers]


def paint_time(painter: QPainter, lane: QRectF, visible: tuple[float, float], right: float, palette: QPalette) -> None:
    """Draw lines through all lanes, of which `lane` is the last, and their times below, none of them beyond `right`."""
    colours, (first_s, last_s) = plot_colours(palette), visible
    tick, numbers = lane_ticks(first_s, last_s, lane.width(), painter.fontMetrics().horizontalAdvance)
    high = painter.fontMetrics().height() + 2
    for at_s, words in numbers:
        x = lane.left() + (at_s - first_s) / (last_s - first_s) * lane.width()
        painter.setPen(colours.grid)
        painter.drawLine(QPointF(x, 0), QPointF(x, lane.bottom() + 4))
        painter.setPen(colours.muted)
        painter.drawText(QRectF(min(x - tick / 2, right - tick), lane.bottom() + 3, tick, high), CENTRED, words)
