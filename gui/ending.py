"""How the window closes while a run computes: it is stopped, and its last state saved, unless nobody wants to wait."""

import sys
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gui.model.run_view import ENDED
from gui.model.store import Store

if TYPE_CHECKING:
    from gui.window.closing_dialog import ClosingDialog

LOOK_MS = 20


class Stoppable(Protocol):
    """A run that computes, as far as closing needs it."""

    def stop(self) -> None:
        """Finish: no step is made after this one."""


class Ending(QObject):
    """`over` is emitted when the window may go: the run has ended, or the user does not wait for it."""

    over = Signal()

    def __init__(self, parent: QObject, window: QWidget, store: Store) -> None:
        super().__init__(parent)
        self.has_begun = False
        self._window, self._store = window, store
        self._dialog: ClosingDialog | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    def begin(self, computing: Stoppable | None) -> None:
        """Stop what computes, and show how far its last state is; with nothing that computes, it is over at once."""
        self.has_begun = True
        if computing is None:
            self.over.emit()
            return
        computing.stop()
        from gui.window.closing_dialog import ClosingDialog  # imported when one is wanted

        self._dialog = ClosingDialog(self._window)
        self._dialog.leave.connect(self.over)
        self._timer.start(LOOK_MS)

    def finish(self) -> None:
        """Look no more, and show nothing of it any more."""
        self.has_begun = True
        self._timer.stop()
        if self._dialog is not None:
            self._dialog.hide()
            self._dialog.deleteLater()  # it may not have appeared yet, and shall not now

    def _look(self) -> None:
        run = self._store.live
        if run.status == "failed":
            print(f"gearshift: while the window closed: {run.status_words}", file=sys.stderr)
        if run.status in ENDED:
            self.over.emit()
        elif self._dialog is not None:
            self._dialog.show_progress(run.saving)
