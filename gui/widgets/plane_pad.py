"""Points that a person puts into the plane, drags and takes away, with what the model says of the plane below them."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from engine.pictures import MOST_GIVEN, Scatter
from gui.look.scale import SMALL, letters_font
from gui.look.theme import plot_colours
from gui.widgets.picture_view import within
from gui.widgets.plane import INK, paint_points, surface_image

RADIUS, POINT_LINES = 5.0, 0.17
"""Of a point, in pixels, and of a line of text where that is more."""
REACH_PIXELS = 12.0
"""So near to a point the mouse takes hold of it."""
LEAST_PIXELS, PIXELS = 80, 200
STEP = 0.05
"""How far a key moves a point, in halves of the plane."""
ARROWS = {
    Qt.Key.Key_Left: (-STEP, 0.0),
    Qt.Key.Key_Right: (STEP, 0.0),
    Qt.Key.Key_Up: (0.0, STEP),
    Qt.Key.Key_Down: (0.0, -STEP),
}


class PlanePad(QWidget):
    """A click puts a point, a drag moves one, a right click takes it away; the keys do all of that to the newest."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.points: list[tuple[float, float, int]] = []
        self.kind = 1
        """The class of points to come."""
        self._scatter: Scatter | None = None
        self._image: QImage | None = None
        self._held: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Plane with points"))
        self.setToolTip(
            self.tr(
                "Click to put a point, drag to move it, click it with the right button to take it away. With the keys: "
                "Space puts one, arrows move the newest, Delete takes it away."
            )
        )

    def show_answer(self, picture: Scatter | None) -> None:
        """Show what the model says of the plane, and of each point; None: nothing any more."""
        self._scatter = picture
        side = int(len(picture.field) ** 0.5) if picture is not None else 0
        self._image = surface_image(picture.field, side, side) if picture is not None and side else None
        self.update()

    def sizeHint(self) -> QSize:
        """Large enough to see a border bend."""
        return QSize(PIXELS, PIXELS)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a low panel."""
        return QSize(LEAST_PIXELS, LEAST_PIXELS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the point under the mouse, or put one there; with the right button take it away."""
        near = self._near(event.position())
        if event.button() == Qt.MouseButton.RightButton:
            if near is not None:
                del self.points[near]
                self._tell()
        elif event.button() == Qt.MouseButton.LeftButton:
            is_in_plane = self._frame().contains(event.position())  # beside it nobody means a place at its edge
            if near is not None or (is_in_plane and self._put(event.position())):
                self._held = len(self.points) - 1 if near is None else near

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the point that is held."""
        if self._held is not None:
            self._move(self._held, self._place_of(event.position()))

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        """Let go of the point."""
        self._held = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Put a point in the middle, move the newest, or take it away."""
        key = event.key()
        if key == Qt.Key.Key_Space:
            self._put(self._frame().center())
        elif key in ARROWS and self.points:
            (x, y, _), (right, up) = self.points[-1], ARROWS[Qt.Key(key)]
            self._move(len(self.points) - 1, (x + right, y + up))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.points:
            self.points.pop()
            self._tell()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys are for the pad."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys are for others."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the plane and the points in it."""
        painter, frame, colours = QPainter(self), self._frame(), plot_colours(self.palette())
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        if self._image is not None:
            painter.drawImage(frame, self._image)
        else:
            painter.fillRect(frame, self.palette().color(QPalette.ColorRole.Base))
        focused = self.hasFocus()
        edge = self.palette().color(QPalette.ColorRole.Highlight) if focused else colours.seam
        painter.setPen(QPen(edge, 2 if focused else 1))
        painter.drawRect(frame)
        if not self.points:
            painter.setPen(INK if self._image is not None else colours.muted)
            words = self.tr("Click to put points")
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            return
        spots = [self._spot(x, y) for x, y, _ in self.points]
        radius = max(RADIUS, POINT_LINES * self.fontMetrics().height())
        across, down = np.array([spot.x() for spot in spots]), np.array([spot.y() for spot in spots])
        paint_points(painter, across, down, np.array([kind for _, _, kind in self.points]), radius)
        names = self._scatter.names if self._scatter is not None else ()
        painter.setFont(letters_font(self.font(), SMALL))
        painter.setPen(INK)
        line = painter.fontMetrics().height()
        for spot, name in zip(spots, names, strict=False):
            width = painter.fontMetrics().horizontalAdvance(name)
            left = min(spot.x() + 2 * radius, frame.right() - width)
            place = QRectF(left, spot.y() - line / 2, width, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)

    def _put(self, at: QPointF) -> bool:
        """Put a point of the kind that is chosen; whether there was room for one more."""
        if len(self.points) >= MOST_GIVEN:
            return False
        self.points.append((*self._place_of(at), self.kind))
        self._tell()
        return True

    def _move(self, index: int, place: tuple[float, float]) -> None:
        edge, kind = self._edge, self.points[index][2]
        x, y = (max(-edge, min(edge, value)) for value in place)
        self.points[index] = (x, y, kind)
        self._tell()

    def _tell(self) -> None:
        self.update()
        self.changed.emit()

    @property
    def _edge(self) -> float:
        return self._scatter.edge if self._scatter is not None else 1.0

    def _frame(self) -> QRectF:
        return within(QRectF(self.rect()).adjusted(1, 1, -1, -1), 1, 1)

    def _spot(self, x: float, y: float) -> QPointF:
        frame, unit = self._frame(), self._frame().width() / 2 / self._edge
        return frame.center() + QPointF(x * unit, -y * unit)

    def _place_of(self, at: QPointF) -> tuple[float, float]:
        away, unit = at - self._frame().center(), self._frame().width() / 2 / self._edge
        edge = self._edge
        return max(-edge, min(edge, away.x() / unit)), max(-edge, min(edge, -away.y() / unit))

    def _near(self, at: QPointF) -> int | None:
        """The point under the mouse; of several the one put last."""
        for index in range(len(self.points) - 1, -1, -1):
            away = self._spot(*self.points[index][:2]) - at
            if np.hypot(away.x(), away.y()) <= REACH_PIXELS:
                return index
        return None
