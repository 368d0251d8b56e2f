"""A line of text in the longest of its forms that there is room for: none is cut, and the shortest always has room."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

ANY_WIDTH = 16_777_215
"""Qt's QWIDGETSIZE_MAX."""


class FittedLabel(QLabel):
    """A QLabel that shows one of several texts, the longest first; all of it is in the tooltip, below a `hint`."""

    def __init__(self, hint: str = "") -> None:
        super().__init__()
        self._hint = hint
        self._forms: tuple[str, ...] = ("",)
        self._within = ANY_WIDTH
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(hint)

    def show_forms(self, *forms: str) -> None:
        """Show the first of these that fits, or the last."""
        if forms != self._forms:
            self._forms = forms
            self.setToolTip("\n".join(filter(None, (self._hint, forms[0]))))
            self.updateGeometry()
            self._choose()

    def ask_within(self, width: int) -> None:
        """Want the room of the longest form that takes no more pixels: for a longer one others would give way."""
        if width != self._within:
            self._within = width
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The size of the longest form, or of the longest that it may ask for."""
        widths = [self.fontMetrics().horizontalAdvance(form) for form in self._forms]
        wanted = next((width for width in widths if width <= self._within), widths[-1])
        return QSize(wanted, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The size of the shortest form."""
        return QSize(self.fontMetrics().horizontalAdvance(self._forms[-1]), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew: a wider line may have room for a longer form."""
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        advance = self.fontMetrics().horizontalAdvance
        text = next((form for form in self._forms if advance(form) <= self.width()), self._forms[-1])
        if text != self.text():
            self.setText(text)
