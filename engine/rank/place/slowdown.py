"""Made slow on purpose, for the class: one rank that computes slower, a link on which every message takes longer.

What is added is really spent: a core is kept busy, a message is really late. Whoever shows figures of it says that
there was a slowdown.
"""

import time
from time import thread_time

BOTH = "compute"
RAISE = "raise"
"""In place of a phase: raise an error at the next forward pass."""


class Slowdown:
    """Makes phases of this rank take `factor` times as long as they would, by computing in vain.

    Counted is the time that the rank's thread runs: waiting within a phase (for a gathered weight, say) does not
    multiply, and where there are more ranks than cores, the slowdown is as great as where there are not.
    """

    def __init__(self) -> None:
        self._factor = 1.0
        self._phases: tuple[str, ...] = ()
        self._natural_s = {"forward": 0.0, "backward": 0.0}
        self._open = ""
        self._open_s = 0.0

    def set(self, factor: float, phase: str) -> None:
        """From now on `phase` takes `factor` times as long; a factor of 1 ends the slowdown."""
        self._factor = factor
        self._phases = ("forward", "backward") if phase == BOTH else (phase,)
        self._open = ""

    def enter(self, phase: str) -> None:
        """`phase` begins ("": the last one has ended): what is added to it is spent before its real work is done.

        Raises:
            RuntimeError: an error was asked for.
        """
        if self._factor == 1.0:
            return
        if self._phases == (RAISE,):
            raise RuntimeError("this error was asked for on purpose")
        now_s = thread_time()
        if self._open:
            self._natural_s[self._open] = now_s - self._open_s
        if phase in self._phases:
            until_s = now_s + (self._factor - 1) * self._natural_s[phase]
            while thread_time() < until_s:
                pass
        self._open, self._open_s = phase, thread_time()


class Link:
    """Adds a delay to every message this rank waits for."""

    def __init__(self) -> None:
        self.delay_s = 0.0

    def delay(self) -> None:
        """Sleep for the delay: called once a message, where it is waited for."""
        if self.delay_s:
            time.sleep(self.delay_s)
