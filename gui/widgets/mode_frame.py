"""A frame in a mode's colour around what is drawn of that mode, so that the eye finds it from ribbon and board."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.look.mode_colours import mode_field
from gui.look.scale import HALF
from gui.look.theme import is_dark


class ModeFrame(QWidget):
    """Holds a widget, in the least height that it asks for by itself; its place is the same without a frame."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._number: int | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(HALF, HALF, HALF, HALF)
        layout.addWidget(inside)

    def show_mode(self, number: int | None) -> None:
        """Have the colour of a run's mode number `number`, from 0 in order of visit; None: no frame."""
        if number != self._number:
            self._number = number
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Fill what the widget inside leaves free."""
        if self._number is not None:
            painter = QPainter(self)
            painter.fillRect(self.rect(), mode_field(self._number, dark=is_dark(self.palette())))
            painter.end()
