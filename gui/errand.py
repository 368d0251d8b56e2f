"""Slow work (reading, checking, closing) on a thread of its own, so that the window answers all the while."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import RequestError
from gui.model.intents import Intent, Play
from gui.model.store import Store

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
        self._timer.timeout.connect(self.look)
        self._timer.start(POLL_MS)
        self._thread = threading.Thread(target=self._run, name="errand", daemon=True)
        self._thread.start()

    def drop(self) -> None:
        """Drop the errand: nobody wants its result any more."""
        self._timer.stop()
        with self._lock:
            self._is_dropped = True
            results, self._results = self._results, []
        for result in results:
            self._dispose(result)
        self.deleteLater()

    def join(self) -> None:
        """Wait, on any thread, until the work is done; what came of it is told on Qt's thread as ever."""
        self._thread.join()

    def look(self) -> None:
        """On Qt's thread: has it come to an end? Then that is told, once."""
        with self._lock:
            results, self._results = self._results, []
            error, self._error = self._error, None
        if not results and error is None:
            return
        self._timer.stop()
        self.deleteLater()
        if error is not None:
            self._failed(error)
        else:
            self._done(results[0])

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


class Errands(QObject):
    """At most one errand at a time. Verbs wait for the run they are meant for; `again` asks for them when it is there.

    `is_held` says whether something else keeps them waiting still.
    """

    again = Signal(object)
    """An intent that had to wait."""
    problem = Signal(object)
    """An exception that an errand ended with."""
    note = Signal(object)
    """As `problem`, of an errand that nobody asked for just now."""

    def __init__(self, parent: QObject, store: Store, is_held: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._store = store
        self._is_held = is_held
        self._errand: Errand[Any] | None = None
        self._waiting: list[Intent] = []

    @property
    def is_busy(self) -> bool:
        """An errand is under way, or something else keeps verbs waiting."""
        return self._errand is not None or self._is_held()

    def wait(self, intent: Intent) -> bool:
        """True if `intent` has to wait, and does now. Pressing Play twice is pressing it once."""
        if not self.is_busy:
            return False
        if not (isinstance(intent, Play) and intent in self._waiting):
            self._waiting.append(intent)
        return True

    def send(
        self,
        words: str,
        work: Callable[[], T],
        *,
        done: Callable[[T], None] = lambda _: None,
        dispose: Callable[[T], None] = lambda _: None,
        then: Intent | None = None,
        quiet: bool = False,
    ) -> None:
        """Do `work` on a thread of its own, with `words` in the status bar; `then` is what it is done for.

        `quiet`: nobody asked for it just now.
        """

        def end(result: T) -> None:
            self._errand = None
            done(result)
            self.rest()

        def fail(error: Exception) -> None:
            self._errand = None
            self._waiting = []
            self.rest()
            (self.note if quiet and isinstance(error, RequestError | OSError) else self.problem).emit(error)

        if then is not None:
            self._waiting = [then]
        self._errand = Errand(self, work, done=end, failed=fail, dispose=dispose)
        self._store.show_errand(words)

    def drop(self) -> None:
        """Whatever an errand is about, and whatever waits for it: not any more."""
        self._waiting = []
        if self._errand is not None:
            self._errand.drop()
            self._errand = None

    def rest(self) -> None:
        """If nothing is under way any more, what waited for it has its turn."""
        if self.is_busy:
            return
        self._store.show_errand("")
        waiting, self._waiting = self._waiting, []
        for intent in waiting:
            self.again.emit(intent)
