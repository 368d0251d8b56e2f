"""Warm spares, for systems that cannot fork: processes that have torch imported, waiting to become ranks.

Importing torch takes seconds; a shift should take a fraction of one. Taken spares are replaced when a shift is over,
one at a time. A spare finds the crew's files by their paths, and its session is its parent.
"""

import contextlib
import subprocess
import sys
from collections.abc import Sequence

from engine.config.hardware import combine
from engine.errors import Sentence
from engine.ipc.orders import Open
from engine.ipc.reports import AnyReport, Hello
from engine.ipc.shared_memory import SharedMemory
from engine.session.local_rank import ROOT, LocalRank, rank_environment
from engine.session.local_ranks import LocalStarter
from engine.session.rank_process import Deliver, Exited, RankProcess

SPARES = 4
"""Two shifts to two ranks, or one to four, without waiting; a spare takes some 300 MB."""


class SpawnedRank(LocalRank):
    """A rank's process that is a child of this one."""

    def __init__(self, deliver: Deliver) -> None:
        super().__init__(deliver)
        try:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "engine.rank", self.memory.path],
                stdin=self._order_end,
                stdout=self._report_end,
                stderr=self._stderr,
                env=rank_environment(),
                cwd=ROOT,
                start_new_session=True,  # Ctrl+C in a terminal is for the session, which ends all in good order
            )
        except OSError:
            super().close()
            raise
        self._pid = self.popen.pid
        self._close_child_ends()
        self._listen_from_now_on()

    def kill(self) -> None:
        """End the process now, whatever it does."""
        if self.pid is not None and self.popen.poll() is None:
            with contextlib.suppress(OSError):
                self.popen.kill()

    def freeze(self) -> None:
        """Stop the process where it stands, where the system can."""
        import signal

        if hasattr(signal, "SIGSTOP") and self.popen.poll() is None:
            self.popen.send_signal(signal.SIGSTOP)

    def _await_exit(self) -> int | None:
        return self.popen.wait()


class Spares(LocalStarter):
    """Keeps up to `size` spares warm."""

    def __init__(self, size: int = SPARES) -> None:
        super().__init__()
        self.size = size
        self._spares: list[SpawnedRank] = []
        self._warm: set[SpawnedRank] = set()
        self._closed = False
        self.rest()

    def _start(self, count: int, files: Sequence[SharedMemory], deliver: Deliver) -> list[SpawnedRank]:
        """Warm ones first, then those still warming, then new ones. The taker owns them."""
        with self._changed:
            taken = sorted(self._spares, key=lambda spare: spare not in self._warm)[:count]
            self._spares = [spare for spare in self._spares if spare not in taken]
            self._warm.difference_update(taken)
        for spare in taken:
            spare.deliver = deliver
        try:
            while len(taken) < count:
                taken.append(SpawnedRank(deliver))
        except OSError:
            for spare in taken:
                spare.close()
            raise
        for spare in taken:
            spare.send(Open(paths=tuple(file.path for file in files)))
        return taken

    def rest(self) -> None:
        """Replace one spare that was taken; the next one follows when it is warm."""
        with self._changed:
            warming = len(self._spares) > len(self._warm)
            if self._closed or warming or len(self._spares) >= self.size:
                return
            try:
                self._spares.append(SpawnedRank(self._heard))
            except OSError as error:
                self.problem = Sentence("torch could not be loaded: {reason}", reason=error.strerror)
                self._changed.notify_all()

    @property
    def labels(self) -> dict[int, str]:
        """The process numbers of the spares, and what they are."""
        with self._changed:
            return {spare.popen.pid: "spare" for spare in self._spares}

    def close(self) -> None:
        """End all spares; those that were taken are their takers' to end."""
        with self._changed:
            self._closed = True
            spares, self._spares = self._spares, []
        for spare in spares:
            spare.kill()
        for spare in spares:
            spare.close()

    def _heard(self, process: RankProcess, message: AnyReport | Exited) -> None:
        assert isinstance(process, SpawnedRank)
        with self._changed:
            is_ours = process in self._spares
            if isinstance(message, Hello):
                self.hardware = combine(message.torch)
                if is_ours:
                    self._warm.add(process)
            elif isinstance(message, Exited) and is_ours and not self._closed:
                self._spares.remove(process)
                self._warm.discard(process)
                said = message.stderr.splitlines() or [f"a spare ended with exit status {message.exit_status}"]
                self.problem = Sentence("torch could not be loaded: {reason}", reason=said[-1])
            self._changed.notify_all()
        if isinstance(message, Hello):
            self.rest()
        elif isinstance(message, Exited) and is_ours:
            process.close()
