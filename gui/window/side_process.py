"""A command of Gearshift's own that runs beside the window, in a process that can be stopped at any moment."""

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer

MAIN = Path(__file__).parent.parent.parent / "main.py"
STOP_MS = 5_000
"""A command ends in good order when it is asked to; this long it may take."""


class SideProcess(QObject):
    """Lives as a child of the window, so it outlives the dialog that began it by as long as it takes to end."""

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self.is_stopped = False
        """Nobody waits for what it does any more."""
        self.process = QProcess(self)
        self.process.finished.connect(self.finish)
        self.process.errorOccurred.connect(self._on_error)

    def begin(self, *arguments: str) -> None:
        """Run `gearshift` with these arguments."""
        self.process.start(sys.executable, [str(MAIN), *arguments])

    def stop(self) -> None:
        """End it, without waiting for it."""
        self.is_stopped = True
        if self.process.state() == QProcess.ProcessState.NotRunning:
            self.finish()
            return
        self.process.terminate()
        QTimer.singleShot(STOP_MS, self.process, self.process.kill)

    def end(self) -> None:
        """End it now: the window goes."""
        self.stop()
        self.process.waitForFinished(STOP_MS)

    def said(self) -> str:
        """What it wrote beside its output, or what the system says of it."""
        text = bytes(self.process.readAllStandardError().data()).decode(errors="replace").strip()
        return text or self.process.errorString()

    def finish(self) -> None:
        """Called once, when it has ended or could not begin; whoever overrides it tells what came of it."""
        self.deleteLater()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # nothing else follows then
            self.finish()
