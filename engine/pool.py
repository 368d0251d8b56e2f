"""Warm spares: processes that have torch imported and no process group yet, waiting to become ranks.

Importing torch takes seconds; a shift should take a fraction of one. Taken spares are replaced in the background, one
at a time and gently (see `engine/rank/control.py`), so that refilling steals little from training.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from engine.hardware import HardwareReport, combine
from engine.process import Exited, RankProcess
from engine.wire import AnyReport, Hello


class SparePool:
    """Keeps up to `size` spares warm. `hardware` is None until the first spare has reported what torch finds.

    `gently=False` replaces spares at full speed, for those who measure shifts and would wait long otherwise.
    """

    def __init__(self, size: int = 2, *, gently: bool = True) -> None:
        self.size = size
        self._gently = gently
        self.hardware: HardwareReport | None = None
        self.modules: tuple[str, ...] = ()
        self.problem = ""
        self._lock = threading.Condition()
        self._warm: list[RankProcess] = []
        self._warming: list[RankProcess] = []
        self._closed = False
        self._taken = False
        # A parent-death signal follows the parent *thread*: all ranks are started from this one, which lives as long
        # as the pool.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
        self._refill()

    def take(self, count: int) -> list[RankProcess]:
        """`count` processes: warm ones first, then those still warming, then new ones. The taker owns them."""
        with self._lock:
            self._taken = True
            taken = self._warm[:count]
            del self._warm[: len(taken)]
            still = self._warming[: count - len(taken)]
            del self._warming[: len(still)]
        taken += still
        new = [self._spawner.submit(RankProcess, self._deliver) for _ in range(count - len(taken))]
        taken += [future.result() for future in new]
        return taken

    def refill(self) -> None:
        """Start replacing what was taken. Called when a shift is over, so that warming does not slow it down."""
        if not self._closed:
            self._spawner.submit(self._refill)

    def wait_warm(self, count: int, timeout_s: float) -> bool:
        """Wait until `count` spares are warm; False if that took longer than `timeout_s`."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self._warm) >= min(count, self.size), timeout_s)

    def wait_hardware(self, timeout_s: float = 60.0) -> HardwareReport:
        """The report of the first process that has torch.

        Raises:
            RuntimeError: no process could load torch; the sentence says why.
        """
        with self._lock:
            self._lock.wait_for(lambda: self.hardware is not None or bool(self.problem), timeout_s)
        if self.hardware is None:
            raise RuntimeError(f"torch could not be loaded: {self.problem or f'no answer within {timeout_s:.0f} s'}")
        return self.hardware

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the spares."""
        with self._lock:
            return tuple(process.pid for process in self._warm + self._warming)

    def close(self) -> None:
        """End all spares."""
        with self._lock:
            self._closed = True
            spares = self._warm + self._warming
            self._warm, self._warming = [], []
        for process in spares:
            process.kill()
        for process in spares:
            process.close()
        self._spawner.shutdown()

    def _refill(self) -> None:
        with self._lock:
            if self._closed or self._warming or len(self._warm) >= self.size:
                return
            process = RankProcess(self._deliver, gently=self._gently and self._taken)
            self._warming.append(process)

    def _deliver(self, process: RankProcess, message: AnyReport | Exited) -> None:
        if isinstance(message, Hello):
            self.note(message)
            with self._lock:
                if process in self._warming:
                    self._warming.remove(process)
                    self._warm.append(process)
                self._lock.notify_all()
            self.refill()
        elif isinstance(message, Exited):
            with self._lock:
                ours = process in self._warm or process in self._warming
                self._warm = [p for p in self._warm if p is not process]
                self._warming = [p for p in self._warming if p is not process]
                if ours and not self._closed:
                    self.problem = message.stderr or f"a spare ended with exit status {message.exit_status}"
                    self._lock.notify_all()
            if ours:
                process.close()

    def note(self, hello: Hello) -> None:
        """Remember what a rank process reported of torch and its devices."""
        report = combine(hello.torch)
        if report != self.hardware:
            self.hardware = report
        self.modules = hello.modules
