"""What calls take of forward and backward: how long they are on the whole batch, and on one sample alone.

    forked |0.25 s  batch, sample |0.25 s  batch, sample |0.25 s ...        told: the quickest of each, of all moments

A first pass takes twenty times as long now and then, and what others take of the cores comes in stretches that are
longer than a few passes: at one moment alone, one of the two would be told too long, and with it what calls take.
"""

from collections.abc import Callable
from functools import partial
from time import perf_counter

from engine.anatomy import Calls
from engine.rank.state.weights import Weights

FEWEST_PASSES, PASSES, PASSES_S = 2, 5, 0.02
"""So many passes are timed at least, and at most; more than the fewest only until they took so long."""
LONG_S = 0.008
"""A model of which one sample takes so long is not timed on a whole batch beside training."""
AGAIN_S = 0.1
"""So long in all, about, it is timed again: a twentieth of the first two seconds."""

Pass = Callable[[], object]


class CallTimes:
    """Times `whole` and `one`, forward and backward on a batch and on one sample, of which gradients are let go."""

    def __init__(self, whole: Pass, one: Pass, weights: Weights, operations: Callable[[], int | None]) -> None:
        """`operations` counts those of torch on one sample, once; None where it is not torch that computes."""
        self._whole, self._one = partial(time_passes, whole, weights), partial(time_passes, one, weights)
        self.calls: Calls | None = None
        """None where one sample takes so long that nothing more is timed."""
        self._again_s = AGAIN_S
        if (sample_s := self._one()) <= LONG_S:
            self.calls = Calls(batch_s=self._whole(), sample_s=sample_s, operations=operations())

    def again(self) -> None:
        """Time both once more, at another moment, as long as there is time left for that."""
        before, begin_s = self.calls, perf_counter()
        if before is None or (1 + FEWEST_PASSES) * (before.batch_s + before.sample_s) > self._again_s:
            return
        self.calls = Calls(
            batch_s=min(before.batch_s, self._whole(passes=FEWEST_PASSES)),
            sample_s=min(before.sample_s, self._one(passes=FEWEST_PASSES)),
            operations=before.operations,
        )
        self._again_s -= perf_counter() - begin_s


def time_passes(forward_backward: Pass, weights: Weights, passes: int = PASSES) -> float:
    """Seconds that forward and backward take: the quickest of so many passes at most, after one whose caches are cold.

    Gradients are let go.
    """
    forward_backward()
    weights.forget_gradients()
    taken: list[float] = []
    while len(taken) < FEWEST_PASSES or (len(taken) < passes and sum(taken) < PASSES_S):
        begin_s = perf_counter()
        forward_backward()
        taken.append(perf_counter() - begin_s)
        weights.forget_gradients()
    return min(taken)
