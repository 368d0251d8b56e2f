"""Lines over one axis, as a look has them."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QVBoxLayout

from engine.pictures import AnyPicture, Curve
from gui.look.theme import RANK_COLOURS, plot_colours
from gui.text.engine_text import phrase_text
from gui.widgets.axes import number_axes
from gui.widgets.picture_view import PictureView, letters_css, more_colour

DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class CurveView(PictureView):
    """A plot that fits what it is shown; lines differ in dash as well as in colour."""

    def __init__(self) -> None:
        super().__init__()
        self._curve: Curve | None = None
        self._plot = pg.PlotWidget(axisItems=number_axes(), enableMenu=False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._legend = self._plot.addLegend(offset=(-8, 8))
        self._lines: list[pg.PlotDataItem] = []
        self._mark = pg.InfiniteLine(angle=90)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)

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

    @staticmethod
    def _values(curve: Curve) -> np.ndarray:
        return np.frombuffer(curve.y, np.float32).reshape(len(curve.names), -1)

    def _draw(self) -> None:
        curve = self._curve
        assert curve is not None
        colours = plot_colours(self.palette())
        self._plot.setBackground(colours.background)
        for side, title in (("bottom", curve.x_title), ("left", curve.y_title)):
            axis = self._plot.getAxis(side)
            axis.setPen(colours.grid)
            axis.setTextPen(colours.foreground)
            self._plot.setLabel(side, phrase_text(title))
        names = [phrase_text(name) for name in curve.names]
        if [line.name() for line in self._lines] != names:
            self._plot.clear()
            self._lines = [self._plot.plot(name=name) for name in names]
            self._legend.setVisible(len(names) > 1)
        if curve.mark is None:
            self._plot.removeItem(self._mark)
        else:
            self._mark.setPen(pg.mkPen(colours.seam, width=1, style=Qt.PenStyle.DashLine))
            self._mark.setValue(curve.mark)
            if self._mark.scene() is None:
                self._plot.addItem(self._mark, ignoreBounds=True)
        self._legend.setLabelTextColor(colours.foreground)
        self._legend.setLabelTextSize(letters_css(self.font()))
        for _, label in self._legend.items:
            label.setText(label.text)  # a size alone is taken by labels to come
        x = np.frombuffer(curve.x, np.float32)
        for number, (line, y) in enumerate(zip(self._lines, self._values(curve), strict=True)):
            colour = more_colour(self.palette()) if not number else RANK_COLOURS[number % len(RANK_COLOURS)]
            line.setPen(pg.mkPen(colour, width=1, style=DASHES[number % len(DASHES)]))
            line.setData(x, y, connect="finite")
