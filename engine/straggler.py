"""Which rank is slow, and in what? Told by what each computes, waiting left out, over the last steps taken apart.

    factor = median of a rank's seconds in a phase / what it should be by its peers' seconds

Seconds are those in which the rank's thread really ran: by the clock alone a rank looks slow whenever a library's
thread or another rank had its core. A rank that never gets its core is slow too, where there is one for each: that is
told by the clock, if none of the last steps was faster. Stages of a pipeline are compared by what each took at best. A
collective hides a slow rank (all leave it at the same moment), so seconds in it count for nothing here.
"""

from collections import deque
from collections.abc import Sequence
from statistics import median

from engine.anatomy import RankAnatomy
from engine.events import PHASES, RankInfo, SlowRank, StepAnatomy

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

    def __init__(self, ranks: Sequence[RankInfo]) -> None:
        usual_s = [info.usual_s for info in ranks]
        self._work = {
            phase: [max(usual[number], 1e-9) if usual else 1.0 for usual in usual_s]
            for number, phase in enumerate(COMPUTED)
        }
        self._is_uneven = any(usual_s)
        self._slow_factor = UNEQUAL_FACTOR if self._is_uneven else SLOW_FACTOR
        self._crowded = any(info.cores and info.cores < sum(other.threads for other in ranks) for info in ranks)
        self._recent: deque[list[RankAnatomy]] = deque(maxlen=LOOKED_AT)
        self._named: set[tuple[int, str]] = set()

    def look(self, anatomy: StepAnatomy) -> list[SlowRank]:
        """News, if any."""
        self._recent.append(list(anatomy.ranks))
        if len(anatomy.ranks) < 2 or len(self._recent) < LEAST_LOOKED_AT:
            return []
        found = []
        for phase in COMPUTED:
            if self._is_uneven:
                self._learn(phase, anatomy.ranks)
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
                    SlowRank(at_s=anatomy.at_s, step=anatomy.step, rank=rank, phase=phase, factor=factor, is_slow=slow)
                )
        return found

    def _learn(self, phase: str, ranks: Sequence[RankAnatomy]) -> None:
        """What a stage takes is the least it ever took: what was measured before the first step may have been more."""
        works = self._work[phase]
        for rank, seen in enumerate(ranks):
            seconds = _seconds(seen, PHASES.index(phase), by_clock=False)
            works[rank] = min(works[rank], seconds) if seconds > 0 else works[rank]

    def _factors(self, phase: str, certain: float, *, by_clock: bool) -> list[tuple[float, bool]]:
        """(factor, is slow) of each rank in a phase."""
        index, works = PHASES.index(phase), self._work[phase]
        taken_s = [[_seconds(step[rank], index, by_clock) for step in self._recent] for rank in range(len(works))]
        paces = [median(seconds) / work for seconds, work in zip(taken_s, works, strict=True)]
        found = []
        for rank, seconds in enumerate(taken_s):
            expected_s = works[rank] * median(pace for number, pace in enumerate(paces) if number != rank)
            fast_s = sorted(seconds)[int(certain * len(seconds))]
            slow = fast_s / max(expected_s, 1e-9) >= self._slow_factor and fast_s - expected_s >= LEAST_S
            found.append((median(seconds) / max(expected_s, 1e-9), slow))
        return found


def _seconds(rank: RankAnatomy, phase: int, by_clock: bool) -> float:
    spans = [span for span in rank.spans if span.phase == phase]
    return sum(span.duration_s if by_clock or span.on_core_s is None else span.on_core_s for span in spans)
