"""A rank's ear and mouth: orders come in and reports go out on threads of their own, so that training never waits.

When stdin ends, the session is gone, and so is the rank: at once, in whatever it is doing.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from queue import SimpleQueue
from typing import BinaryIO

from engine.wire import BOUNDARY_ORDERS, AnyOrder, AnyReport, Ping, Pong, frame, receive_order

ORPHANED = 4
"""Exit status of a rank whose session vanished."""


def die_with_parent(parent_pid: int) -> None:
    """Ask Linux to kill this process when the thread that started it ends; also covers a rank deep in a kernel."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != parent_pid:
            os._exit(ORPHANED)


class Gentle:
    """Rests 45 ms after every 5 ms of computing, so that warming up leaves the cores to those who train.

    A lower priority would do it more simply, but without privileges a process cannot raise it again when it becomes a
    rank. The timer counts CPU time, and its handler runs between two instructions of the interpreter.
    """

    WORK_S, REST_S = 0.005, 0.045

    def __init__(self) -> None:
        self._on = hasattr(signal, "setitimer")
        if self._on:
            signal.signal(signal.SIGPROF, lambda *_: time.sleep(self.REST_S) if self._on else None)
            signal.setitimer(signal.ITIMER_PROF, self.WORK_S, self.WORK_S)

    def stop(self) -> None:
        """Full speed from now on. May be called on any thread."""
        if self._on:
            self._on = False
            signal.setitimer(signal.ITIMER_PROF, 0.0)


class Control:
    """Queues between the training thread and the pipes.

    `received` counts the boundary orders that have come in; rank 0 decides from it what is due (see `gate.py`).
    """

    def __init__(self, orders: BinaryIO, reports: BinaryIO, gentle: Gentle | None) -> None:
        self._gentle = gentle
        self.received = 0
        self.boundary: SimpleQueue[AnyOrder] = SimpleQueue()
        self.direct: SimpleQueue[AnyOrder] = SimpleQueue()
        self._orders = orders
        self._reports = reports
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        self._speaker = threading.Thread(target=self._speak, name="reports", daemon=True)
        self._speaker.start()

    def report(self, message: AnyReport) -> None:
        """Send a report, without waiting for anyone to read it."""
        self._outbox.put(frame(message))

    def flush(self) -> None:
        """Wait until everything reported is in the pipe. The last call: nothing can be reported afterwards."""
        self._outbox.put(None)
        self._speaker.join()

    def _speak(self) -> None:
        try:
            while (framed := self._outbox.get()) is not None:
                self._reports.write(framed)
                self._reports.flush()
        except OSError:
            os._exit(ORPHANED)

    def _listen(self) -> None:
        while (order := receive_order(self._orders)) is not None:
            if self._gentle is not None:
                self._gentle.stop()
            if isinstance(order, Ping):
                self.report(Pong(clock_s=time.perf_counter()))
            elif isinstance(order, BOUNDARY_ORDERS):
                self.boundary.put(order)
                self.received += 1
            else:
                self.direct.put(order)
        os._exit(ORPHANED)
