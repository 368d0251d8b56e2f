"""The base of what draws a picture of one kind, and what they have in common: colours for numbers."""

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QTimer
from PySide6.QtGui import QColor, QFont, QImage, QPalette
from PySide6.QtWidgets import QWidget

from engine.pictures import AnyPicture
from gui.look.theme import BLUE, ORANGE, SKY, is_dark
from gui.widgets.scrolled import least_height


class PictureView(QWidget):
    """Draws the picture it was shown last, as large as there is room for; where there is too little, it is scrolled.

    One that `shrinks` is made smaller instead: from the last row nobody scrolls.
    """

    shrinks = False

    def show_picture(self, picture: AnyPicture) -> None:
        """Draw this one from now on."""
        raise NotImplementedError

    def end(self) -> None:
        """Be told that no newer picture comes for now: what grew is whole."""

    def take_room(self) -> None:
        """Ask for as much room as the picture needs with letters as large as they are now."""

    def legible_height(self) -> int:
        """Pixels at which all that is written in it can be read; the least height, where it does not say more."""
        return self.minimumHeight()

    def heightForWidth(self, width: int) -> int:
        """What it needs and no more: a picture takes the room there is, and is not scrolled before it must be."""
        return least_height(self, width)

    def changeEvent(self, event: QEvent) -> None:
        """With larger letters a picture needs more room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self.take_room)  # now the style is still at work on it

    def summary(self) -> str:
        """What is seen, in words, for whoever does not see it."""
        return ""


def ramp(ground: QColor, ink: QColor) -> np.ndarray:
    """256 colours (256, 3) from the ground to the ink."""
    weight = np.linspace(0.0, 1.0, 256)[:, None]
    return np.round((1 - weight) * _rgb(ground) + weight * _rgb(ink)).astype(np.uint8)


def number_colours(palette: QPalette, *, is_signed: bool) -> np.ndarray:
    """256 colours (256, 3): from the ground to that of text; of signed numbers from orange over the ground to blue."""
    ground = palette.color(QPalette.ColorRole.Base)
    if not is_signed:
        return ramp(ground, palette.color(QPalette.ColorRole.Text))
    below, above = ramp(ground, QColor(ORANGE)), ramp(ground, more_colour(palette))
    return np.concatenate([below[::-2], above[::2]])


def more_colour(palette: QPalette) -> QColor:
    """The colour of much, where nothing has that of the ground."""
    return QColor(SKY if is_dark(palette) else BLUE)


def image_of(colours: np.ndarray) -> QImage:
    """An image of colours (height, width, 3)."""
    height, width, _ = colours.shape
    pixels = np.ascontiguousarray(colours, np.uint8)
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def within(rect: QRectF, width: float, height: float) -> QRectF:
    """The largest place of these proportions in the middle of another."""
    scale = min(rect.width() / width, rect.height() / height)
    place = QRectF(0, 0, width * scale, height * scale)
    place.moveCenter(rect.center())
    return place


def letters_css(font: QFont) -> str:
    """How large letters in `font` are, as rich text has it."""
    return f"{font.pixelSize()}px" if font.pixelSize() > 0 else f"{font.pointSize()}pt"


def _rgb(colour: QColor) -> np.ndarray:
    return np.array([colour.red(), colour.green(), colour.blue()])
