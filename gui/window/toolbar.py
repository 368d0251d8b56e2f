"""The toolbar: reset, play, step, pace; then, in large letters, what computes and how fast.

    Reset  Play  Step  Pace  | mode ............................................ rate      letters are many
    Reset  Play              | mode ............................................ rate      letters are few
    Step   Pace              |

It leaves nothing out: where one row has no room for all, buttons stand in two, and at last the rate below the mode. No
mode makes it higher.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolBar, QToolButton, QWidget

from gui.look.scale import GRID, HALF
from gui.model.store import Store
from gui.text.headline import HeadlineWords
from gui.widgets.headline import ModeTitle, RateTitle

LETTERS, FEW_LETTERS = 120, 90
"""From so many in a line on buttons stand in one row; below so few, what stands below the rate takes two lines, unless
it has all of the width."""
HIGH, LOW = 1.5, 1.0
"""Side of an icon in lines of text: above its name, and beside it."""


class RunBar(QToolBar):
    """Shows the store's state; its actions are the window's, so menu, key and button are one thing."""

    def __init__(self, reset: QAction, play: QAction, step: QAction, pace: QAction, play_names: Sequence[str]) -> None:
        """`play_names` are what `play` is called in turn; `pace` is the action of a menu, which its button opens."""
        super().__init__()
        self.setObjectName("run-bar")
        self.setWindowTitle(self.tr("Run"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.buttons = [_button(action) for action in (reset, play, step, pace)]
        self._play_names = play_names
        self.pace = self.buttons[-1]
        self.pace.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._words = HeadlineWords()
        self.mode, self.rate = ModeTitle(), RateTitle()
        self._way: tuple[bool, bool] | None = None
        """Whether letters are few, and whether the rate stands below the mode."""
        self._fitted: object = None
        """The needs that all was fitted for last."""
        self._all, self._keys = _Contents(), QWidget()
        self._places, self._key_places = QGridLayout(self._all), QGridLayout(self._keys)
        for places in (self._places, self._key_places):
            places.setContentsMargins(0, 0, 0, 0)
            places.setSpacing(GRID)
        self._keys.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.addWidget(self._all)
        self._fit()

    def refresh(self, store: Store) -> None:
        """Show what the store holds now."""
        headline = self._words.of(store)
        self.mode.show_headline(headline)
        self.rate.show_headline(headline)
        if self._needs() != self._fitted:  # another figure may be wider
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width things stand otherwise."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_places"):
            self._fit()

    def _needs(self) -> tuple[object, ...]:
        """What its parts need of its width, by which it is decided how they stand."""
        return self.width(), self._keys.sizeHint().width(), self.mode.title, self.rate.needs

    def _fit(self) -> None:
        letters = self.width() / self.fontMetrics().averageCharWidth()
        is_few = letters < LETTERS
        side = round((LOW if is_few else HIGH) * self.fontMetrics().height())
        if self.buttons[0].iconSize().width() != side:
            for button in self.buttons:
                button.setIconSize(QSize(side, side))
        if self._way is None or is_few != self._way[0]:
            self._place_keys(is_few)  # at once: all else is reckoned from what they leave
        play, advance = self.buttons[1], self.buttons[1].fontMetrics().horizontalAdvance
        frame = min(other.sizeHint().width() - advance(other.text()) for other in self.buttons if other is not play)
        play.setMinimumWidth(frame + max(map(advance, self._play_names)))  # nothing moves as it is called otherwise
        is_narrow, beside = letters < FEW_LETTERS, self.width() - self._keys.sizeHint().width() - 2 * GRID
        room = beside - self.mode.minimumSizeHint().width() - GRID
        self.rate.fit_note(room)
        is_below = is_few and max(self.rate.usual_width, self.rate.width_for(is_narrow=True, is_short=True)) > room
        is_narrow &= not is_below or self.rate.width_for(is_narrow=False, is_short=True) > beside
        most = beside if is_below else room if is_few else room // 2  # the mode has words to say, too
        if not is_below:
            most = min(most, beside - self.mode.wanted_width - GRID)  # what is trained goes before large letters do
        is_short = self.rate.width_for(is_narrow=is_narrow, is_short=False) > most
        self.rate.set_form(is_narrow=is_narrow, is_short=is_short)
        if (is_few, is_below) != self._way:
            self._way = (is_few, is_below)
            self._place(is_few, is_below)
        self.mode.count_on(beside if is_below else beside // 2)
        self._fitted = self._needs()

    def _place_keys(self, is_few: bool) -> None:
        for number, button in enumerate(self.buttons):
            styles = Qt.ToolButtonStyle
            button.setToolButtonStyle(styles.ToolButtonTextBesideIcon if is_few else styles.ToolButtonTextUnderIcon)
            self._key_places.addWidget(button, *(divmod(number, 2) if is_few else (0, number)))

    def _place(self, is_few: bool, is_rate_below: bool) -> None:
        self._places.addWidget(self._keys, 0, 0, 2 if is_few else 1, 1, Qt.AlignmentFlag.AlignVCenter)
        self._places.addWidget(self.mode, 0, 1)
        self._places.addWidget(self.rate, *((1, 1) if is_rate_below else (0, 2)))
        self._places.setColumnStretch(1, 1)
        side = Qt.AlignmentFlag.AlignLeft if is_rate_below else Qt.AlignmentFlag.AlignRight
        self.rate.align(side)


class _Contents(QWidget):
    """All of the bar as one widget, of any width: a toolbar would leave out, unsaid, what it had no room for."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """As high as what lies in it, and as narrow as need be."""
        return QSize(HALF, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """No higher: labels that wrap would ask for more lines than they have."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its key works wherever the focus is
    button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
    return button
