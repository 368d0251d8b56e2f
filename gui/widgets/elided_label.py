"""A line of text that gives way: in brief, or cut off with an ellipsis, for want of room; whole in its tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

LEAST_LETTERS = 8


class ElidedLabel(QLabel):
    """A QLabel whose text, however long, never widens the window. `hint` comes before the text in the tooltip."""

    def __init__(self, hint: str = "") -> None:
        super().__init__()
        self._hint = hint
        self._asked = -1
        self._briefs: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(hint)

    def setText(self, text: str, *briefs: str) -> None:
        """Show another text; where there is no room, the first brief one that has it, or the last, cut."""
        self._briefs = briefs
        if text != self.text():
            super().setText(text)
            self.setToolTip("\n".join(filter(None, (self._hint, text))))

    def ask_for(self, width: int) -> None:
        """Want so many pixels, of a text that may be far longer; it takes what it is given beyond them."""
        if width != self._asked:
            self._asked = width
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The size of the text, or of what was asked for."""
        hint = super().sizeHint()
        return QSize(max(self._asked, self.minimumSizeHint().width()), hint.height()) if self._asked >= 0 else hint

    def minimumSizeHint(self) -> QSize:
        """The width of a few letters: the rest can be cut."""
        return QSize(LEAST_LETTERS * self.fontMetrics().averageCharWidth(), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much of the text as there is room for; all of it as a label does, what is selected too."""
        if self.width() >= super().sizeHint().width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        box = self.contentsRect()
        metrics, forms = self.fontMetrics(), self._briefs or (self.text(),)
        text = next((form for form in forms if metrics.horizontalAdvance(form) <= box.width()), forms[-1])
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(self.alignment()), text)
        painter.end()
