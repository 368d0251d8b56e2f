"""Points over two axes, as a look has them; groups differ in shape as well as in colour."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout

from engine.pictures import AnyPicture, Scatter
from gui.look.scale import SMALL, letters_font
from gui.look.theme import RANK_COLOURS, is_dark, plot_colours
from gui.text.engine_text import phrase_text
from gui.widgets.picture_plot import LEAST_LINES, PicturePlot
from gui.widgets.picture_view import PictureView, letters_css, more_colour
from gui.widgets.plot_head import PlotHead

SHAPES = ("o", "t", "s", "d", "+", "x", "star", "p")
POINT_PIXELS = 7
POINTS_A_LETTER = 2.5
"""A letter is so many times as high as a point, where that is more."""
EDGE = 140
"""How dark a point's edge is on white, as Qt has it: 100 is no darker."""
NEAR_PIXELS = 12
FEW_GROUPS, FIRST_LINES = 4, 5.75
"""The names of so many stand above the plot; those of more take lines, and stand below it: points are seen first, as
high as so many lines, and their names are scrolled to."""
MOST_NAMES = 40
"""So many names are written beside their points; of the others under the mouse alone."""


class ScatterView(PictureView):
    """A plot that fits what it is shown, with the name of the point that is nearest to the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._scatter: Scatter | None = None
        self._plot = PicturePlot()
        self._head = PlotHead()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._head)
        self._layout.addWidget(self._plot, 1)

    def show_picture(self, picture: AnyPicture) -> None:
        """Draw these points from now on."""
        assert isinstance(picture, Scatter)
        self._scatter = picture
        place = 0 if len(picture.groups) <= FEW_GROUPS else 1
        if self._layout.indexOf(self._head) != place:
            self._layout.removeWidget(self._head)
            self._layout.insertWidget(place, self._head)
        self._draw()

    def summary(self) -> str:
        """How many points there are of each group."""
        if self._scatter is None:
            return ""
        counts = np.bincount(np.frombuffer(self._scatter.group, np.uint8), minlength=len(self._scatter.groups))
        words = self.tr("{name}: {count} points")
        pairs = zip(self._scatter.groups, counts.tolist(), strict=True)
        return "; ".join(words.format(name=phrase_text(name), count=count) for name, count in pairs)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the points in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._scatter is not None:
            self._draw()

    def take_room(self) -> None:
        """Points are as large as letters ask for."""
        if self._scatter is not None:
            self._draw()

    def event(self, event: QEvent) -> bool:
        """Tell the name of the point under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.name_near(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def name_near(self, at: QPointF) -> str:
        """The name of the point that lies nearest to a place in this widget, in pixels; "" where none is near."""
        if self._scatter is None or not self._scatter.names:
            return ""
        box = self._plot.getViewBox()
        places = [box.mapViewToScene(QPointF(x, y)) for x, y in zip(*self._coordinates(), strict=True)]
        at = QPointF(self._plot.mapFrom(self, at.toPoint()))
        away = [np.hypot(place.x() - at.x(), place.y() - at.y()) for place in places]
        nearest = int(np.argmin(away))
        return self._scatter.names[nearest] if away[nearest] <= NEAR_PIXELS else ""

    def _coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        assert self._scatter is not None
        return np.frombuffer(self._scatter.x, np.float32), np.frombuffer(self._scatter.y, np.float32)

    def _draw(self) -> None:
        scatter = self._scatter
        assert scatter is not None
        colours = plot_colours(self.palette())
        self._plot.clear()
        self._plot.dress(self, FIRST_LINES if len(scatter.groups) > FEW_GROUPS else LEAST_LINES)
        self._plot.setLabel("bottom", phrase_text(scatter.x_title), **{"font-size": letters_css(self.font())})
        if scatter.has_zero_line:
            self._plot.addItem(pg.InfiniteLine(pos=0.0, angle=0, pen=pg.mkPen(colours.seam)), ignoreBounds=True)
        (x, y), groups = self._coordinates(), np.frombuffer(scatter.group, np.uint8)
        pixels = max(POINT_PIXELS, self.fontMetrics().height() / POINTS_A_LETTER)
        keys = []
        for number, name in enumerate(scatter.groups):
            colour = more_colour(self.palette()) if not number else QColor(RANK_COLOURS[number % len(RANK_COLOURS)])
            edge = colour if is_dark(self.palette()) else colour.darker(EDGE)  # no yellow is seen on white
            mine, mark = groups == number, SHAPES[number % len(SHAPES)]
            keys.append((phrase_text(name), pg.mkPen(edge), mark, colour))
            self._plot.addItem(
                pg.ScatterPlotItem(
                    x=x[mine],
                    y=y[mine],
                    size=pixels,
                    symbol=mark,
                    pen=pg.mkPen(edge),
                    brush=pg.mkBrush(colour),
                )
            )
        self._head.show_words(phrase_text(scatter.y_title), keys)
        if len(scatter.names) <= MOST_NAMES:
            for at, words in enumerate(scatter.names):
                label = pg.TextItem(words, color=colours.foreground, anchor=(0.5, 1.1))
                label.setFont(letters_font(self.font(), SMALL))
                label.setPos(float(x[at]), float(y[at]))
                self._plot.addItem(label, ignoreBounds=True)
        self._plot.setCursor(Qt.CursorShape.ArrowCursor)
