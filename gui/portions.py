"""What a record holds, taken into the store a little at a time, so that the window answers in between."""

from collections import deque
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from engine.events.message import Message
from gui.model.store import Store

PORTION, PORTION_S = 8, 0.01
"""Messages fed at a time, and seconds until the event loop has its turn."""


class Portions(QObject):
    """A record of hours has millions of steps; `done` is emitted when all of it is in the store."""

    done = Signal()

    def __init__(self, parent: QObject, store: Store) -> None:
        super().__init__(parent)
        self._store = store
        self._waiting: deque[Message] = deque()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._feed)

    def __bool__(self) -> bool:
        """Something is not in the store yet."""
        return bool(self._waiting)

    def take(self, messages: list[Message]) -> None:
        """Feed these, in place of any that still wait."""
        self._waiting = deque(messages)
        self._timer.start(0)
        self._feed()

    def drop(self) -> None:
        """Feed nothing more of what is left."""
        self._waiting.clear()
        self._timer.stop()

    def _feed(self) -> None:
        end_s = perf_counter() + PORTION_S
        while self._waiting and perf_counter() < end_s:
            self._store.feed([self._waiting.popleft() for _ in range(min(len(self._waiting), PORTION))])
        if not self._waiting:
            self._timer.stop()
            self.done.emit()
