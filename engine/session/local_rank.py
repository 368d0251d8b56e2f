"""A rank process of this machine: spoken to through pipes, read through shared memory. How it came to be is another's.

session --orders--> pipe --> rank            ForkedRank    (forked_rank.py)   forked, with what it inherits
session <--reports-- pipe <-- rank           SpawnedRank   (spares.py)        a warm spare
session <== ring in shared memory == rank
"""

import contextlib
import os
import tempfile
import threading
from abc import abstractmethod
from pathlib import Path

from engine.events.machine import ProcessUsage
from engine.ipc.orders import AnyOrder
from engine.ipc.ring import RING_BYTES, RingReader
from engine.ipc.shared_memory import SharedMemory
from engine.ipc.wire import frame, receive_report
from engine.metrics.monitor import ProcessGauge
from engine.rows import Rows
from engine.session.rank_process import Deliver, Exited, RankProcess

ROOT = Path(__file__).parent.parent.parent
STDERR_TAIL_BYTES = 8_000
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": str(2**26),
}
"""Tells glibc to keep freed memory. Gradients are freed and made anew every step; without this each step of a large
model gets its pages from the system again (2,400 page faults, 12 % of the step, on MLP 784-1024x4-10)."""


def rank_environment() -> dict[str, str]:
    """The environment of processes that import torch for ranks.

    Modules are looked for where Gearshift is and where this interpreter's packages are, never in the directory that
    the user happens to stand in: a `numpy.py` beside a record must not run.
    """
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *(place for place in given if Path(place).is_absolute())]),
        "PYTHONSAFEPATH": "1",
        "OMP_NUM_THREADS": "1",  # set before torch is imported; a rank raises it to what its mode says
        "OPENBLAS_NUM_THREADS": "1",  # NumPy's would start a thread when imported, and threads do not survive a fork
        "TOKENIZERS_PARALLELISM": "false",  # else who spells a text in pieces of words has a thread for each core
        "PYTHONUNBUFFERED": "1",
        **ALLOCATOR,
    }


class LocalRank(RankProcess):
    """A process of this machine. `deliver(process, message)` is called from its reader thread."""

    def __init__(self, deliver: Deliver) -> None:
        self.deliver = deliver
        self._pid: int | None = None
        self._gauge: ProcessGauge | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._reader: threading.Thread | None = None
        with contextlib.ExitStack() as undo:
            self.memory = SharedMemory("ring", RING_BYTES)
            undo.callback(self.memory.close)
            assert self.memory.map is not None
            self._ring = RingReader(self.memory.map)
            undo.callback(self._ring.close)
            self._stderr = undo.enter_context(tempfile.TemporaryFile())  # closed by `close`
            self._order_end, orders = os.pipe()
            self._orders = undo.enter_context(os.fdopen(orders, "wb"))
            undo.callback(os.close, self._order_end)
            reports, self._report_end = os.pipe()
            self._reports = undo.enter_context(os.fdopen(reports, "rb"))
            undo.callback(os.close, self._report_end)
            undo.pop_all()

    @property
    def pid(self) -> int | None:
        """The process number; None until the process exists."""
        return self._pid

    def send(self, order: AnyOrder) -> None:
        """Tell the rank something, through its pipe."""
        framed = frame(order)
        with contextlib.suppress(OSError, ValueError):
            self._orders.write(framed)
            self._orders.flush()

    def read(self) -> Rows:
        """The records in the rank's ring, taken out of it (dtype RING_ROW)."""
        return self._ring.read()

    def cpu_s(self) -> float | None:
        """The seconds of cores that the process has used, as the system counts them."""
        gauge = self._own_gauge()
        return gauge.cpu_s() if gauge is not None else None

    def usage(self, label: str) -> ProcessUsage | None:
        """The process's share of a core since the last call, and its memory, as the system counts them."""
        gauge = self._own_gauge()
        return gauge.usage(label) if gauge is not None else None

    def _own_gauge(self) -> ProcessGauge | None:
        if self._gauge is None and self._pid is not None:
            self._gauge = ProcessGauge(self._pid)
        return self._gauge

    @abstractmethod
    def _await_exit(self) -> int | None:
        """The exit status, as soon as the process is gone; None if nobody can tell it."""

    def _listen_from_now_on(self) -> None:
        self._reader = threading.Thread(target=self._listen, name=f"rank-{self._pid}", daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        while (report := receive_report(self._reports)) is not None:
            self.deliver(self, report)
        status = self._await_exit()
        with self._lock:
            stderr = "" if self._closed else self._stderr_tail()
        self.deliver(self, Exited(exit_status=status, stderr=stderr))

    def _stderr_tail(self) -> str:
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - STDERR_TAIL_BYTES))
        return self._stderr.read().decode(errors="replace").strip()

    def _close_child_ends(self) -> None:
        """The process has its own copies now, and only while it lives may the pipes be open."""
        for descriptor in (self._order_end, self._report_end):
            if descriptor >= 0:
                os.close(descriptor)
        self._order_end = self._report_end = -1

    def close(self) -> None:
        """Kill the process if it still runs, wait for its end, and release what was shared with it."""
        self.kill()
        with self._lock:
            was_closed, self._closed = self._closed, True
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join()
        if was_closed:
            return
        self._close_child_ends()
        for stream in (self._orders, self._reports, self._stderr):
            with contextlib.suppress(OSError):
                stream.close()
        self._ring.close()
        self.memory.close()
