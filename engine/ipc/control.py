"""A rank's ear and mouth: orders come in and reports go out on threads of their own, so that training never waits.

When the orders end, the session is gone, and so is the rank (on Linux its lifeline has ended it already).
"""

import os
import threading
import time
from queue import SimpleQueue
from typing import BinaryIO

from engine.ipc.orders import BOUNDARY_ORDERS, URGENT_ORDERS, AnyOrder, Ping
from engine.ipc.reports import AnyReport, Pong
from engine.ipc.wire import frame, receive_order

ORPHANED = 4
"""Exit status of a rank whose session vanished."""


class Control:
    """Queues between the training thread and the pipes.

    `received` counts the boundary orders that have come in; rank 0 decides from it what is due (see `gate.py`).
    """

    def __init__(self, orders: BinaryIO, reports: BinaryIO) -> None:
        self.received = 0
        self.boundary: SimpleQueue[AnyOrder] = SimpleQueue()
        self.direct: SimpleQueue[AnyOrder] = SimpleQueue()
        self._urgent = 0
        """How many boundary orders had come in with the last urgent one."""
        self._urgent_came = threading.Condition()
        self._orders = orders
        self._reports = reports
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        self._speaker = threading.Thread(target=self._speak, name="reports", daemon=True)
        self._speaker.start()

    def report(self, message: AnyReport) -> None:
        """Send a report, without waiting for anyone to read it."""
        self._outbox.put(frame(message))

    def wait_for_urgent(self, applied: int, limit_s: float) -> None:
        """Sleep until an urgent order is among those that are not `applied` yet, or for `limit_s`."""
        with self._urgent_came:
            self._urgent_came.wait_for(lambda: self._urgent > applied, limit_s)

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
            if isinstance(order, Ping):
                self.report(Pong(clock_s=time.perf_counter()))
            elif isinstance(order, BOUNDARY_ORDERS):
                self.boundary.put(order)
                self.received += 1
                if isinstance(order, URGENT_ORDERS):
                    with self._urgent_came:
                        self._urgent = self.received
                        self._urgent_came.notify()
            else:
                self.direct.put(order)
        os._exit(ORPHANED)
