"""A pad to draw on, with the mouse or with the keys."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from engine.pictures import Drawing
from gui.look.theme import plot_colours
from gui.widgets.picture_view import image_of, number_colours, within

SIDE = 32
"""Places of the pad, across and down."""
BRUSH = 2.2
"""Half the width of a stroke, in places: as thick as the data's digits."""
LEAST_PIXELS, PIXELS = 80, 200
STEP = 1.0
ARROWS = {
    Qt.Key.Key_Left: (-STEP, 0.0),
    Qt.Key.Key_Right: (STEP, 0.0),
    Qt.Key.Key_Up: (0.0, -STEP),
    Qt.Key.Key_Down: (0.0, STEP),
}


class DrawingPad(QWidget):
    """Ink stays where the pressed mouse, or the pen of the keys, has been: arrows move it, Space puts it down or up."""

    drawn = Signal()
    """There is other ink than before."""

    def __init__(self) -> None:
        super().__init__()
        self._ink = np.zeros((SIDE, SIDE), np.float32)
        self._pen: tuple[float, float] | None = None
        self._cursor = (SIDE / 2, SIDE / 2)
        self._is_down = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Drawing pad"))
        self.setToolTip(
            self.tr("Draw with the mouse. With the keys: arrows move the pen, Space puts it down or up, Delete clears.")
        )

    @property
    def drawing(self) -> Drawing:
        """What is drawn on the pad."""
        return Drawing(side=SIDE, ink=(255 * self._ink).round().astype(np.uint8).tobytes())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn on the pad."""
        return not self._ink.any()

    def clear(self) -> None:
        """Take all ink away from the pad."""
        self._ink[:] = 0.0
        self._is_down = False
        self.update()
        self.drawn.emit()

    def take_from(self, other: "DrawingPad") -> None:
        """Have the ink of another pad; nobody has drawn it here."""
        self._ink[:] = other._ink
        self.update()

    def sizeHint(self) -> QSize:
        """Large enough for a hand with a mouse."""
        return QSize(PIXELS, PIXELS)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a low panel."""
        return QSize(LEAST_PIXELS, LEAST_PIXELS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke of the brush."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pen = self._place_of(event.position())
            self._stroke(self._pen, self._pen)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the stroke that was begun."""
        if self._pen is not None:
            place = self._place_of(event.position())
            self._stroke(self._pen, place)
            self._pen = place

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        """End the stroke that was begun."""
        self._pen = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pen, put it down or up, or clear the pad."""
        key = event.key()
        if key in ARROWS:
            (x, y), (right, down) = self._cursor, ARROWS[Qt.Key(key)]
            before = self._cursor
            self._cursor = (min(SIDE - 1.0, max(0.0, x + right)), min(SIDE - 1.0, max(0.0, y + down)))
            if self._is_down:
                self._stroke(before, self._cursor)
        elif key == Qt.Key.Key_Space:
            self._is_down = not self._is_down
            if self._is_down:
                self._stroke(self._cursor, self._cursor)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)
            return
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the pen of the keys is."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Lift the pen of the keys."""
        super().focusOutEvent(event)
        self._is_down = False
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the ink, and where the pen of the keys is."""
        painter = QPainter(self)
        frame, colours = self._frame(), plot_colours(self.palette())
        table = number_colours(self.palette(), is_signed=False)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.drawImage(frame, image_of(table[(255 * self._ink).astype(np.uint8)]))
        focused = self.hasFocus()
        edge = self.palette().color(QPalette.ColorRole.Highlight) if focused else colours.seam
        painter.setPen(QPen(edge, 2 if focused else 1))
        painter.drawRect(frame)
        if self.is_empty:
            painter.setPen(colours.muted)
            words = self.tr("Draw here")
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        if focused and self._pen is None:
            unit = frame.width() / SIDE
            at = frame.topLeft() + QPointF((self._cursor[0] + 0.5) * unit, (self._cursor[1] + 0.5) * unit)
            painter.setPen(QPen(edge, 2))
            painter.setBrush(edge if self._is_down else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, BRUSH * unit, BRUSH * unit)

    def _frame(self) -> QRectF:
        return within(QRectF(self.rect()).adjusted(1, 1, -1, -1), 1, 1)

    def _place_of(self, at: QPointF) -> tuple[float, float]:
        frame = self._frame()
        unit = frame.width() / SIDE
        return (at.x() - frame.left()) / unit - 0.5, (at.y() - frame.top()) / unit - 0.5

    def _stroke(self, begin: tuple[float, float], end: tuple[float, float]) -> None:
        """Ink wherever the brush was on its straight way."""
        rows, columns = np.mgrid[0:SIDE, 0:SIDE]
        (x, y), (right, down) = begin, (end[0] - begin[0], end[1] - begin[1])
        length = right**2 + down**2
        along = np.clip(((columns - x) * right + (rows - y) * down) / length, 0, 1) if length else 0.0
        away = np.hypot(columns - x - along * right, rows - y - along * down)
        self._ink = np.maximum(self._ink, np.clip(BRUSH + 0.5 - away, 0, 1).astype(np.float32))
        self.update()
        self.drawn.emit()
