"""Places on the x axes, and the segments of a run: where each begins, in which mode, on which ranks."""

import msgspec

from engine.events.ranks import RankInfo
from engine.events.shift import Shifted


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A place on each x axis: before step `step`, `at_s` seconds into the run, after so many samples."""

    step: int
    at_s: float
    samples: float

    def on(self, kind: str) -> float:
        """Where it lies on an axis ("step", "time" or "samples")."""
        return {"step": float(self.step), "time": self.at_s, "samples": self.samples}[kind]


class SegmentView(Position, frozen=True, kw_only=True):
    """A part of the run in one mode. Its position is where it begins: the seam; `shift` is what that cost."""

    segment: int
    mode: str
    words: str
    name: str
    """The mode in a few words; segments of one name are of one mode."""
    mode_number: int
    """Which mode of this run it is, counted from 0 in the order of their first visit: it gives the colour."""
    ranks: tuple[RankInfo, ...]
    shift: Shifted | None = None
