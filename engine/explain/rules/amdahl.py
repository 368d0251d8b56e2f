"""What of a step does not split, by Amdahl's law, told so that a class can hold on to it.

1 / speed = f + (1 - f) / n        f = (n / speed - 1) / (n - 1) of the step does not split

Told as exactly as the rates are known: to a point, or to 5 points, or to 10 where steps vary by much. What was told
stays until it is off by three quarters of that (an upper bound: until it is none, or is off by that and a quarter).
"""

from math import ceil

from engine.errors import Sentence
from engine.explain.rules.verdict import Figure

RATE_ERROR, COARSE, COARSEST = 0.03, 0.05, 0.1
"""To that part of it a rate is taken to be known; to so much what does not split is told, where it is no surer."""
STAYS = 0.75


def _whole(speed: float, ideal: float) -> float:
    """Of a step, what does not split, by Amdahl's law, where `ideal` times the threads are `speed` times as fast."""
    return min(1.0, max(0.0, (ideal / speed - 1) / (ideal - 1)))


def told(speed: float, ideal: float, *, at_most: bool, wanders: bool, before: float | None) -> float:
    """What does not split, as exactly as the rates tell, or as it was told `before` while that is near enough."""
    error, share = RATE_ERROR * ideal / speed / (ideal - 1), _whole(speed, ideal)
    step = COARSEST if wanders else COARSE if error >= COARSE / 2 else 0.01
    if before is not None and before == round(round(before / step) * step, 2):
        off = before - share
        if -1e-9 <= off < (0.5 + STAYS) * step if at_most else abs(off) < STAYS * step:
            return before
    found = min(1.0, ceil(share / step - 1e-9) * step) if at_most else round(share / step) * step
    return round(found, 2)


def percent(share: float, *, at_most: bool) -> Sentence:
    """Say in words what share of a step does not split."""
    return Sentence("at most {whole}" if at_most else "about {whole}", whole=f"{share:.0%}")


def figure(share: float, *, at_most: bool) -> Figure:
    """Show the number that stands in the sentence, too: whoever sees both must not ask which is right."""
    name = "does not split, by Amdahl's law, at most" if at_most else "does not split, by Amdahl's law"
    return Figure(name=name, value=share, unit="share", is_measured=False)
