"""What a session knows of its ranks, wherever they run: they are told things, heard, read, and surely ended.

    session --orders-->  RankProcess  --reports, and at last Exited-->  deliver
            <--read()--   (step records)
    the ranks of one crew are Ranks: together they hold a state, which the ranks of the next crew take over

Nothing above knows a descriptor, sends a signal, or asks by which clock a rank lives: all times that go in and come out
are by this process's monotonic clock (`time.perf_counter`). `LocalRanks` are forked, or warm spares, on this machine.
"""

import mmap
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import msgspec

from engine.events.machine import ProcessUsage
from engine.ipc.orders import AnyOrder
from engine.ipc.reports import AnyReport
from engine.rows import Rows


class Exited(msgspec.Struct, frozen=True, kw_only=True):
    """The process is gone: its exit status, and the end of what it wrote to stderr.

    The status is negative for a signal, and None where nobody is left who could tell it.
    """

    exit_status: int | None
    stderr: str


Deliver = Callable[["RankProcess", AnyReport | Exited], None]
"""Takes what a rank says, on a thread of the rank's own."""


class RankProcess(ABC):
    """One process that is, or becomes, a rank. None of its verbs waits for it, and none raises: its end is told."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The process's number on the machine where it runs, for people to read; None until it exists."""

    @abstractmethod
    def send(self, order: AnyOrder) -> None:
        """Tell it something. That it is gone already shows in its Exited, not here."""

    @abstractmethod
    def read(self) -> Rows:
        """The records of the steps it has finished since the last read (dtype RING_ROW), in order.

        What it made before it said something can be read when that is heard.
        """

    @abstractmethod
    def cpu_s(self) -> float | None:
        """How long it has computed in all, on all its cores; None if nobody can tell."""

    @abstractmethod
    def usage(self, label: str) -> ProcessUsage | None:
        """What it takes of its machine, since the last call; None if nobody can tell."""

    @abstractmethod
    def freeze(self) -> None:
        """Stop it where it stands (SIGSTOP), where the system can."""

    @abstractmethod
    def kill(self) -> None:
        """End the process now, whatever it does, also a stopped one."""


class Ranks(ABC):
    """The rank processes of one crew, and the memory they share."""

    processes: Sequence[RankProcess]

    @property
    @abstractmethod
    def free_bytes(self) -> int:
        """Memory that was free where they run, when they were asked for."""

    @property
    @abstractmethod
    def state_bytes(self) -> int:
        """The size of the state they hold, as soon as they are ready."""

    @abstractmethod
    def state(self) -> mmap.mmap | bytes:
        """The state they have handed over, a safetensors file: theirs as long as one of them lives."""

    @abstractmethod
    def take_over(self, former: "Ranks") -> None:
        """The `former` ranks, after which these were started, have handed over: their state can be loaded now."""

    @abstractmethod
    def snapshot(self) -> bytes | None:
        """The weights they have copied last, a safetensors file; None where these lie in the memory they were given."""

    @abstractmethod
    def close(self) -> None:
        """End all of them now, wait until they are gone, and release what they shared."""


def exit_words(status: int | None) -> tuple[str, str]:
    """(signal name or "", a sentence part) for an exit status."""
    if status is None:
        return "", "ended; nobody is left to tell its exit status"
    if status >= 0:
        return "", f"exited with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = " (from outside, or by the system for lack of memory)" if name == "SIGKILL" else ""
    return name, f"was ended by {name}{hint}"
