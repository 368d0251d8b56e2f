"""Pictures in rows, all of one size: as large as there is room for all of them, but never too small to be seen."""

from itertools import chain
from math import ceil

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent

from engine.pictures import AnyPicture, ImageGrid
from gui.look.scale import HALF, SMALL, letters_font
from gui.look.theme import plot_colours
from gui.text.engine_text import phrase_text
from gui.widgets.picture_view import PictureView, image_of, number_colours, within

LEAST_LINES, MOST_LINES = 1.5, 6.0
"""Of text, a picture's longer side: what stands below it is no larger than it."""
MOST_SCALE = 16
"""Pixels for one of a picture that is no larger with them."""
TOP_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


class ImageGridView(PictureView):
    """Each pixel of a picture is a square of one colour; captions stand below."""

    def __init__(self) -> None:
        super().__init__()
        self._grid: ImageGrid | None = None
        self._images: list[QImage] = []
        self._captions: list[str] = []

    def show_picture(self, picture: AnyPicture) -> None:
        """Draw these pictures from now on."""
        assert isinstance(picture, ImageGrid)
        self._grid, self._images = picture, []
        self._captions = [phrase_text(words) for words in picture.captions]
        self._give_height()
        self.update()

    def summary(self) -> str:
        """How many pictures there are, and what stands below them."""
        count = len(self._grid) if self._grid is not None else 0
        words = self.tr("{count} pictures").format(count=count)
        return ": ".join(filter(None, [words, "; ".join(self._captions).replace("\n", ", ")]))

    def take_room(self) -> None:
        """Pictures are larger where what stands below them is."""
        self._give_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrower, there are more rows."""
        super().resizeEvent(event)
        self._give_height()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw each picture in its place."""
        grid = self._grid
        if grid is None or not len(grid):
            return
        table = number_colours(self.palette(), is_signed=grid.is_signed)
        if not self._images:
            pixels = np.frombuffer(grid.pixels, np.uint8).reshape(-1, grid.height, grid.width)
            self._images = [image_of(table[one]) for one in pixels]
        painter = QPainter(self)
        colours = plot_colours(self.palette())
        painter.setFont(letters_font(self.font(), SMALL))
        columns, cell = self._layout(self.size())
        for index, image in enumerate(self._images):
            place = QRectF(
                index % columns * cell.width(), index // columns * cell.height(), cell.width(), cell.height()
            ).adjusted(HALF / 2, HALF / 2, -HALF / 2, -HALF / 2)
            room = place.adjusted(0, 0, 0, -self._caption_height())
            frame = within(room, grid.width, grid.height)
            painter.drawImage(frame, image)
            painter.setPen(colours.grid)
            painter.drawRect(frame)
            if self._captions:
                painter.setPen(colours.foreground)
                below = QRectF(place.left(), frame.bottom() + 1, place.width(), self._caption_height())
                below.adjust(-HALF, 0, HALF, 0)
                painter.drawText(below, int(TOP_CENTRE), self._captions[index])

    def changeEvent(self, event: object) -> None:
        """Draw the pictures in the colours of another theme."""
        super().changeEvent(event)  # type: ignore[arg-type]
        self._images = []

    def _caption_height(self) -> int:
        return self.fontMetrics().height() * max((text.count("\n") + 1 for text in self._captions), default=0)

    def _least(self) -> QSize:
        """The smallest place of a picture with its caption."""
        assert self._grid is not None
        lines_high = 0 if self.shrinks else LEAST_LINES
        scale = max(1.0, lines_high * self.fontMetrics().height() / max(self._grid.width, self._grid.height))
        lines = chain.from_iterable(text.split("\n") for text in self._captions)
        words = max(map(self.fontMetrics().horizontalAdvance, lines), default=0)
        width = max(round(scale * self._grid.width), words) + HALF
        return QSize(width, round(scale * self._grid.height) + self._caption_height() + HALF)

    def _layout(self, room: QSize) -> tuple[int, QSize]:
        """How many stand in a row, and the place that each has: the largest there is room for."""
        assert self._grid is not None
        least, count, together = self._least(), len(self._grid), self._grid.together
        largest = max(MOST_SCALE, MOST_LINES * self.fontMetrics().height() / max(self._grid.width, self._grid.height))
        most = self._in_rows(min(count, room.width() // least.width()))
        best, best_scale = (most, least), 0.0
        for columns in range(min(together, most), most + 1, together):
            width, height = room.width() / columns, room.height() / ceil(count / columns)
            scale = min((width - HALF) / self._grid.width, (height - HALF - self._caption_height()) / self._grid.height)
            if scale > best_scale:
                scale = min(scale, largest)
                place = QSize(
                    max(least.width(), int(scale * self._grid.width) + HALF),
                    int(scale * self._grid.height) + HALF + self._caption_height(),
                )
                best, best_scale = (columns, place), scale
        columns, place = best
        if place.height() < least.height():
            return most, least
        return max(columns, self._in_rows(room.width() // place.width())), place

    def _in_rows(self, columns: int) -> int:
        """So many or fewer in a row that what belongs together stands in one."""
        assert self._grid is not None
        return max(1, columns // self._grid.together * self._grid.together or columns)

    def _give_height(self) -> None:
        if self._grid is None or not len(self._grid):
            self.setMinimumHeight(0)
            return
        least = self._least()
        columns = self._in_rows(self.width() // least.width())
        self.setMinimumHeight(ceil(len(self._grid) / columns) * least.height())
