"""Phases differ in pattern as well as in colour, coarsely enough for a projector: stripes, 3 of every 10 pixels.

Stripes are of the same hue, away from the colour of the text that stands on them: what is written there stays legible.
"""

from functools import cache

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap

from gui.look.theme import phase_colour, text_on

TILE_PIXELS = 10
STRIPE_PIXELS = 3
FALLING, RISING, ACROSS, UPRIGHT, GRID_OF_BOTH, DOTS = "falling", "rising", "across", "upright", "grid", "dots"
PATTERNS = {
    "data": UPRIGHT,
    "h2d": GRID_OF_BOTH,
    "backward": FALLING,
    "communicate": DOTS,
    "wait": RISING,
    "optimizer": ACROSS,
}
"""Forward, which there is most of, is plain."""


@cache
def phase_brush(phase: str) -> QBrush:
    """Colour and pattern of a phase."""
    colour = phase_colour(phase)
    return patterned(colour, PATTERNS[phase]) if phase in PATTERNS else QBrush(colour)


def patterned(colour: QColor, pattern: str) -> QBrush:
    """A brush of that colour with stripes or dots of another shade of it."""
    shade = colour.lighter(135) if text_on(colour).lightness() < 128 else colour.darker(135)
    if shade == colour or shade.lightness() == colour.lightness():  # as light as can be
        shade = colour.darker(115)
    side = TILE_PIXELS
    tile = QPixmap(side, side)
    tile.fill(colour)
    painter = QPainter(tile)
    if pattern in (ACROSS, GRID_OF_BOTH):
        painter.fillRect(QRectF(0, 0, side, STRIPE_PIXELS), shade)
    if pattern in (UPRIGHT, GRID_OF_BOTH):
        painter.fillRect(QRectF(0, 0, STRIPE_PIXELS, side), shade)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(shade, STRIPE_PIXELS))
    for shift in (-side, 0, side):  # a stripe over a corner goes on at the opposite one
        if pattern == FALLING:
            painter.drawLine(QLineF(shift, 0, shift + side, side))
        if pattern == RISING:
            painter.drawLine(QLineF(shift, side, shift + side, 0))
    if pattern == DOTS:
        painter.setBrush(shade)
        painter.drawEllipse(QRectF(3.5, 3.5, 3, 3))
    painter.end()
    return QBrush(tile)
