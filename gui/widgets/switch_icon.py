"""The switch in front of a legend's entry: on it has the look of its curve, off it is an empty outline."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap

SWITCH_PIXELS = 36
"""Height of a switch as it is drawn; it is shown smaller."""
Gaps = tuple[tuple[float, float], ...]
"""From where, and how wide: what is left out of a switch, in pixels as it is drawn."""
OF_DOTS: Gaps = ((20.7, 6), (37.2, 6))
"""Of a curve that is dots."""
FIRST_GAP, LAST_GAP = 10.0, 46.0
"""Between these there are gaps of a curve that is dashes: beside its ends, and the knob."""


def gaps_of(dash: tuple[int, ...]) -> Gaps:
    """The gaps on the switch of a curve whose line is drawn and left out by turns, so many pixels each."""
    gaps, at = [], FIRST_GAP
    for turn in range(len(dash) * 20 if dash else 0):
        if turn % 2 and at + dash[turn % len(dash)] <= LAST_GAP:
            gaps.append((at, float(dash[turn % len(dash)])))
        at += dash[turn % len(dash)]
    return tuple(gaps)


def switch_icon(colour: QColor, palette: QPalette, gaps: Gaps) -> QIcon:
    """A switch that is on in the colour of its curve, broken as the curve is; off it is an empty outline."""
    icon = QIcon()
    icon.addPixmap(_switch_pixmap(colour, palette, gaps, on=True), QIcon.Mode.Normal, QIcon.State.On)
    icon.addPixmap(_switch_pixmap(colour, palette, gaps, on=False), QIcon.Mode.Normal, QIcon.State.Off)
    return icon


def _switch_pixmap(colour: QColor, palette: QPalette, gaps: Gaps, *, on: bool) -> QPixmap:
    pixmap = QPixmap(round(2.3 * SWITCH_PIXELS), SWITCH_PIXELS)  # with a gap before the title
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    track = QRectF(3, 8, 2 * SWITCH_PIXELS - 6, SWITCH_PIXELS - 16)
    knob = QRectF(0, 0, SWITCH_PIXELS - 10, SWITCH_PIXELS - 10)
    outline, ground = palette.placeholderText().color(), palette.base().color()
    if on:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        for left, width in gaps:
            painter.fillRect(QRectF(left, 0, width, pixmap.height()), ground)
        knob.moveCenter(QPointF(track.right() - track.height() / 2, track.center().y()))
        painter.setBrush(ground)
        painter.setPen(QPen(colour, 6))
    else:
        painter.setPen(QPen(outline, 4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        knob.moveCenter(QPointF(track.left() + track.height() / 2, track.center().y()))
        painter.setBrush(ground)
    painter.drawEllipse(knob)
    painter.end()
    return pixmap
