"""Which of the steps taken apart is drawn: the one that shows best what a step is like, not the one that came last.

    27 ms | 61 ms | 28 ms | 26 ms | 31 ms (newest)      the nearest to the mode's mean, phase by phase; and the slowest

A step that waits for a core lasts as long as several others, so one alone says little beside a verdict on averages.
Before there is an average it is the nearest to their median.
Where nothing lies between them (single steps, slow ones) and after a pause each is drawn as it comes, for somebody
looks at just that one; so are those of ranks that run freely, which are several steps each.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from engine.events.ranks import StepAnatomy
from engine.metrics.mode_measure import ModeMeasure
from engine.rows import PHASES

LATEST = 8
"""Steps, of two seconds, that one is drawn of."""
PAUSE_S = 1.5
"""Between two steps taken apart, from which on the later one begins anew."""


class TypicalStep(msgspec.Struct, frozen=True):
    """The step to be drawn, of how many it is typical, and the one of them that lasted longest."""

    step: StepAnatomy
    count: int
    slowest: StepAnatomy


def typical_step(anatomies: Sequence[StepAnatomy], now: ModeMeasure | None) -> TypicalStep | None:
    """The step nearest to what was measured of the mode in force, of the latest; None where there is none.

    The newest of `anatomies` stands last.
    """
    latest = _latest(anatomies)
    if not latest:
        return None
    seconds = np.array([_seconds(anatomy) for anatomy in latest])  # (steps, phases + 1)
    usual = np.median(seconds, axis=0)
    if now is not None and now.step_s is not None and now.sums.counted and now.visits[-1:] == [latest[0].segment]:
        usual = np.append(now.phase_s, now.step_s)
    distance = np.abs(seconds - usual).sum(axis=1)
    return TypicalStep(latest[int(distance.argmin())], len(latest), latest[int(seconds[:, -1].argmax())])


def _latest(anatomies: Sequence[StepAnatomy]) -> list[StepAnatomy]:
    """The newest step, and those before it that are of its kind, back to the last pause."""
    found: list[StepAnatomy] = []
    for anatomy in reversed(anatomies):
        if found and (anatomy.segment != found[-1].segment or found[-1].at_s - anatomy.at_s > PAUSE_S):
            break
        is_alone = not anatomy.skipped or any(rank.step_begins_s for rank in anatomy.ranks)
        if found and is_alone:
            break
        found.append(anatomy)
        if is_alone or len(found) == LATEST:
            break
    return found


def _seconds(anatomy: StepAnatomy) -> list[float]:
    """Of a step by phase, a mean over ranks, and how long it lasted: phases + 1 numbers."""
    found = [0.0] * len(PHASES)
    for rank in anatomy.ranks:
        for span in rank.spans:
            found[span.phase] += span.duration_s / len(anatomy.ranks)
    return [*found, max((rank.seconds for rank in anatomy.ranks), default=0.0)]
