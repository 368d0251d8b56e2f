"""How a rank waits for another through memory: first it lends its core for a moment, then it sleeps between looks."""

import os
import time

NAP_S = 0.0002
_can_yield = hasattr(os, "sched_yield")  # not on Windows


def give_way(looks: int, yields: int, nap_s: float = NAP_S) -> None:
    """Between two looks at what is waited for; `looks` so far, of which the first `yields` only yield the core.

    The sleep is not a synchronisation: the caller's condition is. Who waits that long waits for something slow.
    """
    if looks < yields and _can_yield:
        os.sched_yield()
    else:
        time.sleep(nap_s)
