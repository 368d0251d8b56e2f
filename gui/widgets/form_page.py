"""Forms below each other, in a place that may be lower than they are, and is never narrower than their words."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QScrollArea, QStyle, QVBoxLayout, QWidget

from gui.look.scale import GRID, WIDE


class FormPage(QScrollArea):
    """A column, `column`, that is scrolled up and down alone.

    The scroll bar has its room always: rows that wrap only beside it would move all fields as it comes and goes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._inner = QWidget()
        self.column = QVBoxLayout(self._inner)
        self.column.setSpacing(GRID)
        self.setSizeAdjustPolicy(QScrollArea.SizeAdjustPolicy.AdjustToContents)
        self.setWidget(self._inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inner.installEventFilter(self)
        self.verticalScrollBar().valueChanged.connect(self._give_back)

    def to_top(self) -> None:
        """Scroll to where the column begins."""
        self.verticalScrollBar().setValue(0)

    def fit_width(self) -> None:
        """Be as wide as the forms' words and fields need at least, and the scroll bar."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        margin = max(0, WIDE - bar)  # the bar lies in it
        self.column.setContentsMargins(WIDE, GRID, margin, GRID)
        self.setMinimumWidth(self._inner.minimumSizeHint().width() + bar + WIDE - margin)
        self._inner.setMaximumWidth(max(1, self.width() - bar))

    def hold_still(self, height: int) -> None:
        """What is seen stays where it is, should the page become so high: what it lacks below its end then is empty."""
        scrolled = self.verticalScrollBar().value()
        self._inner.setMinimumHeight(scrolled + height if scrolled else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The forms are as wide as there is room beside the scroll bar, whether it is there or not."""
        self.fit_width()
        super().resizeEvent(event)

    def _give_back(self, scrolled: int) -> None:
        """Whoever scrolls back up leaves what is empty below the end."""
        self._inner.setMinimumHeight(min(self._inner.minimumHeight(), scrolled + self.viewport().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what the fields need: other letters, or "● next run" behind them where "now" was."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self._inner:
            self.fit_width()
        return super().eventFilter(watched, event)


def wrapping(form: QFormLayout) -> QFormLayout:
    """The form, with what is too long beside its field above it, and fields as wide as there is room."""
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
