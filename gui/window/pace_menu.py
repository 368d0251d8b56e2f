"""The submenu Pace of the menu Run: full speed, or so many steps a second, so that learning can be watched.

Its button is marked and says the pace that was asked for, while there is one: it is kept for runs to come, and the next
Play has it. Over a recorded run the menu says at which pace that was made, above the paces to choose from.
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
        self.menu.menuAction().setCheckable(True)
        self._what = self.tr("Pace: full speed, or so many steps a second, to watch.")
        self.menu.menuAction().setToolTip(self._what)
        self._actions[None].setChecked(True)

    def show(self, store: Store) -> None:
        """Tick the pace that was asked for last, and write it below the toolbar's button, whatever run is shown."""
        if (action := self._actions.get(store.pace)) is not None and not action.isChecked():
            action.setChecked(True)
        for line in self._of_replay:
            line.setVisible(store.live.is_replay)
        recorded = self.tr("Recorded run: {pace}").format(pace=pace_words(self, store.live.paces.now))
        if recorded != self._recorded.text():
            self._recorded.setText(recorded)
        words, tip, own = self.menu.title(), self._what, self.menu.menuAction()
        if store.pace is not None:
            words = self.tr("{n}/s").format(n=f"{store.pace:g}")
            tip = self.tr("Pace: {pace} at most, also of what the next Play computes.")
            tip = tip.format(pace=pace_words(self, store.pace))
        if words != own.iconText() or own.isChecked() != (store.pace is not None):
            own.setIconText(words)
            own.setToolTip(tip)
            own.setChecked(store.pace is not None)
