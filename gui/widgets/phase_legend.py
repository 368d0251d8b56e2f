"""What colours and patterns of phases mean."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.events import PHASES
from gui.theme import plot_colours
from gui.widgets.lane_view import phase_brush


class PhaseLegend(QWidget):
    """A swatch and a name for each phase; `h2d` only where an accelerator computes."""

    def __init__(self) -> None:
        super().__init__()
        self._names = {
            "data": self.tr("data"),
            "h2d": self.tr("to device"),
            "forward": self.tr("forward"),
            "backward": self.tr("backward"),
            "communicate": self.tr("communicate"),
            "wait": self.tr("wait"),
            "optimizer": self.tr("optimizer"),
        }
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(self._names.values()))

    def name(self, phase: str) -> str:
        """A phase in words."""
        return self._names[phase]

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(320, self.fontMetrics().height() + 6)

    def minimumSizeHint(self) -> QSize:
        """It may be cut short."""
        return QSize(80, self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Swatches and names, as many as there is room for."""
        painter = QPainter(self)
        metrics, side = self.fontMetrics(), self.fontMetrics().ascent()
        x = 4.0
        painter.setPen(plot_colours(self.palette()).foreground)
        for phase in PHASES:
            if phase == "h2d":
                continue
            width = metrics.horizontalAdvance(self._names[phase])
            if x + side + width > self.width():
                break
            painter.fillRect(QRectF(x, 3, side, side), phase_brush(phase))
            painter.drawText(QRectF(x + side + 4, 0, width + 2, self.height()), 0x80, self._names[phase])
            x += side + width + 16
        painter.end()
