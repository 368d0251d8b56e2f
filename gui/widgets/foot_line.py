"""Words at the foot of what is read from afar: two lines are kept for them, so that others move nothing above them.

In the largest letters it is one: what is above needs the height.
"""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from gui.widgets.few_lines import LARGEST_LINES, has_few_lines

LINES = 2


class FootLine(QLabel):
    """A label that is so many lines high whatever it says; what has no room in them ends with an ellipsis."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def has_room_for(self, words: str, width: int) -> bool:
        """Whether these take no more lines than there are, of so many pixels."""
        taken = self._taken(words, width)
        return taken.width() <= width and taken.height() <= self._height()

    def show_words(self, words: str, width: int) -> None:
        """Show these, as much of them as has room in lines of so many pixels; all of them in the tooltip."""
        shown = words.replace("\n", " · ")
        while not self.has_room_for(shown, width) and " " in shown:
            shown = shown.removesuffix(" …").rpartition(" ")[0] + " …"
        if shown != self.text():
            self.setText(shown)
            self.setToolTip("" if shown == words else words)

    def _taken(self, words: str, width: int) -> QRect:
        flags = int(Qt.TextFlag.TextWordWrap)
        return self.fontMetrics().boundingRect(0, 0, max(1, width), 10_000, flags, words)

    def _height(self) -> int:
        lines = 1 if has_few_lines(self, LARGEST_LINES) else LINES
        return self._taken("\n".join("X" * lines), 10_000).height()  # letters of some sizes take a pixel more than said

    def heightForWidth(self, width: int) -> int:  # noqa: ARG002
        """The height of its lines in pixels, at any width."""
        return self._height()

    def sizeHint(self) -> QSize:
        """The height of its lines in pixels, and no width of its own."""
        return QSize(0, self._height())

    def minimumSizeHint(self) -> QSize:
        """The height of its lines in pixels: no other text makes it higher."""
        return QSize(0, self._height())
