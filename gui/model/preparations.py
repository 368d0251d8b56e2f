"""When a next mode was prepared: its ranks were built and warmed up beside those that trained, and took their cores.

asked for -> (the old ranks train on, slower) -> the seam, or the shift was given up
"""

import msgspec

from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import RunFinished, RunStarted, SegmentStarted
from engine.events.shift import Preparing
from gui.model.curves import LossCurves
from gui.model.segments import Position


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which ranks of `mode` were prepared; `end` is None until it is over."""

    mode: str
    begin: Position
    end: Position | None = None


class Preparations(list[Preparation]):
    """The preparations of a run, in order; the last one alone may not be over."""

    def hear(self, event: Message, step: int, loss: LossCurves) -> bool:
        """Take in an event of a run whose next step is `step`; True if one began or ended.

        A run that goes on from a saved state has those that began before it, none longer than up to there.
        """
        if not isinstance(event, Preparing | SegmentStarted | RankFailed | RunFinished | RunStarted):
            return False
        step, before = getattr(event, "step", step), list(self)
        at = Position(step=step, at_s=event.at_s, samples=loss.samples_before(step))
        if isinstance(event, RunStarted):
            self[:] = [one for one in self if one.begin.step < step]
            self[-1:] = [
                msgspec.structs.replace(one, end=at) for one in self[-1:] if one.end is None or one.end.step > step
            ]
        elif self and self[-1].end is None:
            self[-1] = msgspec.structs.replace(self[-1], end=at)
        if isinstance(event, Preparing) and not event.is_over:
            self.append(Preparation(mode=event.mode, begin=at))
        return self != before
