"""A red frame around what cannot be, beside the sentence that says why: the same on a field, a number and a list."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from gui.look.scale import GRID
from gui.look.theme import alarm_colour
from gui.widgets.wheel import let_wheel_pass

FRAME_PIXELS = 2


def paint_wrong(widget: QWidget) -> None:
    """Paint the frame; to be called when the widget itself is painted."""
    painter = QPainter(widget)
    painter.setPen(QPen(alarm_colour(widget.palette()), FRAME_PIXELS))
    painter.drawRect(widget.rect().adjusted(1, 1, -1, -1))
    painter.end()


def grey_out(knob: QWidget, why: str) -> None:
    """Grey a control, and say why where it stands; "" lets it be used, and its own words (`whatsThis`) stand there."""
    knob.setEnabled(not why)
    knob.setToolTip(why or knob.whatsThis())
    knob.setAccessibleDescription(why)


class NumberKnob(QSpinBox):
    """A number to turn or to type, taken when it is typed to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.is_wrong = False
        self.setKeyboardTracking(False)
        let_wheel_pass(self)

    def sizeHint(self) -> QSize:
        """Room for its longest number and the arrows; Qt would leave as much again empty."""
        metrics = self.fontMetrics()
        texts = [f"{self.prefix()}{number}{self.suffix()}" for number in (self.minimum(), self.maximum())]
        width = max(map(metrics.horizontalAdvance, texts)) + metrics.height() + 2 * GRID
        return QSize(min(width, super().sizeHint().width()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """No less than it would like: what is cut off says nothing."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The number, in a red frame where it cannot be."""
        super().paintEvent(event)
        if self.is_wrong:
            paint_wrong(self)


class ListKnob(QComboBox):
    """One of several to choose."""

    def __init__(self) -> None:
        super().__init__()
        self.is_wrong = False
        let_wheel_pass(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """What is chosen, in a red frame where it cannot be."""
        super().paintEvent(event)
        if self.is_wrong:
            paint_wrong(self)
