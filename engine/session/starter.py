"""Where a session gets its ranks from: forked by a server where the system can fork, else from warm spares."""

import os
import sys
import threading
from typing import Protocol

from engine.config.hardware import HardwareReport
from engine.ipc.shared_memory import SharedMemory
from engine.session.rank_process import Deliver, Ranks


class RankStarter(Protocol):
    """Starts rank processes, and knows what torch finds on this machine.

    `hardware` is None until a process with torch has reported it; `problem` is a sentence on why there is none, or "".
    """

    hardware: HardwareReport | None
    problem: str

    def start(
        self, count: int, deliver: Deliver, former: Ranks | None = None, snapshot: SharedMemory | None = None
    ) -> Ranks:
        """`count` processes; `former` are those whose state they will take over. Returns at once; the caller owns them.

        `snapshot` is memory of this machine into which they copy their weights when told to, if they run here.

        Raises:
            OSError, RuntimeError: the system has no descriptor, memory, process or thread left for them.
        """

    def start_evaluator(self, deliver: Deliver, snapshot: SharedMemory) -> Ranks:
        """One process on this machine, to look at what lies in `snapshot`. Returns at once; the caller owns it.

        Raises:
            OSError, RuntimeError: the system has no descriptor, memory, process or thread left for it.
        """

    def rest(self) -> None:
        """Called when a shift is over: the time to get ready for the next one."""

    def wait_hardware(self, timeout_s: float = 60.0) -> HardwareReport:
        """The report of the first process that has torch.

        Raises:
            RuntimeError: no process could load torch; the sentence says why.
        """

    @property
    def labels(self) -> dict[int, str]:
        """Process numbers of what the starter keeps running, with a word for each."""

    def close(self) -> None:
        """End whatever the starter keeps running. Ranks that it has started are their owners' to end."""


class HardwareFound:
    """What starters of every kind know of the hardware, as soon as a process with torch has told; they set it."""

    def __init__(self) -> None:
        self.hardware: HardwareReport | None = None
        self.problem = ""
        self._changed = threading.Condition()
        """Held to change what is known, and told when it has changed."""

    def wait_hardware(self, timeout_s: float = 60.0) -> HardwareReport:
        """What torch finds on this machine, when it is known.

        Raises:
            RuntimeError: torch could not be loaded; the sentence says why.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.hardware is not None or bool(self.problem), timeout_s)
            if self.hardware is None:
                raise RuntimeError(self.problem or f"torch could not be loaded: no answer within {timeout_s:.0f} s.")
            return self.hardware


def can_fork() -> bool:
    """Linux forks safely out of a process without threads, and has the descriptors this takes (since 5.3)."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def make_starter() -> RankStarter:
    """The quickest kind of starter that this system has."""
    if can_fork():
        from engine.session.fork_server import ForkServer

        return ForkServer()
    from engine.session.spares import Spares

    return Spares()
