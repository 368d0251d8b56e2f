"""The submenu Pace of the menu Run: full speed, or so many steps a second, so that learning can be watched."""

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from gui.model.intents import SetPace
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
        for pace in PACES:
            action = own.addAction(pace_words(self, pace))
            action.setToolTip(self.tr("Waits between steps; rates are of the time in which ranks compute."))
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _=False, pace=pace: intent.emit(SetPace(pace)))
            self._actions[pace] = action
        self.menu.menuAction().setToolTip(self.tr("Pace: full speed, or so many steps a second, to watch."))
        self.show(None)

    def show(self, pace: float | None) -> None:
        """Tick the pace that was asked for last, and write it below its button in the toolbar."""
        if (action := self._actions.get(pace)) is not None and not action.isChecked():
            action.setChecked(True)
        words = self.menu.title() if pace is None else self.tr("{n}/s").format(n=f"{pace:g}")
        if words != self.menu.menuAction().iconText():
            self.menu.menuAction().setIconText(words)
