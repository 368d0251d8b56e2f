"""Whether the pace that was asked for holds a run back: where steps take longer than it allows, none is waited for.

    at 50 steps a second one begins every 20 ms:   7  8  7 |..    held: each comes after a wait, and takes longer
                                                  27 28 27 |..    not held: they are like any other

It is told by what the latest steps took, four of five of them: of steps about as long as the pace allows some come
after a wait, and some do not, and nothing changes with each of them. Until it is known, steps count as held; and once
they were held, until something else is so that makes steps longer: what slows them down meanwhile is no full speed.
"""

from math import inf

import numpy as np
import numpy.typing as npt

from engine.events.message import Message
from engine.events.ranks import SlowedDown
from engine.events.run import Changed, Paced, RunStarted, SegmentStarted
from engine.metrics.stretches import Stretch
from engine.rows import STEP_ROW, Rows

LATEST, LEAST = 20, 5
"""So many steps are looked at; of fewer than the second nobody says that they are not held."""
MOST = 0.8


class Holding:
    """The pace of one run, and which of its steps it holds back; hears messages in their order."""

    def __init__(self) -> None:
        self.is_held: bool | None = None
        """Whether the pace in force holds steps back; None at full speed, and before there are steps to tell by."""
        self.stretches: tuple[Stretch, ...] = ()
        """Of the segment in force, the steps that count as held."""
        self._steps_per_s: float | None = None
        self._first_held: float = inf
        """The first step of the run that is known to have been held."""
        self._begins = self._warm_from = 0
        """The step from which on the pace is that, in that segment, and from which on the segment is warm."""
        self._batch_size: int | None = None
        self._latest: Rows = np.empty(0, STEP_ROW)

    @property
    def held_at_per_s(self) -> float | None:
        """Steps a second that the run is known to be held at now; None where nothing is waited for."""
        return self._steps_per_s if self.is_held else None

    @property
    def was_held(self) -> bool:
        """Whether steps of the run are known to have been held, now or before."""
        return self._first_held < inf

    @property
    def counts_as_held(self) -> bool:
        """Whether steps that are made now count as held: they are, or it is not known yet."""
        return bool(self.stretches) and self.stretches[-1].end == inf

    def hear(self, message: Message) -> None:
        """Take in what is told of the run beside its steps."""
        match message:
            case Paced(step=step, steps_per_s=steps_per_s):
                self._keep_pace(step, steps_per_s)
            case SegmentStarted(step=step, warmup_steps=warmup_steps):
                self._begins, self._warm_from, self._latest = step, step + warmup_steps, self._latest[:0]
                self.is_held = None
                self.stretches = () if self._steps_per_s is None else (Stretch(step),)
            case SlowedDown(step=step):
                self._begin_anew(step)
            case Changed(step=step, batch_size=batch_size):
                if batch_size != self._batch_size:
                    self._begin_anew(step)
                self._batch_size = batch_size
            case RunStarted(step=step):  # a pace that is kept on going on is told again
                self._steps_per_s, self.is_held, self.stretches, self._latest = None, None, (), self._latest[:0]
                self._first_held = self._first_held if self._first_held < step else inf

    def add(self, rows: Rows) -> None:
        """Take in steps that were made, rows of STEP_ROW."""
        if self._steps_per_s is None:
            fresh = rows[-LATEST:]
            self._latest = np.concatenate([self._latest, fresh[fresh["step"] >= self._warm_from]])[-LATEST:]
            return
        # The first steps of a mode are slow; of one that is short all the same something is known.
        fresh = rows[(rows["step"] >= self._warm_from) | (rows["seconds"] < 1 / self._steps_per_s)]
        looked_at = np.concatenate([self._latest, fresh])
        held, free = self._judged(looked_at)
        tells = (held | free) & (looked_at["step"] >= self._begins)
        tells[: len(self._latest)] = False
        self._latest = looked_at[-LATEST:]
        told = np.flatnonzero(tells)
        before = -1 if self.is_held is None else int(self.is_held)
        for at in told[np.flatnonzero(np.diff(held[told].astype(np.int8), prepend=before))].tolist():
            self._turn(looked_at[max(0, at + 1 - LATEST) : at + 1], is_held=bool(held[at]))

    def _begin_anew(self, step: int) -> None:
        """Steps are of another length from that one on."""
        self._latest = self._latest[:0]
        self._keep_pace(step, self._steps_per_s)

    def _keep_pace(self, step: int, steps_per_s: float | None) -> None:
        self._end(step)
        self._begins, self._steps_per_s, self.is_held = step, steps_per_s, None
        if steps_per_s is None:
            return
        self.stretches = (*self.stretches, Stretch(step))
        held, free = self._judged(self._latest)
        if held[-1:].any() or free[-1:].any():
            self._turn(self._latest, is_held=bool(held[-1]))

    def _judged(self, rows: Rows) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """After each step, whether the latest ones are held, and whether they are not; of some neither is known."""
        assert self._steps_per_s is not None
        short = np.concatenate([[0], np.cumsum(rows["seconds"] < 1 / self._steps_per_s)])
        after = np.arange(1, len(short))
        first = np.maximum(0, after - LATEST)
        count, short = after - first, short[after] - short[first]
        return short >= MOST * count, (count >= LEAST) & (count - short >= MOST * count)

    def _turn(self, latest: Rows, *, is_held: bool) -> None:
        """It is known now, by the latest steps, that the next ones are held, or that they are not."""
        assert self._steps_per_s is not None
        if not is_held and self.is_held is None:
            self.stretches = self.stretches[:-1]
        elif is_held and not self.counts_as_held:
            short = latest["step"][latest["seconds"] < 1 / self._steps_per_s]
            self.stretches = (*self.stretches, Stretch(max(self._begins, int(short[0]))))
        if is_held:
            self._first_held = min(self._first_held, self.stretches[-1].begin)
        self.is_held = is_held

    def _end(self, step: int) -> None:
        """Steps from that one on are not held, as far as is known."""
        ended = [*self.stretches[:-1], *(Stretch(last.begin, min(step, last.end)) for last in self.stretches[-1:])]
        self.stretches = tuple(stretch for stretch in ended if stretch.begin < stretch.end)
