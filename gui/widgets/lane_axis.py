"""How long the time axis of the lanes is.

It stays as it is from step to step, so that a slow step looks slow, until it is asked to fit. The first steps of a
mode, which may be longer or shorter than those that follow, get another where they are longer than the axis or less
than two fifths of it; and so do later ones, of which most are so. A step that stays drawn as others come, for it is
what they are like, counts with each of them where it is longer: its end is not out of sight for long. An axis that
somebody has zoomed stays. Once what was slow on purpose is so no more, the next step gets an axis of its own.
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
        self._stood_s: deque[float] = deque(maxlen=FIRST_STEPS)
        """The same of the step that was drawn as each of the last ones came: one that stays is here several times."""
        self._is_zoomed = False

    def follows(self, step_s: float, *, is_new_mode: bool, stays: bool = False) -> bool:
        """Take in that a step of that length is drawn; whether the axis is now another one.

        `stays`: it was drawn before, and is so still after another has come.
        """
        if is_new_mode:
            self._num_drawn, self._is_zoomed = 0, False
        self._stood_s.append(step_s)
        if not stays:
            self._num_drawn += 1
            self._latest_s.append(step_s)
        if self._is_zoomed:
            return False
        is_first = self._num_drawn <= FIRST_STEPS
        stood_s, latest_s = ([step_s], [step_s]) if is_first else (self._stood_s, self._latest_s)
        longer = [seconds for seconds in stood_s if seconds > self.length_s]
        shorter = [seconds for seconds in latest_s if seconds < self.length_s * LEAST_SHARE]
        for unfit, among in ((longer, stood_s), (shorter, latest_s)):
            if 2 * len(unfit) > len(among) and (is_first or len(among) == FIRST_STEPS):
                self._be(max(unfit))
                return True
        return False

    def free(self) -> None:
        """Fit the next step anew, as that of a first mode: steps were slow on purpose, and are so no more."""
        if not self._is_zoomed:
            self._num_drawn, self.length_s = 0, 0.0

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
        self._stood_s.clear()
