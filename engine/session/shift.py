"""A change of crews in the making. A start and a recovery are changes too: there is just no old crew.

preparing    the new ranks build, join and warm up, while the old crew trains on
gathering    the old crew stops at a boundary, writes the state, and holds
loading      the new crew takes the state up
first step   the new crew computes; when its first step is done, the change is made and the old crew ends
"""

from enum import IntEnum

from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.session.crew import Crew


class Phase(IntEnum):
    """How far a shift is."""

    PREPARING = 1
    GATHERING = 2
    LOADING = 3
    FIRST_STEP = 4


class Shift:
    """The new crew and the figures of the change."""

    def __init__(self, crew: Crew, requested_s: float) -> None:
        self.crew = crew
        self.phase = Phase.PREPARING
        self.requested_s = requested_s
        self.gather_sent_s = 0.0
        self.gathered_s = 0.0
        self.ready_s = 0.0
        self.step = 0
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
                return Sentence(
                    "preparing {mode}: {ready} of {ranks} ranks ready",
                    mode=name,
                    ready=len(crew.infos),
                    ranks=len(crew.processes),
                )
            case Phase.GATHERING:
                return Sentence("shifting to {mode}: gathering the state", mode=name)
            case Phase.LOADING:
                return Sentence("shifting to {mode}: loading the state", mode=name)
            case Phase.FIRST_STEP:
                return Sentence("shifting to {mode}: first step", mode=name)
