"""The ranks of one crew on this machine, and the files in shared memory that they have in common.

gate         how they act at the same boundary
rendezvous   where torch's groups meet
state        what they write their state into: the next crew's ranks map it as their former's
snapshot     what they copy their weights into for the run's evaluator: the same file for every crew of a run
former       what they take over: the former crew's state itself, or a place for a copy of it, if it comes from afar
"""

import contextlib
import mmap
import os
from collections.abc import Callable, Sequence

import psutil

from engine.ipc.gate import GATE_BYTES, TALLY_BYTES
from engine.ipc.shared_memory import SharedMemory
from engine.session.local_rank import LocalRank
from engine.session.rank_process import Deliver, Ranks
from engine.session.starter import HardwareFound

Start = Callable[[Sequence[SharedMemory]], Sequence[LocalRank]]


class LocalRanks(Ranks):
    """Processes that `start` starts with the files they share; `former` are those whose state they take over, if any.

    Raises:
        OSError, RuntimeError: the system has no descriptor, memory, process or thread left; nothing remains.
    """

    def __init__(self, start: Start, former: Ranks | None, snapshot: SharedMemory | None) -> None:
        self._copy: SharedMemory | None = None
        with contextlib.ExitStack() as undo:
            self._files: list[SharedMemory] = []
            for name, num_bytes in (("gate", GATE_BYTES + TALLY_BYTES), ("rendezvous", 0), ("state", 0)):
                self._files.append(SharedMemory(name, num_bytes))
                undo.callback(self._files[-1].close)
            self.state_file = self._files[-1]
            """What they write their state into."""
            if snapshot is None:
                snapshot = SharedMemory("snapshot", 0)
                undo.callback(snapshot.close)
                self._files.append(snapshot)
            shared = [*self._files[:3], snapshot]
            if isinstance(former, LocalRanks):
                shared.append(former.state_file)
            elif former is not None:
                self._copy = SharedMemory("former", former.state_bytes)
                undo.callback(self._copy.close)
                shared.append(self._copy)
            self.processes = self._own = start(shared)
            undo.pop_all()
        self._free_bytes = int(psutil.virtual_memory().available)

    @property
    def free_bytes(self) -> int:
        """Memory of this machine that was free when the ranks had been started."""
        return self._free_bytes

    @property
    def state_bytes(self) -> int:
        """The size of the file, which the ranks have given it."""
        return os.fstat(self.state_file.descriptor).st_size

    def state(self) -> mmap.mmap:
        """The file in which the state lies, mapped for reading."""
        return mmap.mmap(self.state_file.descriptor, self.state_bytes, access=mmap.ACCESS_READ)

    def take_over(self, former: Ranks) -> None:
        """Copy the state of `former` to where these ranks find it; they may have the file itself."""
        if self._copy is not None and self._copy.map is not None:
            self._copy.map[:] = memoryview(former.state())

    def snapshot(self) -> None:
        """Do nothing: what these ranks have copied lies where it is wanted."""

    def close(self) -> None:
        """End all of them, then let go of the files: no rank is left that could write to them."""
        for process in self._own:
            process.kill()
        for process in self._own:
            process.close()
        for file in (*self._files, *([self._copy] if self._copy is not None else [])):
            file.close()


class LocalStarter(HardwareFound):
    """What starters of ranks on this machine have in common; how a process comes to be is each kind's own."""

    def start(
        self, count: int, deliver: Deliver, former: Ranks | None = None, snapshot: SharedMemory | None = None
    ) -> Ranks:
        """`count` ranks, which the caller owns; `former` are those whose state they will take over.

        Raises:
            OSError, RuntimeError: the system has no descriptor, memory, process or thread left for them.
        """
        return LocalRanks(lambda files: self._start(count, files, deliver), former, snapshot)

    def start_evaluator(self, deliver: Deliver, snapshot: SharedMemory) -> Ranks:
        """A process like a rank's, which an order makes an evaluator.

        Raises:
            OSError, RuntimeError: the system has no descriptor, memory, process or thread left for it.
        """
        return self.start(1, deliver, None, snapshot)

    def _start(self, count: int, files: Sequence[SharedMemory], deliver: Deliver) -> Sequence[LocalRank]:
        raise NotImplementedError
