"""Lines over one axis, as a look has them."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from engine.pictures import AnyPicture, Curve
from gui.look.theme import RANK_COLOURS, plot_colours
from gui.text.engine_text import phrase_text
from gui.widgets.picture_plot import LEAST_LINES, PicturePlot
from gui.widgets.picture_view import PictureView, letters_css, more_colour
from gui.widgets.plot_head import PlotHead

LINES_A_LETTER = 10
"""A letter is so many times as high as a line is thick: what can be read from the last row can be seen from there."""
FEW_LINES, FIRST_LINES = 2.5, 5.0
"""Of text: names that take more of them stand below the lines, which are seen first, as high as an answer's place is at
least; names are scrolled to."""
PADDING = 0.03
"""Of a range that is given, beyond both its ends: a line along one is seen."""
DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class CurveView(PictureView):
    """A plot that fits what it is shown; lines differ in dash as well as in colour."""

    def __init__(self) -> None:
        super().__init__()
        self._curve: Curve | None = None
        self._plot = PicturePlot()
        self._head = PlotHead()
        self._lines: list[pg.PlotDataItem] = []
        self._mark = pg.InfiniteLine(angle=90)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._head)
        self._layout.addWidget(self._plot, 1)

    def show_picture(self, picture: AnyPicture) -> None:
        """Draw these lines from now on."""
        assert isinstance(picture, Curve)
        self._curve = picture
        self._draw()

    def summary(self) -> str:
        """Where each line begins and ends."""
        if self._curve is None:
            return ""
        parts = []
        for name, y in zip(self._curve.names, self._values(self._curve), strict=True):
            words = self.tr("{name}: {first:.3g} to {last:.3g}")
            parts.append(words.format(name=phrase_text(name), first=float(y[0]), last=float(y[-1])))
        return "; ".join(parts)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the lines in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._curve is not None:
            self._draw()

    def take_room(self) -> None:
        """Lines are as thick as letters are large."""
        if self._curve is not None:
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width names take more lines, or fewer."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place_head()

    def _place_head(self) -> None:
        place = int(self._head.heightForWidth(self.width()) > FEW_LINES * self.fontMetrics().height())
        if self._layout.indexOf(self._head) != place:
            self._layout.removeWidget(self._head)
            self._layout.insertWidget(place, self._head)
        self._plot.dress(self, FIRST_LINES if place else LEAST_LINES)

    @staticmethod
    def _values(curve: Curve) -> np.ndarray:
        return np.frombuffer(curve.y, np.float32).reshape(len(curve.names), -1)

    def _draw(self) -> None:
        curve = self._curve
        assert curve is not None
        colours = plot_colours(self.palette())
        self._plot.setLabel("bottom", phrase_text(curve.x_title), **{"font-size": letters_css(self.font())})
        names = [phrase_text(name) for name in curve.names]
        if [line.name() for line in self._lines] != names:
            self._plot.clear()
            self._lines = [self._plot.plot(name=name) for name in names]
        if curve.mark is None:
            self._plot.removeItem(self._mark)
        else:
            self._mark.setPen(pg.mkPen(colours.seam, width=1, style=Qt.PenStyle.DashLine))
            self._mark.setValue(curve.mark)
            if self._mark.scene() is None:
                self._plot.addItem(self._mark, ignoreBounds=True)
        self._plot.getAxis("left").write_shares(in_percent=curve.is_share)
        if curve.highest is None:
            self._plot.enableAutoRange(y=True)
        else:
            self._plot.setYRange(0.0, curve.highest, padding=PADDING)
        x, width = np.frombuffer(curve.x, np.float32), self.fontMetrics().height() / LINES_A_LETTER
        pens = []
        for number, (line, y) in enumerate(zip(self._lines, self._values(curve), strict=True)):
            colour = more_colour(self.palette()) if not number else RANK_COLOURS[number % len(RANK_COLOURS)]
            pens.append(pg.mkPen(colour, width=width, style=DASHES[number % len(DASHES)]))
            line.setPen(pens[-1])
            dot = {"symbolPen": pens[-1], "symbolBrush": pens[-1].color()} if len(x) == 1 else {}
            line.setData(x, y, connect="finite", symbol="o" if dot else None, **dot)  # of one place there is no line
        self._head.show_words(
            phrase_text(curve.y_title), [(name, pen, "", pen.color()) for name, pen in zip(names, pens, strict=True)]
        )
        self._place_head()
