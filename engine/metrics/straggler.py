"""Which rank is slow, and in what? Told by what each computes, waiting left out, over the last steps taken apart.

    factor = median of a rank's seconds in a phase / what it should be by its peers' seconds

Seconds are those in which the rank's thread really ran: by the clock alone a rank looks slow whenever a library's
thread or another rank had its core. A rank that never gets its core is slow too, where there is one for each: that is
told by the clock, if none of the last steps was faster. Stages of a pipeline have unequal layers: they are compared by
what each took at best, measured before the first step and learned since, anew for every batch size. A
collective hides a slow rank (all leave it at the same moment), so seconds in it count for nothing here.
"""

from collections import deque
from collections.abc import Sequence
from math import inf
from statistics import median

from engine.anatomy import RankAnatomy
from engine.events.ranks import RankInfo, SlowRank, StepAnatomy
from engine.rows import PHASES

COMPUTED = ("forward", "backward")
LOOKED_AT = 8
LEAST_LOOKED_AT = 5
SLOW_FACTOR = 1.5
UNEQUAL_FACTOR = 2.0
"""For the stages of a pipeline: what each should take is itself measured."""
CERTAIN = 0.3
"""Of a rank's steps, this share at most may be faster than that."""
FAST_AGAIN = 0.8
"""Of the factor that makes a rank slow: below it is fast again."""
LEAST_S = 0.3e-3
"""A difference below this is noise on any machine."""


class Stragglers:
    """Give it every step taken apart of one segment; it answers when a rank has become slow, or is no longer."""

    def __init__(self, ranks: Sequence[RankInfo], *, is_uneven: bool) -> None:
        self._is_uneven = is_uneven
        self._since_step = 0
        self._work = {
            phase: [_usual(info, number) if is_uneven else 1.0 for info in ranks]
            for number, phase in enumerate(COMPUTED)
        }
        self._slow_factor = UNEQUAL_FACTOR if self._is_uneven else SLOW_FACTOR
        self._crowded = any(info.cores and info.cores < sum(other.threads for other in ranks) for info in ranks)
        self._recent: deque[list[RankAnatomy]] = deque(maxlen=LOOKED_AT)
        self._named: set[tuple[int, str]] = set()

    def learn_anew(self, since_step: int) -> None:
        """The batch size is another one from that step on, and with it what each stage takes."""
        self._since_step = since_step
        self._recent.clear()
        if self._is_uneven:
            self._work = {phase: [inf] * len(works) for phase, works in self._work.items()}

    def look(self, anatomy: StepAnatomy) -> list[SlowRank]:
        """Look at one more step; returns what changed: a rank became slow, or is no longer."""
        if anatomy.step < self._since_step:
            return []
        self._recent.append(list(anatomy.ranks))
        if self._is_uneven:
            self._learn(anatomy.ranks)
        if len(anatomy.ranks) < 2 or len(self._recent) < LEAST_LOOKED_AT:
            return []
        found = []
        for phase in COMPUTED:
            ran = self._factors(phase, CERTAIN, by_clock=False)
            by_clock = not self._crowded and len(self._recent) == LOOKED_AT
            clock = self._factors(phase, 0.0, by_clock=True) if by_clock else ran
            for rank, (one, other) in enumerate(zip(ran, clock, strict=True)):
                factor, slow = max(one, other, key=lambda view: (view[1], view[0]))
                is_named = (rank, phase) in self._named
                if slow and not is_named:
                    self._named.add((rank, phase))
                elif is_named and factor < FAST_AGAIN * self._slow_factor:
                    self._named.discard((rank, phase))
                else:
                    continue
                found.append(
                    SlowRank(
                        at_s=anatomy.at_s,
                        step=anatomy.step,
                        rank=rank,
                        phase=phase,
                        factor=factor,
                        is_slow=slow,
                        by_clock=slow and not one[1],
                    )
                )
        return found

    def _learn(self, ranks: Sequence[RankAnatomy]) -> None:
        """What a stage takes is the least it ever took: what was measured before the first step may have been more."""
        for phase, works in self._work.items():
            for rank, seen in enumerate(ranks):
                seconds = _seconds(seen, PHASES.index(phase), by_clock=False)
                works[rank] = min(works[rank], seconds) if seconds > 0 else works[rank]

    def _factors(self, phase: str, certain: float, *, by_clock: bool) -> list[tuple[float, bool]]:
        """(factor, is slow) of each rank in a phase."""
        index, works = PHASES.index(phase), self._work[phase]
        if inf in works:  # a rank that was never seen in this phase
            return [(1.0, False)] * len(works)
        taken_s = [[_seconds(step[rank], index, by_clock) for step in self._recent] for rank in range(len(works))]
        paces = [median(seconds) / work for seconds, work in zip(taken_s, works, strict=True)]
        found = []
        for rank, seconds in enumerate(taken_s):
            expected_s = works[rank] * median(pace for number, pace in enumerate(paces) if number != rank)
            fast_s = sorted(seconds)[int(certain * len(seconds))]
            slow = fast_s / max(expected_s, 1e-9) >= self._slow_factor and fast_s - expected_s >= LEAST_S
            found.append((median(seconds) / max(expected_s, 1e-9), slow))
        return found


def _usual(info: RankInfo, number: int) -> float:
    """Seconds of a phase as measured before the first step; none measured (GPUs): whatever is seen first is less."""
    return max(info.usual_s[number], 1e-9) if info.usual_s else inf


def _seconds(rank: RankAnatomy, phase: int, by_clock: bool) -> float:
    spans = [span for span in rank.spans if span.phase == phase]
    return sum(span.duration_s if by_clock or span.on_core_s is None else span.on_core_s for span in spans)
