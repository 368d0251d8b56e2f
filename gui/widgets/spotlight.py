"""A spotlight on the mouse: all but a circle is dimmed. Only what the circle leaves and enters is painted anew."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QCursor, QPainter, QPainterPath, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

LOOK_MS = 25
RADIUS_FRAC = 0.17
"""Of the height."""
DARKNESS = 165
"""Of 255."""


class Spotlight(QWidget):
    """Lies over its parent, and lets every click through. Off at first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._at = QPoint()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._follow)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def switch(self) -> None:
        """Switch the light on, or off again."""
        self.setVisible(self.isHidden())
        if self.isHidden():
            self._look.stop()
        else:
            self._follow()
            self._look.start()

    def _follow(self) -> None:
        at = self.mapFromGlobal(QCursor.pos())
        if at != self._at:
            before, self._at = self._circle(), at
            self.update(QRegion(before).united(self._circle()))

    def _circle(self) -> QRect:
        radius = round(RADIUS_FRAC * self.height())
        return QRect(self._at - QPoint(radius, radius), self._at + QPoint(radius, radius))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Darken everything but the circle."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        path = QPainterPath()
        path.addRect(QRectF(self.rect()))
        path.addEllipse(QRectF(self._circle()))
        painter.fillPath(path, QColor(0, 0, 0, DARKNESS))
        painter.end()
