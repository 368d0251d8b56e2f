"""Seams on a plot: a vertical line each, and as much of its text as finds room beside its neighbours'.

Items are made once and reused. The latest seam gets the best place; what finds none is read under the mouse.
"""

import math

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QTextOption

from gui.look.theme import PlotColours
from gui.text.seams import Seam

LABEL_ROWS = 3
LABELS_SHARE = 0.5
"""Of the plot's height, what labels of seams may cover."""
LABEL_OPACITY = 200
LABEL_PADDING_PIXELS = 8
LABEL_MARGIN_PIXELS = 14
LEAST_X = 1e-3
"""Where a logarithmic axis begins."""


class SeamLabels:
    """The seams of one plot. `paint` gives them their look, `place` their places; `hints_near` is for the mouse."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._items: list[tuple[pg.InfiniteLine, pg.TextItem]] = []
        self._colours: PlotColours | None = None
        self._font = QFont()
        self._metrics = QFontMetrics(self._font)
        self.shown: list[Seam] = []
        """Those on the plot now, by position."""

    def paint(self, colours: PlotColours, font: QFont) -> None:
        """The look of the theme in force, from now on."""
        self._colours, self._font, self._metrics = colours, font, QFontMetrics(font)
        for line, label in self._items:
            self._paint_item(line, label)

    def place(self, seams: list[Seam], *, log_x: bool) -> None:
        """Show these and no others, in the range that the plot has now."""
        while len(self._items) < len(seams):
            self._add()
        self.shown = seams
        box = self._plot.getViewBox()
        (left, right), (bottom, top) = box.viewRange()
        pixel = max((right - left) / max(1.0, box.width()), 1e-12)
        lines = max((seam.forms[0].count("\n") + 1 for seam in seams), default=1)
        row_pixels = self._metrics.lineSpacing() * lines + LABEL_PADDING_PIXELS
        row_height = row_pixels * (top - bottom) / max(1.0, box.height())
        rows: list[list[tuple[float, float]]] = [
            [] for _ in range(max(1, min(LABEL_ROWS, int(box.height() * LABELS_SHARE / row_pixels))))
        ]
        for index, (line, label) in reversed(list(enumerate(self._items))):
            label.setVisible(False)
            if index >= len(seams):
                line.setVisible(False)
                continue
            at = seams[index].position
            at = math.log10(max(at, LEAST_X)) if log_x else at
            line.setPos(at)
            line.setVisible(left <= at <= right)
            place = self._room_for(seams[index], at, (left, right), pixel, rows) if left <= at <= right else None
            if place is not None:
                text, row, side = place
                _write(label, text, side)
                label.setAnchor((side, 0))
                label.setPos(QPointF(at, top - row * row_height))
                label.setVisible(True)

    def hints_near(self, x: float, reach: float) -> str:
        """What the seams not further than `reach` from `x` have to say, both in units of the plot's x axis."""
        return "\n".join(
            seam.hint
            for seam, (line, _) in zip(self.shown, self._items, strict=False)
            if line.isVisible() and abs(line.value() - x) <= reach
        )

    def _add(self) -> None:
        line = pg.InfiniteLine(angle=90, movable=False)
        label = pg.TextItem(anchor=(0, 0))
        label.setZValue(8)
        label.side = 0
        for item in (line, label):
            self._plot.addItem(item, ignoreBounds=True)
        self._items.append((line, label))
        self._paint_item(line, label)

    def _room_for(
        self,
        seam: Seam,
        at: float,
        extent: tuple[float, float],
        pixel: float,
        rows: list[list[tuple[float, float]]],
    ) -> tuple[str, int, int] | None:
        """The fullest text that overlaps no other label: it, its row and its side of the line (0 right, 1 left)."""
        for text in seam.forms:
            width = (
                max(self._metrics.horizontalAdvance(line) for line in text.split("\n")) + LABEL_MARGIN_PIXELS
            ) * pixel
            for side, span in enumerate(((at, at + width), (at - width, at))):
                for row, taken in enumerate(rows):
                    inside = extent[0] <= span[0] and span[1] <= extent[1]
                    if inside and all(span[1] <= first or last <= span[0] for first, last in taken):
                        taken.append(span)
                        return text, row, side
        return None

    def _paint_item(self, line: pg.InfiniteLine, label: pg.TextItem) -> None:
        if self._colours is None:
            return
        backing = QColor(self._colours.background)
        backing.setAlpha(LABEL_OPACITY)
        line.setPen(pg.mkPen(color=self._colours.seam, width=1, style=Qt.PenStyle.DashLine))
        label.setColor(self._colours.muted)
        label.fill = pg.mkBrush(backing)
        label.setFont(self._font)
        label.side = -1  # to be written anew: its width is that of the old font


def _write(label: pg.TextItem, text: str, side: int) -> None:
    """Text at a line: what stands on its left (side 1) ends at the line."""
    if (label.toPlainText(), label.side) == (text, side):
        return
    label.side = side
    label.textItem.setTextWidth(-1)  # as wide as the text wants to be
    label.setText(text)
    document = label.textItem.document()
    alignment = Qt.AlignmentFlag.AlignRight if side else Qt.AlignmentFlag.AlignLeft
    document.setDefaultTextOption(QTextOption(alignment))
    label.textItem.setTextWidth(document.idealWidth() + 1)
