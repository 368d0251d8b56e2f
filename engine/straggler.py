"""Which rank is slow, and in what? Told by what each computes, waiting left out, over the last steps taken apart.

    factor = median of a rank's seconds in a phase / median of its peers' medians

Stages of a pipeline are compared too: they were cut to be nearly equal. A collective hides a slow rank (all leave it at
the same moment), so seconds in it count for nothing here.
"""

from collections import deque
from statistics import median

from engine.anatomy import RankAnatomy
from engine.events import PHASES, SlowRank, StepAnatomy
from engine.mode import ComputeMode

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

    def __init__(self, mode: ComputeMode) -> None:
        self._slow_factor = UNEQUAL_FACTOR if mode.degree("pp") > 1 else SLOW_FACTOR
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
            typical_s = [
                median(_seconds(step[rank], index) for step in self._recent) for rank in range(len(anatomy.ranks))
            ]
            for rank, seconds in enumerate(typical_s):
                peers_s = median(other for number, other in enumerate(typical_s) if number != rank)
                factor = seconds / max(peers_s, 1e-9)
                is_named = (rank, phase) in self._named
                fast_s = sorted(_seconds(step[rank], index) for step in self._recent)[int(CERTAIN * len(self._recent))]
                slow = fast_s / max(peers_s, 1e-9) >= self._slow_factor and fast_s - peers_s >= LEAST_S
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


def _seconds(rank: RankAnatomy, phase: int) -> float:
    return sum(span.duration_s for span in rank.spans if span.phase == phase)
