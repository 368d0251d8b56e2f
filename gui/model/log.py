"""The lines of a run's log: what happened, and how grave it is. The log panel finds the words."""

from collections import deque
from functools import partial
from itertools import takewhile

import msgspec

from engine.events.message import Message
from engine.events.ranks import RankFailed, RankSilent, SlowedDown, SlowRank
from engine.events.run import Changed, Diverged, Paced, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Preparing, ShiftCancelled, Shifted, ShiftFailed
from engine.events.states import StateSaved

LINES_KEPT = 5_000
AT_ONCE_S = 1.0
"""What was told so long before something that happened earlier has its place behind it."""
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
    """The latest lines, in the order of their times, and how many there were in all (`count`)."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=LINES_KEPT)
        self.count = 0
        self.moved = 0
        """How often a line came to stand above one that was there before."""
        self._status = ""

    def hear(self, event: Message) -> bool:
        """Add a line if `event` is for the log; whether it is."""
        if not (isinstance(event, LOGGED) or hasattr(event, "level") or self._is_turn(event)):
            return False
        is_end = isinstance(event, SlowedDown) and event.factor == 1 and not event.delay_s
        level = getattr(event, "level", None) or ("info" if is_end else LEVELS.get(type(event), "info"))
        line = LogLine(event, level, is_aside=_is_aside(event))
        later = list(takewhile(partial(_is_just_later, event), reversed(self.lines)))
        for _ in later:
            self.lines.pop()
        self.lines.extend([line, *reversed(later)])
        self.moved += bool(later)
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


def _is_just_later(event: Message, line: LogLine) -> bool:
    """Whether a line told before `event` happened after it: what several processes say comes as it comes.

    Times that lie further apart are of other clocks, and a run that goes on from an earlier time begins anew.
    """
    if isinstance(line.event, RunStarted):
        return False
    later_s = getattr(line.event, "at_s", 0.0) - getattr(event, "at_s", 0.0)
    return 0 < later_s < AT_ONCE_S


def _is_aside(event: Message) -> bool:
    is_well_again = (isinstance(event, SlowRank) and not event.is_slow) or (
        isinstance(event, RankSilent) and not event.is_silent
    )
    return is_well_again or isinstance(event, StateSaved)
