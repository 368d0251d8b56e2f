"""The line above the plots while an example is set up: its title, what to do, and what to watch for."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui.look.scale import GRID, HALF
from gui.model.intents import OpenExample
from gui.model.store import Store
from gui.text.engine_text import engine_text

BAND_PIXELS = 6


class ExampleLine(QFrame):
    """A line that says what to do in the example that was chosen; hidden where none was."""

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setAccessibleName(self.tr("Close"))
        self._close.setToolTip(self.tr("Puts these words away; set-up and run stay as they are."))
        self._close.clicked.connect(lambda: self.intent.emit(OpenExample("")))
        row = QHBoxLayout(self)
        row.setContentsMargins(BAND_PIXELS + GRID, HALF, GRID, HALF)
        row.addWidget(self.words, 1)
        row.addWidget(self._close)
        self.hide()

    def refresh(self, store: Store) -> None:
        """Say what to do and what to watch for, if an example is set up."""
        example = store.example
        self.setVisible(example is not None)
        if example is None:
            return
        text = self.tr("<b>{title}.</b> {do} <i>{watch}</i>").format(
            title=engine_text(example.title), do=engine_text(example.do), watch=engine_text(example.watch)
        )
        if text != self.words.text():
            self.words.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A band at its side, as the banner has one, but of no alarm."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, BAND_PIXELS, self.height(), self.palette().color(QPalette.ColorRole.Highlight))
        painter.end()
