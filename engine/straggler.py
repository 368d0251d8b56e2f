"""Which rank is slow, and in what? Told by what each computes, waiting left out, over the last steps taken apart.

    factor = median of a rank's seconds in a phase / what it should be by its peers' seconds

Stages of a pipeline are compared too, each by the share of the work that was measured when the model was cut. A
collective hides a slow rank (all leave it at the same moment), so seconds in it count for nothing here. Where ranks
share cores, each has to stand back now and then: there only the time counts in which a rank really ran.
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
"""For the stages of a pipeline: whole layers cannot be dealt out quite evenly."""
CERTAIN = 0.3
"""Of a rank's steps, this share at most may be faster than that: a core taken away now and then is no slow rank."""
FAST_AGAIN = 1.25
LEAST_S = 0.3e-3
"""A difference below this is noise on any machine."""


class Stragglers:
    """Give it every step taken apart of one segment; it answers when a rank has become slow, or is no longer."""

    def __init__(self, ranks: Sequence[RankInfo]) -> None:
        self._work = [info.work_frac for info in ranks]
        self._slow_factor = UNEQUAL_FACTOR if len(set(self._work)) > 1 else SLOW_FACTOR
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
            index = PHASES.index(phase)
            taken_s = [[self._seconds(step[rank], index) for step in self._recent] for rank in range(len(self._work))]
            paces = [median(seconds) / work for seconds, work in zip(taken_s, self._work, strict=True)]
            for rank, seconds in enumerate(taken_s):
                expected_s = self._work[rank] * median(pace for number, pace in enumerate(paces) if number != rank)
                factor = median(seconds) / max(expected_s, 1e-9)
                is_named = (rank, phase) in self._named
                fast_s = sorted(seconds)[int(CERTAIN * len(seconds))]
                slow = fast_s / max(expected_s, 1e-9) >= self._slow_factor and fast_s - expected_s >= LEAST_S
                if slow and not is_named:
                    self._named.add((rank, phase))
                elif is_named and factor < FAST_AGAIN:
                    self._named.discard((rank, phase))
                else:
                    continue
                found.append(
                    SlowRank(at_s=anatomy.at_s, step=anatomy.step, rank=rank, phase=phase, factor=factor, is_slow=slow)
                )
        return found

    def _seconds(self, rank: RankAnatomy, phase: int) -> float:
        spans = [span for span in rank.spans if span.phase == phase]
        if self._crowded:
            return sum(span.duration_s if span.on_core_s is None else span.on_core_s for span in spans)
        return sum(span.duration_s for span in spans)
