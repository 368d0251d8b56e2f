"""The entry Stop of the menu Run: it ends the run that is shown; grey, with the reason, where there is none to end."""

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QWidget

from gui.model.intents import Stop
from gui.model.store import Store
from gui.window.actions import make_action
from gui.window.greyed import name_entry


class StopAction(QObject):
    """The entry is `action`. No key calls it: what ends a run is chosen, not hit."""

    def __init__(self, window: QWidget, intent: SignalInstance) -> None:
        super().__init__(window)
        self.action = make_action(window, self.tr("Stop"), [], lambda: intent.emit(Stop()))
        self._reason: str | None = None

    def show(self, store: Store) -> None:
        """Can be chosen while there is a run that has not ended, or something is read or checked for one."""
        reason = self._why_not(store)
        if reason != self._reason:
            self._reason = reason
            name_entry(self.action, self.tr("Stop"), reason, self.tr("End the run; its state is saved"))

    def _why_not(self, store: Store) -> str:
        run = store.live
        if store.errand:
            return ""
        if run.is_replay:
            return self.tr("A recorded run: nothing computes that could be stopped.")
        if run.status == "finished":
            return self.tr("The run has ended already.")
        return "" if run.run_id else self.tr("No run to stop: press Play first.")
