"""Which of the steps taken apart is drawn: the one that shows best what a step is like, not the one that came last.

    27 ms | 61 ms | 28 ms | 26 ms | 31 ms (newest)      the nearest to the median of all steps of the mode; the slowest

A step that waits for a core lasts as long as several others, so one alone says little. Steps taken apart are few: where
none of the latest is as long as most steps of the mode since its warm-up, an earlier one is drawn. Among those that are
alike in length it is the one nearest to the mode's mean, phase by phase.
Where nothing lies between them (single steps, slow ones) and after a pause each is drawn as it comes, for somebody
looks at just that one; so are those of ranks that run freely, which are several steps each.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from engine.events.ranks import StepAnatomy
from engine.metrics.mode_measure import Floats, ModeMeasure
from engine.rows import PHASES

LATEST, EARLIER = 8, 32
"""Steps, of two seconds, that one is drawn of; of eight seconds, where none of those is like most steps."""
NEAR = 0.1
"""As a part of the median: so near to it is a step that is like most."""
PAUSE_S = 1.5
"""Between two steps taken apart, from which on the later one begins anew."""


class TypicalStep(msgspec.Struct, frozen=True):
    """The step to be drawn, of how many it is typical, and the one of them that lasted longest."""

    step: StepAnatomy
    count: int
    slowest: StepAnatomy


def typical_step(anatomies: Sequence[StepAnatomy], now: ModeMeasure | None) -> TypicalStep | None:
    """The step nearest to the median of all of the mode in force, of the latest; None where there is none.

    The newest of `anatomies` stands last.
    """
    latest = _latest(anatomies, LATEST)
    if not latest:
        return None
    lengths = [_seconds(anatomy)[-1] for anatomy in latest]
    slowest = latest[int(np.argmax(lengths))]
    median_s = _median_s(now, latest[0])
    if len(latest) == 1 or median_s is None:
        usual = np.median([_seconds(anatomy) for anatomy in latest], axis=0)
        return TypicalStep(_nearest(latest, usual), len(latest), slowest)
    pool = latest
    if min(abs(length_s - median_s) for length_s in lengths) > NEAR * median_s:
        pool = _latest(anatomies, EARLIER)
    off_s = {id(anatomy): abs(_seconds(anatomy)[-1] - median_s) for anatomy in pool}
    near = [anatomy for anatomy in pool if off_s[id(anatomy)] <= NEAR * median_s]
    if not near:
        return TypicalStep(min(pool, key=lambda anatomy: off_s[id(anatomy)]), len(pool), slowest)
    assert now is not None
    shares = now.phase_s / now.step_s if now.step_s else now.phase_s
    return TypicalStep(_nearest(near, np.append(shares * median_s, median_s)), len(pool), slowest)


def _median_s(now: ModeMeasure | None, newest: StepAnatomy) -> float | None:
    """What most steps of the mode take; None where that is of another mode, or ranks run freely."""
    is_its = now is not None and now.steps > 0 and now.visits[-1:] == [newest.segment]
    return now.median_s if now is not None and is_its and not any(rank.step_begins_s for rank in newest.ranks) else None


def _nearest(steps: list[StepAnatomy], usual: Floats) -> StepAnatomy:
    distance = np.abs(np.array([_seconds(anatomy) for anatomy in steps]) - usual).sum(axis=1)
    return steps[int(distance.argmin())]


def _latest(anatomies: Sequence[StepAnatomy], most: int) -> list[StepAnatomy]:
    """The newest step, and those before it that are of its kind, back to the last pause."""
    found: list[StepAnatomy] = []
    for anatomy in reversed(anatomies):
        if found and (anatomy.segment != found[-1].segment or found[-1].at_s - anatomy.at_s > PAUSE_S):
            break
        is_alone = not anatomy.skipped or any(rank.step_begins_s for rank in anatomy.ranks)
        if found and is_alone:
            break
        found.append(anatomy)
        if is_alone or len(found) == most:
            break
    return found


def _seconds(anatomy: StepAnatomy) -> list[float]:
    """Of a step by phase, a mean over ranks, and how long it lasted: phases + 1 numbers."""
    found = [0.0] * len(PHASES)
    for rank in anatomy.ranks:
        for span in rank.spans:
            found[span.phase] += span.duration_s / len(anatomy.ranks)
    return [*found, max((rank.seconds for rank in anatomy.ranks), default=0.0)]
