"""One rank process as its session sees it: started, spoken to, listened to, and surely ended."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.ring import RING_BYTES, RingReader
from engine.shared_memory import SharedMemory
from engine.wire import AnyOrder, AnyReport, frame, receive_report

ROOT = Path(__file__).parent.parent
STDERR_TAIL_BYTES = 8_000
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": str(2**26),
}
"""Tells glibc to keep freed memory. Gradients are freed and made anew every step; without this each step of a large
model gets its pages from the system again (2,400 page faults, 12 % of the step, on MLP 784-1024x4-10)."""


class Exited(msgspec.Struct, frozen=True, kw_only=True):
    """The process is gone: exit status (negative for a signal) and the end of what it wrote to stderr."""

    exit_status: int
    stderr: str


class RankProcess:
    """A process that runs `engine.rank`. `deliver(process, message)` is called from its reader thread.

    Started `gently`, it warms up with a tenth of one core, until it is given something to do.
    """

    def __init__(self, deliver: Callable[["RankProcess", AnyReport | Exited], None], *, gently: bool = False) -> None:
        self.deliver = deliver
        self.memory = SharedMemory("ring", RING_BYTES)
        assert self.memory.map is not None
        self.ring = RingReader(self.memory.map)
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process, closed by close()
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
            "OMP_NUM_THREADS": "1",  # set before torch is imported; a rank raises it to what its mode says
            "PYTHONUNBUFFERED": "1",
            **ALLOCATOR,
        }
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "engine.rank", str(os.getpid()), self.memory.path, "gently" if gently else "fast"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=environment,
            start_new_session=True,  # Ctrl+C in a terminal is for the session, which then ends its ranks in good order
        )
        self.pid = self.popen.pid
        self._closed = False
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._listen, name=f"rank-{self.pid}", daemon=True)
        self._reader.start()

    def send(self, order: AnyOrder) -> None:
        """Tell the rank something. That it is gone already shows in its Exited message, not here."""
        assert self.popen.stdin is not None
        framed = frame(order)
        with contextlib.suppress(OSError, ValueError):
            self.popen.stdin.write(framed)
            self.popen.stdin.flush()

    def _listen(self) -> None:
        assert self.popen.stdout is not None
        while (report := receive_report(self.popen.stdout)) is not None:  # type: ignore[arg-type]
            self.deliver(self, report)
        status = self.popen.wait()
        with self._lock:
            stderr = "" if self._closed else self._stderr_tail()
        self.deliver(self, Exited(exit_status=status, stderr=stderr))

    def _stderr_tail(self) -> str:
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - STDERR_TAIL_BYTES))
        return self._stderr.read().decode(errors="replace").strip()

    def kill(self) -> None:
        """End the process now, whatever it does (a stopped one too)."""
        if self.popen.poll() is None:
            with contextlib.suppress(OSError):
                self.popen.kill()

    def freeze(self) -> None:
        """Stop the process where it stands (SIGSTOP), where the system can."""
        if hasattr(signal, "SIGSTOP") and self.popen.poll() is None:
            self.popen.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        """Kill the process if it still runs, reap it, and release what was shared with it."""
        self.kill()
        self.popen.wait()
        if self._reader is not threading.current_thread():
            self._reader.join()
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for stream in (self.popen.stdin, self.popen.stdout, self._stderr):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()
        self.memory.close()


def exit_words(status: int) -> tuple[str, str]:
    """(signal name or "", a sentence part) for an exit status."""
    if status >= 0:
        return "", f"exited with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = " (from outside, or by the system for lack of memory)" if name == "SIGKILL" else ""
    return name, f"was ended by {name}{hint}"
