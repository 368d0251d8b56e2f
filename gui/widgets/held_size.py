"""The size of a control whose text changes many times a second, held until the text really needs another one.

A new text makes Qt work out every layout above it, up to the window with all its docks, and paint what may have moved:
a third of a frame went there, for digits that took the place of others. A fixed size stops that where it begins. So
that a last digit that comes and goes (12.3, 12, 12.1) moves nothing, a text may be narrower by up to two digits.
"""

from PySide6.QtCore import QEvent, QObject, QSize, QTimer
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

SPARE_DIGITS = 2
LARGEST = QSize(16_777_215, 16_777_215)
"""Qt's QWIDGETSIZE_MAX, which PySide6 does not name: no limit."""


def held_width(held: int, wanted: int, metrics: QFontMetrics, *, spare_digits: int = SPARE_DIGITS) -> int:
    """The width to keep, in pixels: `held` while `wanted` fits into it and leaves not too many digits of it empty."""
    spare = spare_digits * metrics.horizontalAdvance("0")
    return held if held - spare <= wanted <= held else wanted


def hold_size(widget: QWidget, size: QSize) -> None:
    """Give a control this size and no other."""
    if widget.minimumSize() != size or widget.maximumSize() != size:
        widget.setFixedSize(size)


def free_size(widget: QWidget) -> None:
    """Let a control have the size it wants again."""
    widget.setMinimumSize(0, 0)
    widget.setMaximumSize(LARGEST)


class _Holder(QWidget):
    """Holds a label. One whose text can be selected lays it out as it paints it, and asks to be painted again for that:
    it is not, for that would be another pass over the whole window."""

    def __init__(self, label: QLabel) -> None:
        super().__init__()
        label.setParent(self)
        label.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Asked for while it is being painted: what it has painted just then is right."""
        return event.type() == QEvent.Type.UpdateLater or super().eventFilter(watched, event)


class Still(_Holder):
    """Holds one line of text that takes the width there is: what it would like instead goes no further than here."""

    def __init__(self, line: QLabel, letters: int = 0) -> None:
        """`letters` is how many it would like room for, whatever the text is."""
        super().__init__(line)
        self._line = line
        self._letters = letters
        policy = QSizePolicy.Policy.Expanding if letters else QSizePolicy.Policy.Ignored  # no text widens the window
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The size of one line of text."""
        return QSize(self._letters * self.fontMetrics().averageCharWidth(), self._line.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the line all of the new size."""
        super().resizeEvent(event)
        self._line.resize(self.size())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()


class Place(_Holder):
    """Holds a label that takes the width there is, in lines of a height it is told: another text lays nothing out."""

    def __init__(self, label: QLabel) -> None:
        super().__init__(label)
        self._label = label
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def hold(self, height: int) -> None:
        """Be so many pixels high from now on."""
        if self.minimumHeight() != height or self.maximumHeight() != height:
            self.setFixedHeight(height)
        hold_size(self._label, QSize(self.width(), height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the label all of the new size."""
        super().resizeEvent(event)
        hold_size(self._label, self.size())


class FigureLabel(QLabel):
    """A label for a figure: another text of the same size is painted, and nothing else is."""

    def __init__(self, padding_pixels: int = 0) -> None:
        super().__init__()
        self._padding_pixels = padding_pixels
        """Left and right of the text."""

    def setText(self, text: str) -> None:
        """Show another text without being laid out anew."""
        if text != self.text():
            super().setText(text)
            self._hold()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._hold)  # now the style is at work on it, and would undo what is set

    def _hold(self) -> None:
        # As a label reckons, but its own hint is never below the least width it was given.
        metrics = self.fontMetrics()
        text = metrics.boundingRect(0, 0, 2000, 2000, int(self.alignment()), self.text())
        width, height = text.width() + 2 * self._padding_pixels, max(text.height(), metrics.height())
        self.setContentsMargins(self._padding_pixels, 0, self._padding_pixels, 0)
        held = self.minimumWidth() if height == self.minimumHeight() else 0
        hold_size(self, QSize(held_width(held, width, metrics), height))
