"""The lines of a run's log: what happened, and how grave it is. The log panel finds the words."""

from collections import deque
from dataclasses import dataclass

from engine.events import (
    Changed,
    Diverged,
    Message,
    Paced,
    RankFailed,
    RankSilent,
    RunFinished,
    RunStarted,
    SegmentStarted,
    ShiftCancelled,
    Shifted,
    ShiftFailed,
    SlowedDown,
    SlowRank,
    StateSaved,
)

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


@dataclass(frozen=True)
class LogLine:
    """A line of the log: `event` is what it is about."""

    event: Message
    level: str = "info"


class RunLog:
    """The latest lines, and how many there were in all (`count`)."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=LINES_KEPT)
        self.count = 0

    def hear(self, event: Message) -> bool:
        """Add a line if `event` is for the log; whether it is."""
        if not isinstance(event, LOGGED) and not hasattr(event, "level"):
            return False
        self.lines.append(LogLine(event, getattr(event, "level", None) or LEVELS.get(type(event), "info")))
        self.count += 1
        return True
