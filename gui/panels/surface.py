"""The decision surface of a problem in the plane, as it bends: probability as colour, white where it is 1/2."""

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent

from engine.events.evaluator import Surface
from gui.look.view import PlotView
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.engine_text import engine_text
from gui.widgets.plane import paint_points, surface_image

MARGIN = 2
LEAST_SQUARE = 100
"""Pixels of the height from which on both axes have one scale; a lower panel is filled, to be seen at all."""


class SurfacePanel(Panel):
    """Image, border and training points; classes differ in shape (dot, ring) as well as in colour."""

    panel_id = "surface"
    area = "bottom"
    group = "second"
    order = 2
    watches = ("surface", "run")
    drawn_of_run = "surface"
    card_picture = "surface"

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._run: RunView | None = None
        self._image: QImage | None = None
        self._points: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._shown: tuple[object, object] = (None, None)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(self.panel_title())

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Decision surface")

    def tab_title(self) -> str:
        """The title in a row of tabs, translated."""
        return self.tr("Surface")

    def nothing_words(self) -> str:
        """Why a key that would show it does not, translated."""
        return self.tr("nothing was drawn yet")

    def refresh(self, store: Store) -> None:
        """Take the newest decision surface, if there is one."""
        self._run = store.live
        self._prepare()
        self.update()

    def _prepare(self) -> None:
        assert self._run is not None
        surface, points = self._run.surface, self._run.points
        if (surface, points) == self._shown:
            return
        self._shown = (surface, points)
        self._image = None
        if surface is not None:
            self._image = surface_image(surface.probability, surface.width, surface.height)
        self._points = None
        if points is not None:
            self._points = (
                np.frombuffer(points.x, np.float32),
                np.frombuffer(points.y, np.float32),
                np.frombuffer(points.label, np.uint8),
            )

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the surface and the samples on it."""
        painter = QPainter(self)
        surface = self._run.surface if self._run else None
        if surface is None or self._image is None:
            painter.setPen(self.palette().color(self.foregroundRole()))
            text = self.why_empty()
            painter.drawText(
                self.rect().adjusted(12, 12, -12, -12), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text
            )
            return
        frame = self.frame(surface)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._points is not None:
            self._paint_points(painter, frame)

    def frame(self, surface: Surface) -> QRectF:
        """Where the surface lies, in pixels: in the middle, as large as there is room for, and in its own shape."""
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        across, up = surface.x_max - surface.x_min, surface.y_max - surface.y_min
        if room.height() < LEAST_SQUARE or min(across, up) <= 0:
            return room
        scale = min(room.width() / across, room.height() / up)
        found = QRectF(0, 0, across * scale, up * scale)
        found.moveCenter(room.center())
        return found

    def why_empty(self) -> str:
        """What stands here as long as there is no surface."""
        if self._run is not None and self._run.why_unevaluated:
            return engine_text(self._run.why_unevaluated)
        return self.tr("A problem in the plane (workload “Two spirals”) shows here how its border is learned.")

    def _paint_points(self, painter: QPainter, frame: QRectF) -> None:
        assert self._run is not None
        assert self._run.surface is not None
        assert self._points is not None
        surface = self._run.surface
        x, y, label = self._points
        across = frame.left() + (x - surface.x_min) / (surface.x_max - surface.x_min) * frame.width()
        down = frame.bottom() - (y - surface.y_min) / (surface.y_max - surface.y_min) * frame.height()
        radius = max(2.0, min(frame.width(), frame.height()) / 200)
        paint_points(painter, across, down, label, radius)
