"""A plot above another one on the same x axis, which in a window of few lines leaves height to the curves of both.

room for all                         few lines

  a line of what is under the mouse  (it stands over the curves, while there is any)
  |  curves                          |  curves
  |_0_____500_____1,000              |__________________
  |  curves                          |  curves
  |_0_____500_____1,000              |_0_____500_____1,000
"""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

from gui.look.scale import HALF, TIGHT
from gui.look.view import PlotView
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.few_lines import has_few_lines

LOWER, HIGH_LINE = 10, 24
"""By so many pixels what curves are drawn in may be lower than in other plots, where lines of text are so high."""


class UpperPlot(CurvePlot):
    """A plot of a panel; where that has none below it in a splitter, it keeps what it has in any window."""

    def __init__(self, view: PlotView, parent: QWidget | None = None) -> None:
        self._gives_way = False
        super().__init__(view, parent)

    def minimumSizeHint(self) -> QSize:
        """Less high by what it leaves to the other plot, in pixels."""
        least, line = super().minimumSizeHint(), self.fontMetrics().lineSpacing()
        return least - QSize(0, line + HALF + LOWER * (line >= HIGH_LINE)) if self._gives_way else least

    def _head_pixels(self) -> int:
        return self.fontMetrics().height() // 2 + TIGHT if self._gives_way else super()._head_pixels()

    def _show_axes(self) -> None:
        super()._show_axes()
        if self._gives_way:
            self.getPlotItem().getAxis("bottom").setStyle(showValues=False)
            self.x_name.hide()

    def _paint_colours(self) -> None:
        super()._paint_colours()
        if self._gives_way:
            self.getPlotItem().getAxis("bottom").setHeight(HALF)

    def _look(self) -> None:
        """Give way, or no more, as the window has few lines now."""
        gives_way = self._is_above_another and has_few_lines(self)
        if gives_way != self._gives_way:
            self._gives_way, self._painted_for = gives_way, None
            self._paint_colours()
            self._show_axes()
            self.updateGeometry()

    @property
    def _is_above_another(self) -> bool:
        panel = self.parentWidget()
        plots = panel.parentWidget() if panel is not None else None
        return isinstance(plots, QSplitter) and plots.indexOf(panel) < plots.count() - 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The window may have another height."""
        super().resizeEvent(event)
        if hasattr(self, "x_name"):
            self._look()

    def showEvent(self, event: QShowEvent) -> None:
        """Look once it stands in a window, which has a height."""
        super().showEvent(event)
        self._look()

    def changeEvent(self, event: QEvent) -> None:
        """Letters may have another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "x_name"):
            self._look()
