"""The lines of a run's log: what happened, and how grave it is. The log panel finds the words."""

from collections import deque

import msgspec

from engine.events.message import Message
from engine.events.ranks import RankFailed, RankSilent, SlowedDown, SlowRank
from engine.events.run import Changed, Diverged, Paced, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Preparing, ShiftCancelled, Shifted, ShiftFailed
from engine.events.states import StateSaved

LINES_KEPT = 5_000
LEVELS: dict[type, str] = {
    ShiftFailed: "warning",
    SlowedDown: "warning",
    SlowRank: "warning",
    RankSilent: "warning",
    RankFailed: "error",
    Diverged: "error",
}
"""How grave what happened is; what is not named here says so itself, or is no more than news."""
LOGGED = (
    RunStarted,
    SegmentStarted,
    Shifted,
    ShiftFailed,
    ShiftCancelled,
    Changed,
    SlowedDown,
    SlowRank,
    RankSilent,
    Paced,
    StateSaved,
    RankFailed,
    Diverged,
    RunFinished,
)


class LogLine(msgspec.Struct, frozen=True):
    """A line of the log: `event` is what it is about.

    `is_aside`: it is told of what goes on by itself, of states that are saved, of what is well again.
    """

    event: Message
    level: str = "info"
    is_aside: bool = False


class RunLog:
    """The latest lines, and how many there were in all (`count`)."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=LINES_KEPT)
        self.count = 0
        self._status = ""

    def hear(self, event: Message) -> bool:
        """Add a line if `event` is for the log; whether it is."""
        if not (isinstance(event, LOGGED) or hasattr(event, "level") or self._is_turn(event)):
            return False
        is_end = isinstance(event, SlowedDown) and event.factor == 1 and not event.delay_s
        level = getattr(event, "level", None) or ("info" if is_end else LEVELS.get(type(event), "info"))
        self.lines.append(LogLine(event, level, is_aside=_is_aside(event)))
        self.count += 1
        return True

    def _is_turn(self, event: Message) -> bool:
        """A run is paused, or goes on from a pause; a shift begins to be prepared."""
        if isinstance(event, Preparing):
            return not event.is_over
        if not isinstance(event, StatusChanged) or event.words == "replay":
            return False
        before, self._status = self._status, event.status
        return (before, event.status) in (("running", "paused"), ("paused", "running"))


def _is_aside(event: Message) -> bool:
    is_well_again = (isinstance(event, SlowRank) and not event.is_slow) or (
        isinstance(event, RankSilent) and not event.is_silent
    )
    return is_well_again or isinstance(event, StateSaved)
