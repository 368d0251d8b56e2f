"""Where the slowest step would end of those that one is drawn for, on the lanes: a dotted line, and what that is.

forward | backward | wait |      slowest 36.1 ms ┊
forward | backward |                             ┊

Where there is less room it is said in two lines, in a lane that is high or in two; then in fewer words.
"""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.text import figures
from gui.widgets.span_look import BESIDE, VERTICALLY
from gui.widgets.torn_bar import ARROW
from gui.widgets.wrapped import in_two_lines

LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight

Place = tuple[QRectF, float, bool]
"""A lane, where the step that is drawn ends in it, and whether there may be words behind that."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("LaneView", text)


class SlowestMark:
    """The mark of the step that takes so many `seconds`; `words` say so."""

    def __init__(self) -> None:
        self.seconds: float | None = None
        self.words = ""

    def show(self, seconds: float | None) -> None:
        """Mark a step that takes so long from now on; None: there is none but the one that is drawn."""
        if seconds != self.seconds:
            self.seconds = seconds
            self.words = "" if seconds is None else _tr("slowest {time}").format(time=figures.seconds(seconds))

    def paint(self, painter: QPainter, lanes: Sequence[Place], at: float, colour: QColor) -> str:
        """Mark where it ends, at that pixel; beyond the lanes, at their right end that there is one.

        The fullest form of what it is that has room is written, before that place or behind it; what is written.
        """
        if self.seconds is None:
            return ""
        first, right, metrics = lanes[0][0], lanes[0][0].right(), painter.fontMetrics()
        if first.left() <= at <= right:
            painter.setPen(QPen(colour, 2, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(at, first.top(), at, lanes[-1][0].bottom()))
        painter.setPen(colour)
        free = [(lane, end + BESIDE) for lane, end, is_free in lanes if is_free and metrics.ascent() <= lane.height()]
        took, beyond = figures.seconds(self.seconds), f" {ARROW}" if at > right else ""
        forms = [
            f"{self.words}{beyond}",
            _tr("max. {time}").format(time=took) + beyond,
            f"{took}{beyond}",
            beyond.strip(),
        ]
        forms.insert(1, in_two_lines(forms[0], metrics.horizontalAdvance))
        for form in forms:
            lines = form.split("\n")
            width = max(map(metrics.horizontalAdvance, lines))
            places = _places(free, len(lines), metrics.height())
            before = [(each, begin, min(at, right) - BESIDE - width, True) for each, begin in places]
            behind = [(each, max(begin, at + BESIDE), right - width, False) for each, begin in places]
            for each, begin, end, is_before in (*before, *behind):
                if first.left() <= begin <= end:
                    for line, place in zip(lines, each, strict=True):
                        box = QRectF(end if is_before else begin, place.top(), width, place.height())
                        painter.drawText(box, VERTICALLY | int(RIGHT if is_before else LEFT), line)
                    return form
        return ""


def _places(free: Sequence[tuple[QRectF, float]], lines: int, height: float) -> list[tuple[list[QRectF], float]]:
    """Where so many lines may stand, one or two of that height, and from where on: in lanes, the first one first."""
    if lines == 1:
        return [([lane], begin) for lane, begin in free]
    found = []
    for lane, begin in free:
        if lane.height() >= lines * height:
            half = lane.height() / lines
            found.append(([lane.adjusted(0, 0, 0, -half), lane.adjusted(0, half, 0, 0)], begin))
    return found + [([one, other], max(begin, end)) for (one, begin), (other, end) in pairwise(free)]
