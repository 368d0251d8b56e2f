"""What is read first, and from the last row: on the left the mode, in its colour; on the right how fast it computes."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.look.mode_colours import mode_field
from gui.look.scale import BODY, GRID, HALF, HEADING, SMALL, STRONG, TIGHT, TITLE, WIDE, letters_font, set_letters
from gui.look.theme import is_dark
from gui.text.headline import Headline
from gui.widgets.fitting import HIGHEST, fit_letters, height_of, write_in
from gui.widgets.held_size import FigureLabel
from gui.widgets.put_in import put_in

LEAST_LETTERS = 7
NARROW_LINES = 2
"""Below the rate, in a narrow window, at least: where the run is, and what the rate is of others', once known."""
WORDS_LETTERS = 60
"""So long is what most modes are in full: where that has no room in one line, there are two, for any mode."""


class ModeTitle(QWidget):
    """The mode's name in large letters, beside a bar in its colour; below, in small ones, what it is in full.

    Its height hangs on the room that it may count on and on the size of the letters, not on what is said: a long name
    is written in smaller letters, and of what the mode is in full the last parts are left to the tooltip.
    """

    def __init__(self) -> None:
        super().__init__()
        self.name, self.words = QLabel(), QLabel()
        self._number: int | None = None
        self._name = self._words = ""
        self._room = 0
        """Pixels that it may count on; 0: those that it has."""
        set_letters(self.name, TITLE)
        set_letters(self.words, SMALL)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE + GRID, HALF, GRID, HALF)
        layout.setSpacing(0)
        layout.addStretch(1)
        for label, side in ((self.name, Qt.AlignmentFlag.AlignBottom), (self.words, Qt.AlignmentFlag.AlignTop)):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | side)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            layout.addWidget(label)
        layout.addStretch(1)
        self.words.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(self.tr("What computes where, now."))

    def show_headline(self, headline: Headline) -> None:
        """Show the mode of a headline."""
        if (headline.name, headline.words) != (self._name, self._words):
            self._name, self._words = headline.name, headline.words
            self.setToolTip("\n".join((self.tr("What computes where, now."), headline.words)))
            self._fit()
        if headline.number != self._number:
            self._number = headline.number
            self.update()

    def count_on(self, room: int) -> None:
        """Have as many lines as so many pixels call for, whatever width figures beside it leave."""
        if room != self._room:
            self._room = room
            self._fit()

    def minimumSizeHint(self) -> QSize:
        """A few letters wide, in those that a short name has."""
        least = LEAST_LETTERS * QFontMetrics(letters_font(self.font(), TITLE)).averageCharWidth()
        return QSize(least + WIDE + 2 * GRID, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """No higher than need be: labels that wrap would ask for more lines than they have."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width, letters of another size have room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        beside = WIDE + 2 * GRID
        width = max(1, self.width() - beside)
        write_in(self.name, TITLE)
        line, small = height_of(self.name, "X", HIGHEST), height_of(self.words, "X", HIGHEST)
        wide = WORDS_LETTERS * self.words.fontMetrics().averageCharWidth()
        is_wide = (self._room or self.width()) - beside >= wide
        held = line + (small if is_wide else height_of(self.words, "X\nX", HIGHEST))
        of_name = max(line, self._fit_name(width, line, held - small))
        _hold(self.name, self._name, of_name)
        of_words, forms = max(small, held - of_name), _forms(self._words, self._name)
        text = next((form for form in forms if height_of(self.words, form, width) <= of_words), forms[-1])
        _hold(self.words, text, max(of_words, height_of(self.words, text, width)))

    def _fit_name(self, width: int, line: int, most: int) -> int:
        """Give the name its letters; the height that it then takes, in pixels.

        One line of large letters; else of those of a heading, in two where that leaves the words a line; small at last.
        """
        for kind, height in ((TITLE, line), (HEADING, max(line, most))):
            if (taken := fit_letters(self.name, self._name, (kind,), width, height)) <= height:
                return taken
        return fit_letters(self.name, self._name, (BODY,), width, line)

    @property
    def title(self) -> str:
        """The mode's name, as long as it is."""
        return self._name

    @property
    def wanted_width(self) -> int:
        """In which the name stands in one line of the largest letters, in pixels."""
        metrics = QFontMetrics(letters_font(self.font(), TITLE))
        return metrics.horizontalAdvance(self._name) + WIDE + 2 * GRID + 2

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the text, as the words have it; the name is given its letters here."""
        if event.type() == QEvent.Type.FontChange and watched is self.words:
            QTimer.singleShot(0, self, self._fit)  # now the style is still at work on the labels
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the bar in the mode's colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour())
        top, bottom = self.name.geometry().top() + TIGHT, self.words.geometry().bottom() - TIGHT
        painter.drawRoundedRect(QRectF(GRID, top, GRID, max(GRID, bottom - top)), 3, 3)
        painter.end()

    def _colour(self) -> QBrush:
        if self._number is None:
            return self.palette().mid()
        return mode_field(self._number, dark=is_dark(self.palette()))


class RateTitle(QWidget):
    """The rate in large letters, and beside it when that is, if not always.

    Below, in small ones, where the run is and what the rate is of others'.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = self._trained = self._note = ""
        self._is_beside = True
        """Whether what is said of the rate stands beside it; else it is the first thing below."""
        self._form = (False, False)
        """Whether each thing is said in a line of its own, and whether what is trained is left out."""
        self.rate = FigureLabel(padding_pixels=GRID)
        self.note = FigureLabel(padding_pixels=GRID)
        self.below = FigureLabel(padding_pixels=GRID)
        set_letters(self.rate, TITLE)
        set_letters(self.note, STRONG)
        set_letters(self.below, SMALL)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, HALF, 0, HALF)
        layout.setSpacing(0)
        layout.addStretch(1)
        for label in (self.rate, self.note, self.below):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setBackgroundRole(QPalette.ColorRole.Window)
            label.setAutoFillBackground(True)  # for another figure nothing below is painted first
        self._row = put_in(layout, QHBoxLayout())
        self._row.setSpacing(0)
        self._row.addWidget(self.rate)
        self._row.addWidget(self.note)
        layout.addWidget(self.below)
        self.align(Qt.AlignmentFlag.AlignRight)
        self.note.hide()
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
        self._note = headline.rate_note
        self._say()

    @property
    def usual_width(self) -> int:
        """The width of a fast rate, in pixels."""
        return self.rate.fontMetrics().horizontalAdvance(self.tr("000,000 samples/s")) + 2 * GRID

    def fit_note(self, room: int) -> None:
        """Say beside the rate what is said of it, where so many pixels are enough for both; else below."""
        beside = self.note.fontMetrics().horizontalAdvance(self._note) + 2 * GRID
        is_beside = max(self.usual_width, self.rate.minimumWidth()) + beside <= room
        if is_beside != self._is_beside:
            self._is_beside = is_beside
            self._say()

    def set_form(self, *, is_narrow: bool, is_short: bool) -> None:
        """Say below the rate each thing in a line of its own, or all in one; what is trained too, or without it."""
        if (is_narrow, is_short) != self._form:
            self._form = (is_narrow, is_short)
            self._say()

    @property
    def needs(self) -> tuple[object, ...]:
        """By what it is decided how wide it is in any form, in pixels: its figures are others at every frame."""
        of_forms = (self.width_for(is_narrow=is_narrow, is_short=False) for is_narrow in (False, True))
        return self.usual_width, self._rate_width, self._note, *of_forms

    @property
    def _rate_width(self) -> int:
        """Of the rate, and what is said beside it, in pixels."""
        return self.rate.minimumWidth() + (self.note.minimumWidth() if self._note and self._is_beside else 0)

    def width_for(self, *, is_narrow: bool, is_short: bool) -> int:
        """How wide it would be in that form, in pixels."""
        lines, advance = self._words(is_narrow, is_short).split("\n"), self.below.fontMetrics().horizontalAdvance
        return max(self._rate_width, *(advance(line) + 2 * GRID for line in lines))

    def align(self, side: Qt.AlignmentFlag) -> None:
        """Stand at the left or at the right of the place it has."""
        for label in (self.rate, self.below):
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self._column.setAlignment(self._row, side)
        self._column.setAlignment(self.below, side)

    def _words(self, is_narrow: bool, is_short: bool) -> str:
        said = self._said if self._is_beside or not self._note else f"{self._note} · {self._said}"
        if is_narrow:
            lines = said.split(" · ")
            said = "\n".join([*lines, *[" "] * (NARROW_LINES - len(lines))])
        return said if is_short or not self._trained else f"{self._trained} · {said}"

    def _say(self) -> None:
        self.note.setText(self._note)
        self.note.setVisible(bool(self._note) and self._is_beside)
        self.below.setText(self._words(*self._form))


def _hold(label: QLabel, text: str, height: int) -> None:
    if label.minimumHeight() != height or label.maximumHeight() != height:
        label.setFixedHeight(height)
    if text != label.text():
        label.setText(text)


def _forms(words: str, name: str) -> list[str]:
    """What a mode is in full; without what its name says too (Pipeline ×2: Pipeline parallel ×2); and ever less."""
    parts, known = words.split(" · "), set(name.split())
    lean = [part for part in parts if not {*part.split()[:1], *part.split()[-1:]} <= known]
    return [words, " · ".join(lean), *(" · ".join([*lean[:count], "…"]) for count in range(len(lean) - 1, -1, -1))]
