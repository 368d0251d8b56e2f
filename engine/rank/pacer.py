"""Not faster than asked for: before a step the ranks wait, asleep, until it is time, or until something urgent comes.

    step --|..... asleep .....|-- step --|..... asleep .....|-- step      from begin to begin: one over `steps_per_s`

Each rank waits by its own clock. Ranks other than 0 wake a moment earlier and find the gate shut until rank 0 opens it:
so all begin together, and none gets later and later. A step's time does not count the wait before it; one that nothing
was waited for is like any other.
"""

from time import perf_counter

from engine.ipc.control import Control

EARLY_S = 0.001


class Pacer:
    """The pace of one rank; `steps_per_s` None: as fast as it can."""

    def __init__(self, control: Control, steps_per_s: float | None, *, leads: bool) -> None:
        self.steps_per_s = steps_per_s
        self._control = control
        self._early_s = 0.0 if leads else EARLY_S
        self._begun_s = 0.0

    def wait(self, applied: int) -> bool:
        """Wait until the next step may begin, or until an urgent order is there, of which `applied` are done.

        False: there was nothing to wait for, for the step before took as long as that.
        """
        if self.steps_per_s is None:
            return False
        left_s = self._begun_s + 1 / self.steps_per_s - self._early_s - perf_counter()
        if left_s > 0:
            self._control.wait_for_urgent(applied, left_s)
        return left_s > 0

    def begin(self) -> None:
        """Note that a step begins now."""
        self._begun_s = perf_counter()
