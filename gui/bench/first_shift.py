"""A window that trains as soon as it answers and shifts two seconds later, as `bench window` counts it.

Run as a process of its own; it prints the seconds from the wish to the end of the first step in the new mode, less
that step, and ends. Nothing is warm but what two seconds have warmed.
"""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.config.spec import make_spec
from gui.app import Application
from gui.model.intents import Play, SetUp, Shift

AFTER_MS = 2_000
AGAIN_MS = 50
LIMIT_MS = 60_000
MODE = "cpu,dp=2"


def main() -> int:
    """Show the window, train, shift; 1 if there was no shift within a minute."""
    qt = QApplication(["first shift"])
    qt.setStyle("Fusion")
    application = Application(qt)
    seconds: list[float] = []

    def begin() -> None:
        application.dispatch(SetUp(make_spec("digits-mlp")))
        application.dispatch(Play())
        QTimer.singleShot(AFTER_MS, shift)

    def shift() -> None:
        if application.store.live.segments:
            application.dispatch(Shift(MODE))
        else:  # not a step was made in two seconds: asked for now, it would be where the run begins
            QTimer.singleShot(AGAIN_MS, shift)

    def look() -> None:
        shift = application.store.live.segments[-1].shift if application.store.live.segments else None
        if shift is not None and shift.split.first_step_s is not None and not seconds:
            seconds.append(shift.at_s - shift.requested_s - shift.split.first_step_s)
            print(f"{seconds[0]:.4f}", flush=True)
            application.close()

    application.answered.connect(lambda: QTimer.singleShot(0, begin))  # as the first click would come
    application.bridge.frame.connect(look)
    QTimer.singleShot(LIMIT_MS, application.close)
    application.start()
    qt.exec()
    return 0 if seconds else 1


if __name__ == "__main__":
    sys.exit(main())
