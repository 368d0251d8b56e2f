"""A large model is prepared with care for what trains meanwhile: each operation of it takes a tenth of a second.

Ranks that are prepared beside training give way: after an operation that had to wait for a core they rest for as long
as it waited.

    nobody else wants the core    | op | op | op |                       it waits for none, so it does not rest
    training wants it too         | op: half of the core | rest | op ..  training has two thirds of it, not half

A lower priority would do the same, but nobody can raise it again without a privilege when it is the rank's turn.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter, sleep, thread_time
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

from engine.ipc.sizes import ModelSizes

LARGE = 5e9
"""Weights times samples a step, from which on a step takes some half a second of one core: 6 operations each."""
SHORT_S = 0.001
"""So little of a wait is no sign of others."""


def is_large(weights: int, samples: int) -> bool:
    """A step takes half a second or more, by its size: the same on every rank, whatever its clock says."""
    return weights * samples >= LARGE


def way_to_prepare(sizes: ModelSizes | None, samples: int) -> AbstractContextManager[object]:
    """How to compute before it is the rank's turn, beside a crew that told its `sizes`; None: there is no such crew."""
    if sizes is not None and is_large(sizes.weight_bytes // sizes.number_bytes, samples):
        return GivingWay()
    return nullcontext()


class GivingWay(TorchDispatchMode):
    """While active, this thread rests after each operation for as long as it waited for a core in it.

    `rested_s` is for how long it has, all in all. Waiting for other ranks is no waiting for a core.
    """

    def __init__(
        self,
        now_s: Callable[[], float] = perf_counter,
        work_s: Callable[[], float] = thread_time,
        rest: Callable[[float], object] = sleep,
    ) -> None:
        super().__init__()
        self.rested_s = 0.0
        self._now_s, self._work_s, self._rest = now_s, work_s, rest

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Compute, and rest; let DTensor take its operations apart first."""
        if any(hasattr(kind, "to_local") for kind in types):
            return NotImplemented
        begin_s, begin_work_s = self._now_s(), self._work_s()
        result = func(*args, **(kwargs or {}))
        waited_s = self._now_s() - begin_s - (self._work_s() - begin_work_s)
        if waited_s > SHORT_S and "c10d" not in func.namespace:
            self.rested_s += waited_s
            self._rest(waited_s)
        return result
