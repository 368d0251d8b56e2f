"""Where a session gets its ranks from: forked by a server where the system can fork, else from warm spares."""

import os
import sys
from collections.abc import Sequence
from typing import Protocol

from engine.hardware import HardwareReport
from engine.process import Deliver, RankProcess
from engine.shared_memory import SharedMemory


class RankStarter(Protocol):
    """Starts rank processes, and knows what torch finds on this machine.

    `hardware` is None until a process with torch has reported it; `problem` is a sentence on why there is none, or "".
    """

    hardware: HardwareReport | None
    problem: str

    def start(self, count: int, files: Sequence[SharedMemory], deliver: Deliver) -> list[RankProcess]:
        """`count` processes that may use `files`. Returns at once; the caller owns them.

        Raises:
            OSError: the system has no descriptor, memory or process left for them.
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
        """End everything that is left."""


def can_fork() -> bool:
    """Linux forks safely out of a process without threads, and has the descriptors this takes (since 5.3)."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def make_starter() -> RankStarter:
    """The best there is on this system."""
    if can_fork():
        from engine.fork_server import ForkServer

        return ForkServer()
    from engine.spares import SparePool

    return SparePool()
