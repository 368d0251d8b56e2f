"""A spotlight on the mouse: all but a circle is dimmed. Only what the circle leaves and enters is painted anew.

While it is on there are no tooltips below it: they would come up right over what is pointed at.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QCursor, QPainter, QPainterPath, QPaintEvent, QRegion
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

LOOK_MS = 25
RADIUS_FRAC = 0.17
"""Of the height."""
DARKNESS = 165
"""Of 255."""
LIT = "lit"
"""The property of a widget that a spotlight is on over it."""


def show_tip(at: QPoint, text: str, widget: QWidget) -> None:
    """Show a tooltip at a place on the screen, unless a spotlight is on over the widget it is of."""
    above: QWidget | None = widget
    while above is not None:
        if above.property(LIT):
            return
        above = above.parentWidget()
    QToolTip.showText(at, text, widget)


class Spotlight(QWidget):
    """Lies over its parent, and lets every click through. Off at first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._at = QPoint()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._follow)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def switch(self) -> None:
        """Switch the light on, or off again."""
        is_on, application = self.isHidden(), QApplication.instance()
        assert application is not None
        self.setVisible(is_on)
        self._parent.setProperty(LIT, is_on)
        if is_on:
            QToolTip.hideText()
            application.installEventFilter(self)
            self._follow()
            self._look.start()
        else:
            application.removeEventFilter(self)
            self._look.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Nobody below it is asked for a tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(watched, QWidget):
            return self._parent.isAncestorOf(watched)
        return False

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
