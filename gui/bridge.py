"""The bridge from a source to the store and on to the panels: one timer, drained always, drawn as often as it may cost.

    every tick:   take() from the source -> store            (also while the window is hidden)
    every frame:  panels that are visible and whose topics changed are asked to refresh

The time between frames follows what a frame costs, so that drawing stays below `SHARE` of one core. A tick comes when a
frame is due, not before: what it takes in earlier cannot be shown earlier. If there is nothing to show by then, ticks
follow each other closely until there is; at rest, where nothing was new for a while, they come seldom.
"""

from math import ceil
from time import perf_counter, thread_time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.session.source import Source
from gui.model.store import Store

SHARE = 0.125
FASTEST_S = 1 / 15
SLOWEST_S = 1 / 8.7
TICK_MS = 15
REST_MS = 60
AT_REST_AFTER_S = 1.0


class Bridge(QObject):
    """`frame` is emitted when the store has news and it is time to draw them."""

    frame = Signal()

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.source: Source | None = None
        self.frames = 0
        self.frame_cost_s = 0.0
        self._used_s = thread_time()
        self._version = -1
        self._next_frame_s = 0.0
        self._news_s = 0.0
        """When something was new, or was asked for, last."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)

    def start(self) -> None:
        """Begin to take messages and to draw frames."""
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        """Take no more messages, and draw no more frames."""
        self._timer.stop()

    def wake(self) -> None:
        """Look closely from now on for what comes of what was just asked for."""
        self._news_s = perf_counter()
        if self._timer.isActive() and self._timer.remainingTime() > TICK_MS:  # sooner, and never later
            self._timer.start(TICK_MS)

    def watch(self, source: Source | None) -> None:
        """Drain this source from now on."""
        self.source = source
        self.wake()

    def _on_time(self) -> None:
        self._timer.start(TICK_MS)  # whoever draws may stop the ticks, and that shall hold
        self.tick()
        if not self._timer.isActive():
            return
        now_s = perf_counter()
        wait_ms = REST_MS if now_s - self._news_s > AT_REST_AFTER_S else TICK_MS
        self._timer.start(max(wait_ms, ceil((self._next_frame_s - now_s) * 1e3)))

    def tick(self) -> None:
        """Drain, and draw if it is time."""
        if self.source is not None:
            messages = self.source.take()
            if messages:
                self.store.feed(messages)
        now_s = perf_counter()
        version = self.store.versions.total()
        if version == self._version:
            return
        self._news_s = now_s
        if now_s < self._next_frame_s:
            return
        self._version = version
        # What this thread has computed since the last frame is that frame's cost: painting comes after `frame`.
        used_s = thread_time()
        cost_s, self._used_s = used_s - self._used_s, used_s
        self.frames += 1
        self.frame_cost_s += 0.2 * (cost_s - self.frame_cost_s)
        self._next_frame_s = now_s + min(SLOWEST_S, max(FASTEST_S, self.frame_cost_s / SHARE))
        self.frame.emit()
