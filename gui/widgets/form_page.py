"""Forms below each other, in a place that may be lower than they are, and is never narrower than their words."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QScrollArea, QStyle, QVBoxLayout, QWidget

from gui.look.scale import GRID, WIDE


class FormPage(QScrollArea):
    """A column, `column`, that is scrolled up and down alone."""

    def __init__(self) -> None:
        super().__init__()
        self._inner = QWidget()
        self.column = QVBoxLayout(self._inner)
        self.column.setContentsMargins(WIDE, GRID, WIDE, GRID)
        self.column.setSpacing(GRID)
        self.setSizeAdjustPolicy(QScrollArea.SizeAdjustPolicy.AdjustToContents)
        self.setWidget(self._inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inner.installEventFilter(self)

    def to_top(self) -> None:
        """Scroll to where the column begins."""
        self.verticalScrollBar().setValue(0)

    def fit_width(self) -> None:
        """Be as wide as the forms' words and fields need at least, and the scroll bar."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.setMinimumWidth(self._inner.minimumSizeHint().width() + bar)

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
