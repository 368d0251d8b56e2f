"""A text in some lines at most: what has no room in them is cut off with an ellipsis; whole in its tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

LEAST_LETTERS = 8


class ElidedLines(QWidget):
    """`lines` is how many it may take; fewer where the text is shorter."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._lines = 1
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_text(self, text: str, lines: int) -> None:
        """Show that, in so many lines at most."""
        if (text, lines) != (self.text, self._lines):
            self.text, self._lines = text, lines
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def is_cut_at(self, width: int) -> bool:
        """Whether the text has no room in its lines, at that width in pixels."""
        return len(self._broken(width)) > self._lines

    def _broken(self, width: int) -> list[str]:
        """The lines it would take."""
        layout, found = QTextLayout(self.text, self.font()), []
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            found.append(self.text[line.textStart() : line.textStart() + line.textLength()])
        layout.endLayout()
        return found

    def heightForWidth(self, width: int) -> int:
        """How high its lines are at that width, in pixels."""
        return max(1, min(self._lines, len(self._broken(width)))) * self.fontMetrics().lineSpacing()

    def sizeHint(self) -> QSize:
        """A few letters wide, and as high as all lines that it may take at the width that it has."""
        return QSize(LEAST_LETTERS * self.fontMetrics().averageCharWidth(), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """The room of one line of a few letters, in pixels."""
        return QSize(LEAST_LETTERS * self.fontMetrics().averageCharWidth(), self.fontMetrics().lineSpacing())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Line by line, the rest behind the last one's ellipsis."""
        painter, metrics = QPainter(self), self.fontMetrics()
        painter.setPen(self.palette().color(self.foregroundRole()))
        broken = self._broken(self.width())
        shown = broken[: self._lines]
        if len(broken) > self._lines:
            rest = "".join(broken[self._lines - 1 :])
            shown[-1] = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
        top = (self.height() - len(shown) * metrics.lineSpacing()) // 2
        for number, line in enumerate(shown):
            painter.drawText(0, top + number * metrics.lineSpacing() + metrics.ascent(), line)
        painter.end()
