"""What lies over another widget, as large as that, with a band at its side: nothing below moves as it comes or goes.

▌ words, in the largest letters in which there is room for them     [button]
"""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

BAND_PIXELS = 6


class Cover(QFrame):
    """A band and the ground of the window; `fit` is called when there is other room for words, or other letters."""

    def __init__(self, below: QWidget | None) -> None:
        """It covers `below`, whatever size that has; None: it has a place of its own, in a layout."""
        super().__init__(below)
        self.below = below
        if below is not None:
            below.installEventFilter(self)

    def fit(self) -> None:
        """Write the words so that there is room for them."""
        raise NotImplementedError

    @property
    def band_colour(self) -> QColor:
        """The colour of the band at the side."""
        return self.palette().color(QPalette.ColorRole.Highlight)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover all of what it lies over, always."""
        if event.type() == QEvent.Type.Resize and watched is self.below and self.below is not None:
            self.setGeometry(self.below.rect())
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width, letters of another size may have room."""
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self.fit)  # now the style is still at work on the label

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cover what is below, and draw the band."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window))
        painter.fillRect(0, 0, BAND_PIXELS, self.height(), self.band_colour)
        painter.end()
