"""A small picture of what a model was given, beside what a person gave: so a class sees why it errs."""

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.pictures import ImageGrid
from gui.look.theme import plot_colours
from gui.widgets.picture_view import image_of, number_colours, within

LINES, MOST_PIXELS = 4.0, 80
"""Its sides, in lines of text, and never larger than the smallest pad."""


class SeenPicture(QWidget):
    """The first picture of a grid, pixel by pixel; its place is there also while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: ImageGrid | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(self.tr("What the network gets"))
        self.setToolTip(self.tr("What the network gets: the drawing, pixel by pixel as it sees it."))

    def show_picture(self, picture: ImageGrid | None) -> None:
        """Show this one from now on; None: none any more."""
        self.picture = picture
        self.update()

    def sizeHint(self) -> QSize:
        """A square as high as some lines of text."""
        side = min(MOST_PIXELS, round(LINES * self.fontMetrics().height()))
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Half of that height, in a low place: the pad beside it is not scrolled for it."""
        side = self.sizeHint().width()
        return QSize(side, side // 2)

    def changeEvent(self, event: QEvent) -> None:
        """With larger letters it is larger."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw its pixels in the pad's colours, in a frame."""
        if (grid := self.picture) is None or not len(grid):
            return
        painter = QPainter(self)
        frame = within(QRectF(self.rect()).adjusted(1, 1, -1, -1), grid.width, grid.height)
        pixels = np.frombuffer(grid.pixels, np.uint8)[: grid.width * grid.height].reshape(grid.height, grid.width)
        painter.drawImage(frame, image_of(number_colours(self.palette(), is_signed=False)[pixels]))
        painter.setPen(plot_colours(self.palette()).seam)
        painter.drawRect(frame)
