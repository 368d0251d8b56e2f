"""When the evaluator looks next, and at what: what costs much in a look has a clock of its own.

    rest   =  share x what a core worked for it       70: all of a look at a model that writes nothing
                                                     115: a text        180: validation, and what else there is
    next   =  when one of them has rested, but not before  1 s,  300 x what the ranks stood for the copy
    young  =  a tenth of all that, for the first five seconds: a model changes most when it begins

With one clock for both, whichever costs more would hold up the other. What came late, for a look was under way that
training left no core, is counted from when it was due: the next one is not later for that.
"""

from typing import NamedTuple

from engine.config.cards import workloads

EVERY_S = 1.0
COPY_SHARE = 300
WORK_SHARE = 70
"""The evaluator computes for at most 1.4 % of the time, in a run's first five seconds for at most a seventh. Where all
cores are wanted, training waits for as long and somewhat more; where one is free, memory is shared."""
TEXT_SHARE, VALIDATION_SHARE = 115, 180
"""Both together are no more: 1/115 + 1/180 < 1/70. Texts have the larger part, for they are what is waited for."""
YOUNG_S = 5.0
YOUNG_SHARE = 0.1
LATE_S = 4.0
"""So much of a delay is made up for: as long as a look takes where training leaves it no core."""


class Due(NamedTuple):
    """What a look is for: the model writes a text, if it is one that does; it is validated, and drawn."""

    writes: bool
    validates: bool


class LookPace:
    """The pace of one run's snapshots, from the first that was asked for on. All times are of one clock."""

    def __init__(self, workload: str) -> None:
        has_texts = "text" in workloads()[workload].pictures
        self._texts = _Clock(TEXT_SHARE) if has_texts else None
        self._others = _Clock(VALIDATION_SHARE if has_texts else WORK_SHARE)
        self._look_for = Due(has_texts, True)
        self._first_s: float | None = None
        self._asked_s = 0.0
        self._least_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for another snapshot."""
        return now_s >= self._least_s and any(self._due(now_s))

    def ask(self, now_s: float) -> None:
        """Note that a snapshot is asked for."""
        self._look_for, self._asked_s = self._due(now_s), now_s
        self._first_s = now_s if self._first_s is None else self._first_s
        self._least_s = now_s + self._shorter(EVERY_S)
        for clock in filter(None, (self._texts, self._others)):
            clock.begin(now_s)

    def copied(self, seconds: float, *, is_at_rest: bool) -> Due:
        """Note for how long the ranks stood for the copy; what the look at it is for. A run at rest is validated."""
        self._least_s = max(self._least_s, self._asked_s + self._shorter(COPY_SHARE * seconds))
        self._look_for = Due(self._look_for.writes, self._look_for.validates or is_at_rest)
        return self._look_for

    def looked(self, work_s: float, writing_s: float = 0.0) -> None:
        """Note for how long a core worked for the look, or for more of it, and for a text within that."""
        if self._texts is not None and not self._look_for.validates:
            writing_s = work_s  # it was for the text alone
        if self._texts is not None:
            self._texts.took(self._shorter(writing_s))
        self._others.took(self._shorter(work_s - writing_s))

    def _due(self, now_s: float) -> Due:
        return Due(self._texts is not None and self._texts.is_due(now_s), self._others.is_due(now_s))

    def _shorter(self, seconds: float) -> float:
        """The same, or a tenth of it in a look at a young run."""
        is_young = self._first_s is not None and self._asked_s - self._first_s < YOUNG_S
        return seconds * (YOUNG_SHARE if is_young else 1.0)


class _Clock:
    """When one part of looks is due."""

    def __init__(self, share: int) -> None:
        self._share = share
        self._next_s: float | None = None
        self._from_s = self._work_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it has rested."""
        return self._next_s is None or now_s >= self._next_s

    def begin(self, now_s: float) -> None:
        """Count what it takes from now on anew, from when it was due."""
        self._from_s = now_s if self._next_s is None else max(self._next_s, now_s - LATE_S)
        self._work_s = 0.0

    def took(self, work_s: float) -> None:
        """Note for how long a core worked for it, or for more of it."""
        self._work_s += work_s
        if self._work_s:
            self._next_s = self._from_s + self._share * self._work_s
