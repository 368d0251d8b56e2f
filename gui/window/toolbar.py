"""The toolbar: reset, play, step; then, in large letters, what computes and how fast."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QToolBar, QToolButton

from gui.model.store import Store
from gui.text.headline import HeadlineWords
from gui.widgets.headline import ModeTitle, RateTitle
from gui.widgets.shift_progress import ShiftProgress

LETTERS, FEW_LETTERS = 120, 90
"""From so many in a line on there is room for the pace; below so few, what stands below the rate takes two lines."""


class RunBar(QToolBar):
    """Shows the store's state; its actions are the window's, so menu, key and button are one thing."""

    def __init__(self, reset: QAction, play: QAction, step: QAction, pace: QAction) -> None:
        """`pace` is the action of a menu, which its button opens."""
        super().__init__()
        self.setObjectName("run-bar")
        self.setWindowTitle(self.tr("Run"))
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for action in (reset, play, step):
            self.addAction(action)
        self.pace = QToolButton()
        self.pace.setDefaultAction(pace)
        self.pace.setToolButtonStyle(self.toolButtonStyle())
        self.pace.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._place_of_pace = self.addWidget(self.pace)
        self._words = HeadlineWords()
        self.mode, self.rate = ModeTitle(), RateTitle()
        self.progress = ShiftProgress()
        self.addWidget(self.mode)
        place = self.addWidget(self.progress)
        place.setVisible(False)
        self.progress.shown.connect(place.setVisible)
        self.addWidget(self.rate)
        self._size_icons()

    def refresh(self, store: Store) -> None:
        """Show what the store holds now."""
        headline = self._words.of(store)
        self.mode.show_headline(headline)
        self.rate.show_headline(headline)
        self.progress.refresh(store)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where letters are few, mode and rate need the room; the menu Run has the pace, too."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        letters = self.width() / self.fontMetrics().averageCharWidth()
        self._place_of_pace.setVisible(letters >= LETTERS)
        self.rate.set_narrow(is_narrow=letters < FEW_LETTERS)

    def changeEvent(self, event: QEvent) -> None:
        """Icons grow with the text below them."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._size_icons()

    def _size_icons(self) -> None:
        side = round(1.5 * self.fontMetrics().height())
        if self.iconSize().width() != side:
            self.setIconSize(QSize(side, side))
            self.pace.setIconSize(QSize(side, side))
        self._fit()
