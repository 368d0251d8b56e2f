"""A change of crews in the making. A start and a recovery are changes too: there is just no old crew.

preparing    the new ranks build, join and warm up, while the old crew trains on
gathering    the old crew stops at a boundary, writes the state, and holds
loading      the new crew takes the state up
first step   the new crew computes; when its first step is done, the change is made and the old crew ends
"""

from enum import IntEnum
from time import perf_counter

from engine.crew import Crew
from engine.mode import ComputeMode
from engine.shared_memory import SharedMemory


class Phase(IntEnum):
    """How far a shift is."""

    PREPARING = 1
    GATHERING = 2
    LOADING = 3
    FIRST_STEP = 4


class Shift:
    """The new crew and the figures of the change. `ahead`: prepared for later, and nobody waits for it yet."""

    def __init__(self, crew: Crew, old_mode: ComputeMode | None, *, ahead: bool) -> None:
        self.crew = crew
        self.old_mode = old_mode
        self.ahead = ahead
        self.phase = Phase.PREPARING
        self.requested_s = perf_counter()
        self.gather_sent_s = 0.0
        self.gathered_s = 0.0
        self.ready_s = 0.0
        self.step = 0
        self.memory: SharedMemory | None = None
        self.late_lr: float | None = None
        self.late_batch_size: int | None = None
        """Changes made after the state was asked for: the new crew gets them, and the old one if it must go on."""

    @property
    def mode(self) -> ComputeMode:
        """Where the run is shifting to."""
        return self.crew.mode

    @property
    def words(self) -> str:
        """For the status line."""
        crew, name = self.crew, self.mode.words
        match self.phase:
            case Phase.PREPARING:
                return f"preparing {name}: {len(crew.infos)} of {len(crew.processes)} ranks ready"
            case Phase.GATHERING:
                return f"shifting to {name}: gathering the state"
            case Phase.LOADING:
                return f"shifting to {name}: loading the state"
            case Phase.FIRST_STEP:
                return f"shifting to {name}: first step"

    def open_memory(self) -> str:
        """Where the old crew writes the state and the new one reads it."""
        self.memory = SharedMemory("state", 0)
        return self.memory.path

    def close(self) -> None:
        """Release the state's memory."""
        if self.memory is not None:
            self.memory.close()
            self.memory = None
