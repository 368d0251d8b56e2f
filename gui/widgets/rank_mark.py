"""How a rank is marked that failed or gives no sign of life: hatched over, with the word for it on a plate."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPalette, QPen

from gui.look.theme import alarm_colour

PLATE_MARGIN_PIXELS = 5


def paint_mark(painter: QPainter, box: QRectF, words: str, palette: QPalette) -> None:
    """Mark what is drawn in `box`; the word is left out where there is no room for it."""
    colour = alarm_colour(palette)
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, QBrush(colour, Qt.BrushStyle.BDiagPattern))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 3))
    painter.drawRect(box.adjusted(1, 1, -1, -1))
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(words) + 2 * PLATE_MARGIN_PIXELS, metrics.height()
    if height <= box.height() + 2 and width <= box.width():
        plate = QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)
        painter.fillRect(plate, colour)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), words)
    painter.restore()
