"""When a costly part of a look is due again: so many times as seldom as it takes a core, and soon while a run is young.

next = begin + the shorter of  share x what a core worked for it,  1 s + the time since the first one began
"""

FIRST_S = 1.0


class PartPace:
    """The pace of one part, by one clock: what takes 0.1 s of a core comes every 0.1 `share` seconds at most."""

    def __init__(self, share: int) -> None:
        self._share = share
        self._first_s: float | None = None
        self._next_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for another."""
        return now_s >= self._next_s

    def took(self, begin_s: float, work_s: float) -> None:
        """Note when one was begun, and for how long a core worked for it."""
        self._first_s = begin_s if self._first_s is None else self._first_s
        self._next_s = begin_s + min(FIRST_S + begin_s - self._first_s, self._share * work_s)
