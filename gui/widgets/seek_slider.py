"""A slider whose handle comes to where it is clicked, and is in hand from there."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider


class SeekSlider(QSlider):
    """Lies flat, from left to right: Qt's own goes one page towards a click, and another one as long as it lasts."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the mouse first, unless it is there already."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        place, kind = event.position().toPoint(), QStyle.ComplexControl.CC_Slider
        handle, groove = (
            self.style().subControlRect(kind, option, part, self)
            for part in (QStyle.SubControl.SC_SliderHandle, QStyle.SubControl.SC_SliderGroove)
        )
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(place):
            at, span = place.x() - groove.left() - handle.width() // 2, groove.width() - handle.width()
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at, span))
        super().mousePressEvent(event)
