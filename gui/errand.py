"""Slow work (reading, checking, closing) on a thread of its own, so that the window answers all the while."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

POLL_MS = 10
T = TypeVar("T")


class Errand(QObject, Generic[T]):
    """Runs `work` on another thread, then `done(result)` or `failed(error)` on Qt's, unless it was dropped before.

    A result that nobody waits for any more is given to `dispose`, on whichever thread is the last to know of it. The
    thread cannot be stopped in the middle; it ends with the process.
    """

    def __init__(
        self,
        parent: QObject,
        work: Callable[[], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        dispose: Callable[[T], None] = lambda _: None,
    ) -> None:
        super().__init__(parent)
        self._work, self._done, self._failed, self._dispose = work, done, failed, dispose
        self._lock = threading.Lock()
        self._is_dropped = False
        self._results: list[T] = []
        self._error: Exception | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(POLL_MS)
        threading.Thread(target=self._run, name="errand", daemon=True).start()

    def drop(self) -> None:
        """Nobody wants the result any more."""
        self._timer.stop()
        with self._lock:
            self._is_dropped = True
            results, self._results = self._results, []
        for result in results:
            self._dispose(result)
        self.deleteLater()

    def _run(self) -> None:
        try:
            result = self._work()
        except Exception as error:
            self._error = error
            return
        with self._lock:
            if not self._is_dropped:
                self._results.append(result)
                return
        self._dispose(result)

    def _look(self) -> None:
        """On Qt's thread: has it come to an end?"""
        with self._lock:
            results, self._results = self._results, []
        if not results and self._error is None:
            return
        self._timer.stop()
        self.deleteLater()
        if self._error is not None:
            self._failed(self._error)
        else:
            self._done(results[0])
