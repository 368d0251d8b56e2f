"""What colours and patterns of phases mean."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.patterns import phase_brush
from gui.look.theme import plot_colours

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
        self._on_device = False
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

    def sizeHint(self) -> QSize:
        """Room for all entries in one line."""
        width = max(box.right() for _, box in self._boxes(10**6))
        return QSize(round(width) + GAP, self._line())

    def minimumSizeHint(self) -> QSize:
        """The least width at which entries still wrap legibly."""
        return QSize(120, self._line())

    def heightForWidth(self, width: int) -> int:
        """The height of as many lines as the entries take at this width."""
        return round(max(box.bottom() for _, box in self._boxes(width)))

    def _line(self) -> int:
        return self.fontMetrics().height() + 6

    def _boxes(self, width: float) -> list[tuple[str, QRectF]]:
        """Where each phase stands: swatch and name, left to right, then on the next line."""
        loose, close = (self._boxes_with(gap, width) for gap in (GAP, CLOSE))
        return close if close[-1][1].top() < loose[-1][1].top() else loose

    def _boxes_with(self, gap: float, width: float) -> list[tuple[str, QRectF]]:
        metrics, line, found, x, y = self.fontMetrics(), self._line(), [], 4.0, 0.0
        for phase, name in self.names.items():
            if phase == "h2d" and not self._on_device:
                continue
            length = metrics.ascent() + 4 + metrics.horizontalAdvance(name) + 2
            if x > 4 and x + length > width:
                x, y = 4.0, y + line
            found.append((phase, QRectF(x, y, length, line)))
            x += length + gap
        return found

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the swatches and the names beside them."""
        painter = QPainter(self)
        side = self.fontMetrics().ascent()
        painter.setPen(plot_colours(self.palette()).foreground)
        for phase, box in self._boxes(self.width()):
            painter.fillRect(QRectF(box.left(), box.top() + 3, side, side), phase_brush(phase))
            name = box.adjusted(side + 4, 0, 4, 0)
            painter.drawText(name, int(Qt.AlignmentFlag.AlignVCenter), self.names[phase])
        painter.end()
