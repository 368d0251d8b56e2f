"""The gate: how all ranks of a crew act on an order at the same step boundary, without a collective.

    rank 0 at the boundary before step k:   writes  slot[k mod 64] = (orders due, chores, k)      k written last
    rank r at the boundary before step k:   waits for slot[k mod 64] to say k, then does what is due

Rank 0 counts the orders it has received; each rank has received, or will receive, the same orders in the same sequence
through its own pipe, so a count is all they need to agree on. Ranks in lockstep (every technique but Hogwild) are
never more than a step apart, so the wait is short and 64 slots are plenty.
"""

import mmap
import struct
from typing import Protocol

from engine.config.technique_card import MAXIMUM_RANKS
from engine.ipc.backoff import give_way

GATE_SLOTS = 64
GATE_BYTES = GATE_SLOTS * 16 + 8
"""Shared memory of a crew's gate: the slots, and behind them the alarm."""
TALLY_BYTES = MAXIMUM_RANKS * 16
"""Behind the gate: how often each rank has begun, and ended, to write its part of the crew's state."""
_SLOT = struct.Struct("<qii")
_ALARM = GATE_SLOTS * 16

SAVE = 1
PAUSE = 2
ANATOMY = 4
_YIELDS = 2_000


class Gate(Protocol):
    """What a rank asks at each boundary: (orders due, chores)."""

    def pass_through(self, step: int, due: int, chores: int) -> tuple[int, int]:
        """Rank 0 gives `due` and `chores` and gets them back; other ranks get rank 0's."""

    def alarm(self) -> None:
        """Any rank: the loss is not finite. Rank 0 will stop the crew at one of its next boundaries."""

    @property
    def alarmed(self) -> bool:
        """Whether a rank of this crew has found a loss that is not finite."""


class OpenGate:
    """The gate of a rank that has no peers."""

    alarmed = False

    def pass_through(self, step: int, due: int, chores: int) -> tuple[int, int]:  # noqa: ARG002
        """Give back what was given: there is nobody to agree with."""
        return due, chores

    def alarm(self) -> None:
        """Remember that the loss is not finite: this rank is rank 0 too."""
        self.alarmed = True


class SharedGate:
    """What both sides have: the alarm, a byte behind the slots."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory

    def alarm(self) -> None:
        """Set the alarm, which rank 0 looks at before each step."""
        self._memory[_ALARM] = 1

    @property
    def alarmed(self) -> bool:
        """Whether any rank of the crew has set the alarm."""
        return self._memory[_ALARM] != 0


class LeaderGate(SharedGate):
    """The gate as rank 0 has it: it decides what is due, and opens the gate step by step."""

    def pass_through(self, step: int, due: int, chores: int) -> tuple[int, int]:
        """Open the gate before `step`, for the other ranks to act on `due` orders and `chores`."""
        at = (step % GATE_SLOTS) * 16
        struct.pack_into("<ii", self._memory, at + 8, due, chores)
        struct.pack_into("<q", self._memory, at, step + 1)  # 0 is "never opened", so steps count from 1 here
        return due, chores


class FollowerGate(SharedGate):
    """The gate as ranks 1, 2, ... have it: they wait for rank 0."""

    def pass_through(self, step: int, due: int, chores: int) -> tuple[int, int]:
        """Wait until rank 0 has opened the gate before `step`; what it says is due is given back."""
        at = (step % GATE_SLOTS) * 16
        looks = 0
        while True:
            opened, due, chores = _SLOT.unpack_from(self._memory, at)
            if opened == step + 1:
                # Read once more: rank 0 wrote `due` and `chores` before `step`, so now they are its own.
                _, due, chores = _SLOT.unpack_from(self._memory, at)
                return due, chores
            looks += 1
            give_way(looks, _YIELDS, nap_s=0.0005)


def make_gate(descriptor: int, rank: int, world_size: int) -> Gate:
    """The gate for one rank, in memory that its crew shares."""
    if world_size == 1:
        return OpenGate()
    memory = mmap.mmap(descriptor, GATE_BYTES)
    return LeaderGate(memory) if rank == 0 else FollowerGate(memory)
