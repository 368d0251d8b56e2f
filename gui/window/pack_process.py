"""`gearshift data get` beside the window: it tells how far it is, and can be stopped at any moment without a trace."""

import json

from PySide6.QtCore import QObject, Signal

from engine.errors import together
from engine.packs.pack import PackCard
from gui.text.engine_text import engine_text
from gui.window.side_process import SideProcess


class PackProcess(SideProcess):
    """One command on one pack; `done` or `failed` follows, unless it is stopped."""

    progress = Signal(int, int)
    """Bytes that are here, and of how many."""
    done = Signal()
    failed = Signal(str)
    """Why not, as a sentence in the language of the window."""

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._refusal = ""
        self.process.readyReadStandardOutput.connect(self._read)

    def start(self, act: str, card: PackCard) -> None:
        """Begin to "get" or to "remove"."""
        self.begin("data", "--json", act, card.name)

    def finish(self) -> None:
        """Tell what came of it."""
        self._read()
        is_done = self.process.exitCode() == 0 and self.process.exitStatus() == self.process.ExitStatus.NormalExit
        has_run = self.process.error() != self.process.ProcessError.FailedToStart
        said = self._refusal or self.said()
        super().finish()
        if self.is_stopped:
            return
        if is_done and has_run:
            self.done.emit()
        else:
            self.failed.emit(said)

    def _read(self) -> None:
        while self.process.canReadLine():
            told = json.loads(bytes(self.process.readLine().data()))
            if "got" in told:
                self.progress.emit(told["got"], told["size"])
            elif "refused" in told:
                self._refusal = engine_text(together(told["refused"]))
