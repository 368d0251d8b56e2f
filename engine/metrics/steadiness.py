"""Whether a rate has settled: enough was made since something changed, and the last seconds agree with each other.

settled = 20 steps and 2 s of computing (or 6 steps and 4 s), and the rates of the last two times 1 s differ by less
than 15 %, or 8 s are over: what does not come to rest is told as it is.
"""

from collections import deque
from math import ceil

STEPS, SECONDS = 20, 2.0
FEW_STEPS, LONG_SECONDS = 6, 4.0
HALF_S = 1.0
BLOCK_S = 0.25
STEADY = 0.15
ANYHOW_S = 8.0


def is_enough(steps: int, seconds: float) -> bool:
    """Whether so many steps, in so many seconds of computing, say what a mode is worth, steady or not."""
    return (steps >= STEPS and seconds >= SECONDS) or (steps >= FEW_STEPS and seconds >= LONG_SECONDS)


class Steadiness:
    """Takes in what was made since the last change; `is_settled` may be asked at any time."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Something has changed: what was before counts no more."""
        self.steps, self.seconds = 0, 0.0
        self._blocks: deque[tuple[float, float]] = deque()
        """Units and seconds, the newest last."""

    def add(self, units: float, seconds: float, steps: int) -> None:
        """Take in so many more units, made in so many seconds of computing."""
        self.steps += steps
        self.seconds += seconds
        if self._blocks and self._blocks[-1][1] < BLOCK_S:
            last_units, last_s = self._blocks.pop()
            units, seconds = units + last_units, seconds + last_s
        self._blocks.append((units, seconds))
        while sum(block[1] for block in self._blocks) - self._blocks[0][1] > 2 * HALF_S:
            self._blocks.popleft()

    @property
    def has_enough(self) -> bool:
        """Whether enough was made, steady or not."""
        return is_enough(self.steps, self.seconds)

    @property
    def steps_wanted(self) -> int:
        """After how many steps enough is made, by what a step takes so far; two digits, for who counts along."""
        if not self.seconds:
            return STEPS
        a_second = self.steps / self.seconds
        many, few = max(STEPS, ceil(SECONDS * a_second)), max(FEW_STEPS, ceil(LONG_SECONDS * a_second))
        count = max(min(many, few), self.steps)
        rounded: int = 10 ** max(0, len(str(count)) - 2)
        return -(-count // rounded) * rounded

    @property
    def is_settled(self) -> bool:
        """Whether the rate can be relied on."""
        return self.has_enough and (self.seconds >= ANYHOW_S or self._is_steady())

    def _is_steady(self) -> bool:
        half = len(self._blocks) // 2
        blocks = list(self._blocks)
        if not half:
            return False
        rates = [
            sum(u for u, _ in part) / max(1e-9, sum(s for _, s in part)) for part in (blocks[:half], blocks[half:])
        ]
        return abs(rates[1] - rates[0]) < STEADY * max(rates[0], 1e-9)
