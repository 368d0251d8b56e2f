"""Times in the order in which they were told should rise: which of them to believe where they do not.

1.0  1.1  9e8  1.3  1.4      one is later than all that follow: 9e8 is wrong
1.0  1.1  0.2  1.3  1.4      one is earlier than all before it: 0.2 is wrong
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

MOST_FALLS = 10_000
"""Where times fall more often than this, they are not looked at one by one: any that was overtaken is left out."""


def rising(at_s: npt.NDArray[np.float64], early_s: float) -> npt.NDArray[np.bool_]:
    """Which of these times (seconds, none a NaN) to keep so that each is at most `early_s` earlier than the one before.

    Where they fall further, the fewer are wrong: those before it that are later, or those behind it that are earlier.
    """
    keep = np.ones(len(at_s), bool)
    falls = 1 + np.flatnonzero(at_s[1:] < at_s[:-1] - early_s)
    if len(falls) > MOST_FALLS:
        return at_s >= np.maximum.accumulate(at_s) - early_s
    risen: list[tuple[int, int]] = []  # stretches kept so far, each of them rising, and all of them together
    for begin, end in pairwise([0, *falls.tolist(), len(at_s)]) if len(falls) else ():
        late = 0
        for earlier in reversed(risen):
            over = earlier[1] - earlier[0] - int(np.searchsorted(at_s[slice(*earlier)], at_s[begin], "right"))
            late += over
            if over < earlier[1] - earlier[0]:
                break
        latest_s = at_s[risen[-1][1] - 1] if risen else 0.0
        early = int(np.searchsorted(at_s[begin:end], latest_s))
        if late > early:
            keep[begin : begin + early] = False
            risen += [(begin + early, end)] if begin + early < end else []
            continue
        while late:
            earlier = risen.pop()
            gone = min(late, earlier[1] - earlier[0])
            keep[earlier[1] - gone : earlier[1]] = False
            late -= gone
            risen += [(earlier[0], earlier[1] - gone)] if earlier[1] - gone > earlier[0] else []
        risen.append((begin, end))
    return keep
