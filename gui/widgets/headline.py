"""What is read first, and from the last row: on the left the mode, in its colour; on the right how fast it computes."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.look.mode_colours import mode_colours
from gui.look.scale import GRID, HALF, SMALL, TIGHT, TITLE, WIDE, set_letters
from gui.look.theme import is_dark
from gui.text.headline import Headline
from gui.widgets.held_size import FigureLabel

LEAST_LETTERS = 9


class ModeTitle(QWidget):
    """The mode's name in large letters, beside a bar in its colour; below, in small ones, what it is in full."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.words = QLabel(), QLabel()
        self._number: int | None = None
        set_letters(self.name, TITLE)
        set_letters(self.words, SMALL)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE + GRID, HALF, GRID, HALF)
        layout.setSpacing(0)
        layout.addStretch(1)
        for label in (self.name, self.words):
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(self.tr("What computes where, now."))

    def show_headline(self, headline: Headline) -> None:
        """Show the mode of a headline."""
        if (headline.name, headline.words) != (self.name.text(), self.words.text()):
            self.name.setText(headline.name)
            self.words.setText(headline.words)
            self.setToolTip("\n".join((self.tr("What computes where, now."), headline.words)))
            self._give_height()
        if headline.number != self._number:
            self._number = headline.number
            self.update()

    def minimumSizeHint(self) -> QSize:
        """A few letters wide: names, and the words below them, take as many lines as they need."""
        least = LEAST_LETTERS * self.name.fontMetrics().averageCharWidth()
        return QSize(least + WIDE + 2 * GRID, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """The height that what is said needs: labels that wrap would ask for more lines than they have."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the lines that another width needs."""
        super().resizeEvent(event)
        self._give_height()

    def _give_height(self) -> None:
        # Said outright: no toolbar asks a widget how high it is for a width.
        for label in (self.name, self.words):
            label.setMinimumHeight(0)  # else it would never be asked for less than it had
            label.setMinimumHeight(max(0, label.heightForWidth(max(1, self.width() - WIDE - 2 * GRID))))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "words"):
            QTimer.singleShot(0, self, self._give_height)  # now the style is still at work on the labels

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the bar in the mode's colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour())
        top, bottom = self.name.geometry().top() + TIGHT, self.words.geometry().bottom() - TIGHT
        painter.drawRoundedRect(QRectF(GRID, top, GRID, max(GRID, bottom - top)), 3, 3)
        painter.end()

    def _colour(self) -> QColor:
        if self._number is None:
            return self.palette().mid().color()
        return mode_colours(self._number, dark=is_dark(self.palette())).line


class RateTitle(QWidget):
    """The rate in large letters; below, in small ones, where the run is and what the rate is of others'."""

    def __init__(self) -> None:
        super().__init__()
        self._said = self._trained = ""
        self._form = (False, False)
        """Whether each thing is said in a line of its own, and whether what is trained is left out."""
        self.rate = FigureLabel(padding_pixels=GRID)
        self.below = FigureLabel(padding_pixels=GRID)
        set_letters(self.rate, TITLE)
        set_letters(self.below, SMALL)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, HALF, 0, HALF)
        layout.setSpacing(0)
        layout.addStretch(1)
        for label in (self.rate, self.below):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            layout.addWidget(label, 0, Qt.AlignmentFlag.AlignRight)
        layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.rate.setToolTip(self.tr("Samples computed a second."))
        self.below.setToolTip(
            self.tr("What is trained; steps made so far; how fast this mode is beside the baseline of the board.")
        )

    def show_headline(self, headline: Headline) -> None:
        """Show the rate of a headline, and where the run is."""
        self._said, self._trained = headline.below, headline.trained
        self.rate.setText(headline.rate)
        self._say()

    @property
    def usual_width(self) -> int:
        """The width of a fast rate, in pixels."""
        return self.rate.fontMetrics().horizontalAdvance(self.tr("000,000 samples/s")) + 2 * GRID

    def set_form(self, *, is_narrow: bool, is_short: bool) -> None:
        """Say below the rate each thing in a line of its own, or all in one; what is trained too, or without it."""
        if (is_narrow, is_short) != self._form:
            self._form = (is_narrow, is_short)
            self._say()

    def width_for(self, *, is_narrow: bool, is_short: bool) -> int:
        """How wide it would be in that form, in pixels."""
        lines, advance = self._words(is_narrow, is_short).split("\n"), self.below.fontMetrics().horizontalAdvance
        return max(self.rate.minimumWidth(), *(advance(line) + 2 * GRID for line in lines))

    def align(self, side: Qt.AlignmentFlag) -> None:
        """Stand at the left or at the right of the place it has."""
        for label in (self.rate, self.below):
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._column.setAlignment(label, side)

    def _words(self, is_narrow: bool, is_short: bool) -> str:
        said = self._said.replace(" · ", "\n") if is_narrow else self._said
        return said if is_short or not self._trained else f"{self._trained} · {said}"

    def _say(self) -> None:
        self.below.setText(self._words(*self._form))
