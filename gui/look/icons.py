"""The icons: of the run's buttons, drawn in the theme's own text colour, and of the application."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette, QPen, QPixmap, QPolygonF

APPLICATION_ICON = Path(__file__).parent.parent.parent / "resources" / "gearshift.svg"
SIDE = 64
"""In which the icons below are drawn, in pixels; they are shown smaller."""


def application_icon() -> QIcon:
    """A gear lever in its gate."""
    return QIcon(str(APPLICATION_ICON))


def make_icon(name: str, palette: QPalette) -> QIcon:
    """Play, pause, step, reset, stop, pace, tune, float or close, as it is when it can be pressed, and when not."""
    icon = QIcon()
    for mode, group in (
        (QIcon.Mode.Normal, palette.ColorGroup.Active),
        (QIcon.Mode.Disabled, palette.ColorGroup.Disabled),
    ):
        icon.addPixmap(
            QPixmap.fromImage(_image(name, palette.color(group, QPalette.ColorRole.ButtonText).rgba())), mode
        )
    return icon


@cache
def _image(name: str, rgba: int) -> QImage:
    """Drawn once a colour: every dock has the same icons, and asks for them anew with each change of letters."""
    colour = QColor.fromRgba(rgba)
    image = QImage(SIDE, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if name == "play":
        painter.drawPolygon(QPolygonF([QPointF(14, 8), QPointF(56, 32), QPointF(14, 56)]))
    elif name == "pause":
        painter.drawRoundedRect(QRectF(13, 8, 14, 48), 3, 3)
        painter.drawRoundedRect(QRectF(37, 8, 14, 48), 3, 3)
    elif name == "step":
        painter.drawPolygon(QPolygonF([QPointF(10, 8), QPointF(42, 32), QPointF(10, 56)]))
        painter.drawRoundedRect(QRectF(44, 8, 10, 48), 2, 2)
    elif name == "stop":
        painter.drawRoundedRect(QRectF(12, 12, 40, 40), 4, 4)
    elif name == "float":
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 6))
        painter.drawRect(QRectF(8, 20, 36, 36))
        painter.drawPolyline(QPolygonF([QPointF(22, 8), QPointF(56, 8), QPointF(56, 42)]))
    elif name == "close":
        painter.setPen(QPen(colour, 7))
        painter.drawLine(QPointF(12, 12), QPointF(52, 52))
        painter.drawLine(QPointF(12, 52), QPointF(52, 12))
    elif name == "tune":
        for top, knob in ((14, 42), (32, 20), (50, 34)):
            painter.drawRect(QRectF(6, top - 3, 52, 6))
            painter.drawEllipse(QPointF(knob, top), 8, 8)
    elif name == "pace":
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(QRectF(8, 12, 48, 48), -20 * 16, 220 * 16)
        painter.drawLine(QPointF(32, 38), QPointF(44, 22))
    else:
        assert name == "reset"
        _paint_circle_arrow(painter, colour)
    painter.end()
    return image


def _paint_circle_arrow(painter: QPainter, colour: QColor) -> None:
    """From the beginning again: once round, and not to the start of a tape."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawArc(QRectF(12, 14, 40, 40), 80 * 16, -310 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(34, 2), QPointF(34, 28), QPointF(16, 15)]))
