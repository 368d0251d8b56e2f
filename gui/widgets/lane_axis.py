"""How long the time axis of the lanes is.

It stays as it is from step to step, so that a slow step looks slow, until it is asked to fit. The first steps of a
mode, which may be longer or shorter than those that follow, get another where they are longer than the axis or less
than two fifths of it; and so do later ones, of which most are so. An axis that somebody has zoomed stays.
"""

from collections import deque

ROOM = 1.25
LEAST_SHARE = 0.4
"""Of the axis, that steps must take, or they get an axis of their own."""
FIRST_STEPS = 8
"""So many steps that are drawn are a mode's first: those that warm it up, and some after them. Of later ones the last
so many are judged together."""


class LaneAxis:
    """The lanes' time axis: its length in seconds, 0 before there is any step."""

    def __init__(self) -> None:
        self.length_s = 0.0
        self._num_drawn = 0
        """Steps of this mode; `FIRST_STEPS` also when somebody has chosen the axis."""
        self._latest_s: deque[float] = deque(maxlen=FIRST_STEPS)
        """How long the steps drawn last were, since the axis is as it is."""
        self._is_zoomed = False

    def follows(self, step_s: float, *, is_new_mode: bool) -> bool:
        """Take in that a step of that length is drawn; whether the axis is now another one."""
        if is_new_mode:
            self._num_drawn, self._is_zoomed = 0, False
        self._num_drawn += 1
        self._latest_s.append(step_s)
        latest = self._latest_s if self._num_drawn > FIRST_STEPS else [step_s]
        if self._is_zoomed or (latest is self._latest_s and len(latest) < FIRST_STEPS):
            return False
        longer = [seconds for seconds in latest if seconds > self.length_s]
        shorter = [seconds for seconds in latest if seconds < self.length_s * LEAST_SHARE]
        for unfit in (longer, shorter):
            if 2 * len(unfit) > len(latest):
                self._be(max(unfit))
                return True
        return False

    def fit(self, step_s: float) -> None:
        """Be as long as this step, with some room for longer ones."""
        self._be(step_s)
        self._num_drawn, self._is_zoomed = FIRST_STEPS, False

    def keep(self) -> None:
        """Keep what somebody has zoomed to, as long as this mode lasts."""
        self._num_drawn, self._is_zoomed = FIRST_STEPS, True

    def _be(self, step_s: float) -> None:
        self.length_s = step_s * ROOM
        self._latest_s.clear()
