"""The line above the plots while an example is set up: its title, what to do, and what to watch for.

All of it while there is nothing to plot; from the first step on one line, and a button for more: height is for plots.
"""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui.look.scale import GRID, HALF
from gui.model.intents import OpenExample
from gui.model.store import Store
from gui.text.engine_text import engine_text
from gui.widgets.elided_label import ElidedLabel

BAND_PIXELS = 6


class ExampleLine(QFrame):
    """A line that says what to do in the example that was chosen; hidden where none was."""

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words, self.brief = QLabel(), ElidedLabel()
        """All of it, in as many lines as it takes, or as much as one line has room for."""
        self.words.setWordWrap(True)
        self._is_open = True
        self._has_steps = False
        self.more = QToolButton()
        self.more.setProperty("bare", True)
        self.more.clicked.connect(lambda: self._fold(is_open=not self._is_open))
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setAccessibleName(self.tr("Close"))
        self._close.setToolTip(self.tr("Puts these words away; set-up and run stay as they are."))
        self._close.clicked.connect(lambda: self.intent.emit(OpenExample("")))
        row = QHBoxLayout(self)
        row.setContentsMargins(BAND_PIXELS + GRID, HALF, GRID, HALF)
        row.addWidget(self.words, 1)
        row.addWidget(self.brief, 1)
        row.addWidget(self.more)
        row.addWidget(self._close)
        self.hide()

    def refresh(self, store: Store) -> None:
        """Say what to do and what to watch for, if an example is set up."""
        example = store.example
        self.setVisible(example is not None)
        if example is None:
            return
        text = self.tr("<b>{title}.</b> {do} <i>{watch}</i>")
        plain = self.tr("{title}. {do} {watch}")
        said = {name: engine_text(getattr(example, name)) for name in ("title", "do", "watch")}
        has_steps = store.live.num_steps > 0
        if (is_other := text.format(**said) != self.words.text()) or has_steps != self._has_steps:
            self._has_steps = has_steps
            self.words.setText(text.format(**said))
            self.brief.setText(plain.format(**said))
            self._fold(is_open=not has_steps if is_other or has_steps else self._is_open)

    def _fold(self, *, is_open: bool) -> None:
        """All of it, or one line; and no button where one line is all of it."""
        self._is_open = is_open
        self.words.setVisible(is_open)
        self.brief.setVisible(not is_open)
        self.more.setText(self.tr("less ▴") if is_open else self.tr("more ▾"))
        self.more.setToolTip(self.tr("One line of it") if is_open else self.tr("All of what to do and to watch for"))
        self._offer_more()

    def _offer_more(self) -> None:
        room = self.width() - BAND_PIXELS - 3 * GRID - self._close.sizeHint().width()
        self.more.setVisible(self.brief.fontMetrics().horizontalAdvance(self.brief.text()) > room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width all of it may have room in one line."""
        super().resizeEvent(event)
        self._offer_more()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A band at its side, as the banner has one, but of no alarm."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, BAND_PIXELS, self.height(), self.palette().color(QPalette.ColorRole.Highlight))
        painter.end()
