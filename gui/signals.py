"""SIGINT, SIGTERM and SIGHUP as events of Qt, so that the window closes in good order and saves.

Python runs a signal's handler only between two of its own instructions, and while nothing happens in the window there
are none: the system's handler therefore writes the signal's number into a socket that Qt listens to.
"""

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Signals(QObject):
    """`arrived` carries the signal's number. What was set to be ignored (nohup) stays ignored."""

    arrived = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self._former_fd = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        self._former = {number: signal.getsignal(number) for number in numbers}
        for number, former in self._former.items():
            if former is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)
        self._notifier = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._hear)

    def close(self) -> None:
        """Signals do again what they did before."""
        self._notifier.setEnabled(False)
        for number, former in self._former.items():
            signal.signal(number, former)
        signal.set_wakeup_fd(self._former_fd)
        self._ear.close()
        self._mouth.close()

    def _hear(self) -> None:
        for number in self._ear.recv(64):
            self.arrived.emit(number)
