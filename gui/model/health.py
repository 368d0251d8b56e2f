"""Whether a run is well: ranks that give no sign of life, the one that failed, a loss that is no number."""

from engine.events.message import Message
from engine.events.ranks import RankFailed, RankSilent
from engine.events.run import Diverged, RankBroken, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import ShiftCancelled, ShiftFailed
from engine.events.states import StateSaved
from engine.record.states import KEEP

UNDER_WAY = ("starting", "shifting")
"""States of a run with a shift that can be given up."""
SILENT, FAILED = "silent", "failed"
"""How a rank may be marked."""


class Health:
    """What ails a run now, as its messages tell."""

    def __init__(self) -> None:
        self.failure: RankFailed | None = None
        self.broken: list[tuple[int, RankBroken]] = []
        """Made to fail on purpose, each with the step before which it is drawn: that from which the run went on."""
        self.diverged: Diverged | None = None
        self.saved: tuple[int, ...] = ()
        """Before which steps the states were taken that are kept of the run, the newest last."""
        self.cancelled: ShiftCancelled | None = None
        """The shift that was given up last, because somebody wished it."""
        self.is_giving_up = False
        """The shift under way, or the start, is to be given up, and the run has not told yet what became of it."""
        self.silent: dict[int, RankSilent] = {}
        """By rank, of the mode in force."""
        self.next_silent: dict[int, RankSilent] = {}
        """By rank, of a mode that is being prepared."""

    def hear(self, event: Message) -> bool:
        """Take in a message; whether it changes anything here."""
        self.is_giving_up &= not _ends_a_shift(event)
        match event:
            case RankSilent():
                ranks = self.next_silent if event.is_next else self.silent
                ranks.pop(event.rank, None)
                if event.is_silent:
                    ranks[event.rank] = event
            case RankFailed():
                self.failure, self.silent, self.next_silent = event, {}, {}
            case RankBroken(step=step):
                self.broken.append((step, event))
            case Diverged():
                self.diverged = event
            case StateSaved(step=step):
                self.saved = (*(one for one in self.saved if one < step), step)[-KEEP:]
            case RunStarted(step=step):
                was_ended = self.failure is not None
                self.broken = [(min(at, step), one) for at, one in self.broken if at <= step or was_ended]
                self.saved = tuple(step for step in self.saved if step <= event.step)
                self.failure = self.diverged = None
                self.silent, self.next_silent = {}, {}
            case SegmentStarted() | RunFinished():
                self.silent, self.next_silent = {}, {}
            case ShiftFailed() | ShiftCancelled():
                self.next_silent = {}
                self.cancelled = event if isinstance(event, ShiftCancelled) else self.cancelled
            case _:
                return False
        return True

    @property
    def marks(self) -> dict[int, str]:
        """What is to be seen of each rank of the mode in force, by its number: SILENT or FAILED."""
        if self.failure is not None:
            return {self.failure.rank: FAILED}
        return dict.fromkeys(self.silent, SILENT)


def _ends_a_shift(event: Message) -> bool:
    if isinstance(event, StatusChanged):
        return event.status not in UNDER_WAY
    return isinstance(event, SegmentStarted | ShiftFailed | ShiftCancelled)
