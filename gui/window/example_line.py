"""The line above the plots while an example is set up: its title, what to do, and what to watch for.

All of it while there is nothing to plot, where that leaves the plots their room, as large letters do not; else what to
do, whole, and a button for the rest. From the first step on what is still to be done, in a line or two: height is for
plots. Once all of that is done, what to watch for.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from gui.look.scale import GRID, HALF
from gui.model.intents import OpenExample
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.text.engine_text import engine_text
from gui.widgets.elided_lines import ElidedLines
from gui.widgets.few_lines import has_few_lines

if TYPE_CHECKING:
    from engine.config.examples import Example

BAND_PIXELS = 6
MOST_LINES, RUNNING_LINES = 5, 2
"""Of what to do, before the first step and from then on."""
DONE = "; "
"""Behind what has been done when steps are made: to press Play."""
MOST_OF_HEIGHT = 1 / 8
"""Of the window: words that take more of it are folded until somebody asks for them."""


class ExampleLine(QFrame):
    """A line that says what to do in the example that was chosen; hidden where none was."""

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words, self.brief = QLabel(), ElidedLines()
        """All of it, in as many lines as it takes, or what to do."""
        self.words.setWordWrap(True)
        self._is_open = True
        self._is_by_hand = False
        """Somebody has opened or folded it, since when it stays so."""
        self._has_steps = self._is_done = False
        self._whole = ""
        """All of it, without marks."""
        self.more = QToolButton()
        self.more.setProperty("bare", True)
        self.more.clicked.connect(self._on_more)
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setProperty("bare", True)
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
        is_done = has_steps and _is_done(example, store.live)
        now = (has_steps, is_done)
        if (is_other := text.format(**said) != self.words.text()) or now != (self._has_steps, self._is_done):
            self._has_steps, self._is_done, self._whole = *now, plain.format(**said)
            self.words.setText(text.format(**said))
            to_do = said["do"].partition(DONE)[2] or said["do"] if has_steps else said["do"]
            self.brief.show_text(said["watch"] if is_done else to_do, RUNNING_LINES if has_steps else MOST_LINES)
            self.brief.setToolTip(self._whole)
            self._is_by_hand = self._is_by_hand and not is_other and not has_steps
            self._unfold_where_there_is_room()
        elif not has_steps:  # while steps are made, a frame works out nothing
            self._unfold_where_there_is_room()

    def _on_more(self) -> None:
        self._is_by_hand = True
        self._fold(is_open=not self._is_open)

    def _room(self) -> int:
        """For words, in pixels."""
        buttons = sum(button.sizeHint().width() for button in (self.more, self._close))
        return max(1, self.width() - BAND_PIXELS - 4 * GRID - buttons)

    @property
    def _has_one_line(self) -> bool:
        return self.fontMetrics().horizontalAdvance(self._whole) <= self._room()

    def _unfold_where_there_is_room(self) -> None:
        """All of it in one line, or before the first step; unless somebody has said otherwise."""
        if self._is_by_hand:
            return
        is_low = self.words.heightForWidth(self._room()) <= MOST_OF_HEIGHT * self.window().height()
        is_open = self._has_one_line or (is_low and not self._has_steps)
        if is_open != self._is_open or not self.more.text():
            self._fold(is_open=is_open)

    def _fold(self, *, is_open: bool) -> None:
        """All of it, or what to do; and no button where one line is all of it."""
        self._is_open = is_open
        self.words.setVisible(is_open)
        self.brief.setVisible(not is_open)
        less, more = ("▴", "▾") if has_few_lines(self) else (self.tr("less ▴"), self.tr("more ▾"))
        self.more.setText(less if is_open else more)
        self.more.setAccessibleName(self.tr("Less") if is_open else self.tr("More"))
        self.more.setToolTip(self.tr("What to do alone") if is_open else self.tr("All of what to do and to watch for"))
        self._offer_more()

    def _offer_more(self) -> None:
        self.more.setHidden(self._is_open and self._has_one_line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width all of it may have room in one line."""
        super().resizeEvent(event)
        self._unfold_where_there_is_room()
        self._offer_more()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A band at its side, as the banner has one, but of no alarm."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, BAND_PIXELS, self.height(), self.palette().color(QPalette.ColorRole.Highlight))
        painter.end()


def _is_done(example: "Example", run: RunView) -> bool:
    """Whether every shift was made that the example asks for, and what it has made slow is slow."""
    came = iter([parse_mode(segment.mode) for segment in run.segments])  # one after the other, as it asks for them
    before = parse_mode(example.spec.mode)
    for then in example.then:
        if then.mode is None:
            if run.slowdown is None:
                return False
            continue
        wanted = parse_mode(then.mode)
        if not any(_is_as_asked(mode, wanted, before) for mode in came):
            return False
        before = wanted
    return True


def _is_as_asked(mode: ComputeMode, wanted: ComputeMode, before: ComputeMode) -> bool:
    """Whether the menus came to what an example wants after `before`; its words say nothing of threads.

    Options of the mode before may stay with other ranks; with the same ones they are what is chosen.
    """
    if any(getattr(mode, name) != getattr(wanted, name) for name in ("device", "precision", "degrees")):
        return False
    keys = {key for key, _ in wanted.options} | {key for key, _ in before.options if before.degrees == wanted.degrees}
    return all(mode.option(key) == wanted.option(key) for key in keys)
