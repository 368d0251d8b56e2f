"""When the evaluator looks next: once a second, later where looks cost much, and more often while a run is young.

rest   =  the longest of  1 s,  300 x what the ranks stood for the copy,  70 x what a core worked for the look
young  =  a tenth of that, for the first five seconds: a model changes most when it begins
"""

EVERY_S = 1.0
COPY_SHARE = 300
WORK_SHARE = 70
"""The evaluator computes for at most 1.4 % of the time, in a run's first five seconds for at most a seventh. Where all
cores are wanted, training waits for as long and somewhat more; where one is free, memory is shared."""
YOUNG_S = 5.0
YOUNG_SHARE = 0.1


class LookPace:
    """The pace of one run's snapshots, from the first that was asked for on. All times are of one clock."""

    def __init__(self) -> None:
        self._first_s: float | None = None
        self._asked_s = 0.0
        self._next_s = 0.0
        self._work_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for another snapshot."""
        return now_s >= self._next_s

    def ask(self, now_s: float) -> None:
        """Note that a snapshot is asked for."""
        self._asked_s = now_s
        self._first_s = now_s if self._first_s is None else self._first_s
        self._next_s = self._work_s = 0.0
        self._rest(EVERY_S)

    def copied(self, seconds: float) -> None:
        """Note for how long the ranks stood for the copy."""
        self._rest(COPY_SHARE * seconds)

    def looked(self, work_s: float) -> None:
        """Note for how long a core worked for the look, or for a part of it more."""
        self._work_s += work_s
        self._rest(WORK_SHARE * self._work_s)

    def _rest(self, seconds: float) -> None:
        is_young = self._first_s is not None and self._asked_s - self._first_s < YOUNG_S
        self._next_s = max(self._next_s, self._asked_s + seconds * (YOUNG_SHARE if is_young else 1.0))
