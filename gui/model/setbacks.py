"""What it cost a run that a rank of it was lost: steps that are made again since the last saved state, and time.

steps ... state ... steps | rank lost     Go on | ranks compute | the same steps again | where it was
                    ------ lost -----           <--- began_s ---><------ again_s ------>
"""

import msgspec

from engine.events.message import Message
from engine.events.ranks import RankFailed, SlowedDown
from engine.events.run import RankBroken, RunStarted
from engine.rows import Rows
from gui.model.curves import LossCurves
from gui.model.segments import Position, SegmentView


class Setback(Position, frozen=True, kw_only=True):
    """A rank was lost, and the run went on from the state before `step`, which is its place on every axis.

    `reached` is the step that was to be made next when `rank` was lost; times are seconds since the run began.
    """

    rank: int
    is_on_purpose: bool
    reached: int
    goes_on_s: float
    """When it was told to go on."""
    began_s: float | None = None
    """When ranks computed again; None until they have made a step."""
    end: Position | None = None
    """Where it was again as far as before; None until then."""

    @property
    def steps(self) -> int:
        """How many steps are made again."""
        return self.reached - self.step


SHOWN_S, THEN_S = 20.0, 10.0
"""For how long a setback is told in a sentence: since ranks compute again, and since it is made up for."""


class Setbacks(list[Setback]):
    """The setbacks of a run, in order; the last one alone may not be made up for."""

    def __init__(self) -> None:
        super().__init__()
        self._lost: Setback | None = None
        """A rank that is lost, as far as it is known before the run goes on."""
        self._broken: RankBroken | SlowedDown | None = None
        """A rank that was made to fail on purpose, the last one."""

    def hear(self, event: Message, step: int, loss: LossCurves, segments: list[SegmentView]) -> bool:
        """Take in an event of a run whose next step is `step`; whether there is another setback, or one fewer.

        It is to be heard before curves and segments forget what the run goes on from.
        """
        match event:
            case RankBroken() | SlowedDown(phase="raise"):
                self._broken = event
            case RankFailed(rank=rank):
                on_purpose = self._broken if self._broken is not None and self._broken.rank == rank else None
                reached = max(step, event.next_step or 0, on_purpose.step if on_purpose is not None else 0)
                self._lost = Setback(
                    step=step,
                    at_s=event.at_s,
                    samples=loss.samples,
                    rank=rank,
                    is_on_purpose=on_purpose is not None,
                    reached=reached,
                    goes_on_s=event.at_s,
                )
            case RunStarted():
                before, lost = list(self), self._lost
                self[:] = [one for one in self if one.step < event.step]
                if lost is not None and lost.reached and event.step <= lost.reached:
                    at_s, samples = loss.place_before(event.step, segments)
                    place = {"step": event.step, "at_s": at_s, "samples": samples}
                    self.append(msgspec.structs.replace(lost, **place, goes_on_s=event.at_s))
                self._lost = self._broken = None
                return self != before
        return False

    def told(self, at_s: float) -> Setback | None:
        """The last one, while it is news `at_s` into the run; None before ranks compute again, and later on."""
        last = self[-1] if self else None
        if last is None or last.began_s is None:
            return None
        is_over = last.end is not None and at_s >= max(last.began_s + SHOWN_S, last.end.at_s + THEN_S)
        return None if is_over else last

    def enter(self, rows: Rows, samples: float) -> bool:
        """Take in steps, of STEP_ROW, up to so many samples of the run; whether a setback is known better now."""
        if not self or self[-1].end is not None or not len(rows):
            return False
        last = self[-1]
        if last.began_s is None:
            last = msgspec.structs.replace(last, began_s=float(rows["at_s"][0] - rows["seconds"][0]))
        if int(rows["step"][-1]) + 1 >= last.reached:
            made = rows[rows["step"] < last.reached]
            at_s = float((made[-1] if len(made) else rows[0])["at_s"])
            ahead = float(rows["samples"][rows["step"] >= last.reached].sum())
            end = Position(step=last.reached, at_s=at_s, samples=samples - ahead)
            last = msgspec.structs.replace(last, end=end)
        is_known_better, self[-1] = last is not self[-1], last
        return is_known_better
