"""The submenu Pace of the menu Run: full speed, or so many steps a second, so that learning can be watched.

Over a recorded run its button says at which pace that was made, and so does the menu, above the paces to choose from:
these are for what is computed from the next Play on.
"""

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from gui.model.intents import SetPace
from gui.model.store import Store
from gui.text.pace_words import pace_words

PACES = (None, 50.0, 10.0, 5.0, 2.0, 1.0)
"""Steps a second."""


class PaceMenu(QObject):
    """The tick is at the pace that was asked for, of this run and of those to come; a choice goes out by `intent`."""

    def __init__(self, menu: QMenu, intent: SignalInstance) -> None:
        super().__init__(menu)
        self._actions: dict[float | None, QAction] = {}
        group = QActionGroup(self)
        self.menu = own = menu.addMenu(self.tr("Pace"))
        own.setToolTipsVisible(True)
        self._recorded, self._next = own.addAction(""), own.addAction("")
        """Of a recorded run: its own pace, and what the paces below are for."""
        self._of_replay = [self._recorded, self._next]
        self._recorded.setToolTip(self.tr("A recorded run: its pace is what it was."))
        self._next.setText(self.tr("From the next Play on:"))
        self._next.setToolTip(self.tr("The pace of what is computed next: this run as it goes on, or a new one."))
        for line in self._of_replay:
            line.setEnabled(False)
            line.setVisible(False)
        for pace in PACES:
            action = own.addAction(pace_words(self, pace))
            action.setToolTip(self.tr("Waits between steps; rates are of the time in which ranks compute."))
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _=False, pace=pace: intent.emit(SetPace(pace)))
            self._actions[pace] = action
        self.menu.menuAction().setToolTip(self.tr("Pace: full speed, or so many steps a second, to watch."))
        self._actions[None].setChecked(True)

    def show(self, store: Store) -> None:
        """Tick the pace that was asked for last, and write that of the run that is shown below the toolbar's button."""
        if (action := self._actions.get(store.pace)) is not None and not action.isChecked():
            action.setChecked(True)
        pace = store.live.paces.now if store.live.is_replay else store.pace
        for line in self._of_replay:
            line.setVisible(store.live.is_replay)
        recorded = self.tr("Recorded run: {pace}").format(pace=pace_words(self, pace))
        if recorded != self._recorded.text():
            self._recorded.setText(recorded)
        words = self.menu.title() if pace is None else self.tr("{n}/s").format(n=f"{pace:g}")
        if words != self.menu.menuAction().iconText():
            self.menu.menuAction().setIconText(words)
