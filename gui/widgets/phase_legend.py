"""What colours and patterns of phases mean.

ordinary  ▌data  ▌forward  ▌backward      a swatch and a name each, in as many lines as they take
packed    data|forward|backward|wait      small names on their colours, all in one line, where another has no room
"""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.patterns import phase_brush
from gui.look.scale import HALF, SMALL, TIGHT, letters_font
from gui.look.theme import phase_colour, plot_colours, text_on

GAP, CLOSE = 12, 3
"""Pixels between entries, and where that saves a line."""


class PhaseLegend(QWidget):
    """A swatch and a name for each phase; `h2d` only where an accelerator computes."""

    def __init__(self) -> None:
        super().__init__()
        self.names = {
            "data": self.tr("data"),
            "h2d": self.tr("to device"),
            "forward": self.tr("forward"),
            "backward": self.tr("backward"),
            "communicate": self.tr("communicate"),
            "wait": self.tr("wait"),
            "optimizer": self.tr("optimizer"),
        }
        self._on_device = self._is_packed = False
        self._heights: dict[tuple[str, int, str, bool], int | None] = {}
        """In pixels, by form, width, letters, and whether an accelerator computes."""
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(", ".join(self.names.values()))

    def name(self, phase: str) -> str:
        """The name of a phase in words."""
        return self.names[phase]

    def show_device(self, on_device: bool) -> None:
        """Say whether an accelerator computes, which has phases of its own."""
        if on_device != self._on_device:
            self._on_device = on_device
            self.updateGeometry()
            self.update()

    def pack(self, *, is_packed: bool) -> None:
        """Have names stand on their colours, wherever they have room in one line so; or beside them, as is usual."""
        if is_packed != self._is_packed:
            self._is_packed = is_packed
            self.updateGeometry()
            self.update()

    def packed_height(self, width: int) -> int | None:
        """The height of that one line, in pixels; None where names have no room in it at this width."""
        return self._kept("packed", width, self._packed_boxes)

    def sizeHint(self) -> QSize:
        """Room for all entries in one line."""
        width = max(box.right() for _, box in self._boxes(10**6))
        return QSize(round(width) + GAP, self._line())

    def minimumSizeHint(self) -> QSize:
        """The least width at which entries still wrap legibly."""
        return QSize(120, self._line())

    def heightForWidth(self, width: int) -> int:
        """The height of as many lines as the entries take at this width."""
        packed = self.packed_height(width) if self._is_packed else None
        return packed or self.loose_height(width)

    def loose_height(self, width: int) -> int:
        """The height of as many lines as names beside their swatches take at this width, in pixels."""
        return self._kept("loose", width, self._boxes) or 0

    def _kept(self, form: str, width: int, boxes_at: Callable[[float], list[tuple[str, QRectF]]]) -> int | None:
        """How high boxes reach at a width, worked out once: a frame asks for it several times."""
        key = (form, width, self.font().key(), self._on_device)
        if key not in self._heights:
            boxes = boxes_at(width)
            self._heights[key] = round(max(box.bottom() for _, box in boxes)) if boxes else None
        return self._heights[key]

    def edge_pieces(self) -> list[tuple[float, float]]:
        """What is seen whole or not at all where it is scrolled: each line, in pixels from the top."""
        boxes = (self._packed_boxes(self.width()) if self._is_packed else []) or self._boxes(self.width())
        return sorted({(box.top(), box.bottom()) for _, box in boxes})

    def _line(self) -> int:
        return self.fontMetrics().height() + 6

    def _boxes(self, width: float) -> list[tuple[str, QRectF]]:
        """Where each phase stands: swatch and name, left to right, then on the next line."""
        loose, close = (self._boxes_with(gap, width) for gap in (GAP, CLOSE))
        return close if close[-1][1].top() < loose[-1][1].top() else loose

    def _boxes_with(self, gap: float, width: float) -> list[tuple[str, QRectF]]:
        metrics, line, found, x, y = self.fontMetrics(), self._line(), [], 4.0, 0.0
        for phase, name in self._shown():
            length = metrics.ascent() + 4 + metrics.horizontalAdvance(name) + 2
            if x > 4 and x + length > width:
                x, y = 4.0, y + line
            found.append((phase, QRectF(x, y, length, line)))
            x += length + gap
        return found

    def _shown(self) -> list[tuple[str, str]]:
        """Phases that there are on what computes, and their names."""
        return [(phase, name) for phase, name in self.names.items() if phase != "h2d" or self._on_device]

    def _packed_boxes(self, width: float) -> list[tuple[str, QRectF]]:
        """Where each phase stands in one line, a pixel apart; none where they have no room."""
        metrics, shown = QFontMetricsF(letters_font(self.font(), SMALL)), self._shown()
        lengths = [metrics.horizontalAdvance(name) + 1 for _, name in shown]
        spare = min(2.0 * HALF, (width - sum(lengths)) / len(shown) - 1)
        if spare < 0:
            return []
        found, x = [], 0.0
        for (phase, _), length in zip(shown, lengths, strict=True):
            found.append((phase, QRectF(x, 0, length + spare, round(metrics.height()) + TIGHT)))
            x += length + spare + 1
        return found

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the names on their colours, or beside their swatches."""
        painter = QPainter(self)
        if self._is_packed and (boxes := self._packed_boxes(self.width())):
            painter.setFont(letters_font(self.font(), SMALL))
            for phase, box in boxes:
                write_on_phase(painter, phase, self.names[phase], box)
            painter.end()
            return
        side = self.fontMetrics().ascent()
        painter.setPen(plot_colours(self.palette()).foreground)
        for phase, box in self._boxes(self.width()):
            painter.fillRect(QRectF(box.left(), box.top() + 3, side, side), phase_brush(phase))
            name = box.adjusted(side + 4, 0, 4, 0)
            painter.drawText(name, int(Qt.AlignmentFlag.AlignVCenter), self.names[phase])
        painter.end()


def write_on_phase(painter: QPainter, phase: str, name: str, box: QRectF) -> None:
    """Fill a box with the pattern of a phase and write on it, on a ground of its colour alone."""
    painter.fillRect(box, phase_brush(phase))
    width, colour = painter.fontMetrics().horizontalAdvance(name), phase_colour(phase)
    painter.fillRect(box.adjusted(spare := (box.width() - width) / 2, TIGHT, -spare, -TIGHT), colour)
    painter.setPen(text_on(colour))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), name)
