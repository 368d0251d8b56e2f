"""A picture of the parts of the board of modes below each other, as a PNG."""

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QIODevice, QPoint
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

SHARPER, MARGIN = 2, 8
"""Of a saved picture: pixels for one on the screen, and what is left free around its parts."""


def picture_of(parts: Sequence[QWidget], width: int, ground: QColor) -> bytes:
    """The parts, each in the height that it needs: on the screen it may have more, to share out. `width` in pixels."""
    needed = [_needed_height(part) for part in parts]
    height = sum(needed) + (len(parts) + 1) * MARGIN
    picture = QPixmap(SHARPER * (width + 2 * MARGIN), SHARPER * height)
    picture.setDevicePixelRatio(SHARPER)
    picture.fill(ground)
    painter, y = QPainter(picture), MARGIN
    for part, least in zip(parts, needed, strict=True):
        middle = QRegion(0, (part.height() - least) // 2, part.width(), least)
        part.render(painter, QPoint(MARGIN, y), middle, QWidget.RenderFlag.DrawChildren)
        y += least + MARGIN
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())


def _needed_height(part: QWidget) -> int:
    return min(part.height(), part.heightForWidth(part.width())) if part.hasHeightForWidth() else part.height()
