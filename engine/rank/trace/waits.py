"""Where a rank waits for a message, timed: torch has no hook for that, so its two ways of waiting are wrapped, once.

    Work.wait                             FSDP, pipelines, plain collectives
    functional_collectives.wait_tensor    DTensor: collectives only

What DDP's reducer waits for inside C++ is not seen here; data parallel tells it by the last gradient instead.
"""

from time import perf_counter
from typing import Any

from engine.rank.place.slowdown import Link
from engine.rank.trace.host_trace import Trace

SEND = 12
"""torch::distributed::OpType, which has no names in Python."""


def tell_waits(trace: Trace, link: Link) -> None:
    """From now on every wait is told to `trace`, and `link` may make it longer."""
    import torch.distributed as dist
    from torch.distributed import _functional_collectives as functional

    work_wait, wait_tensor = dist.Work.wait, functional.wait_tensor

    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        begin_s = perf_counter()
        try:
            if link.delay_s and self._get_op_type() != SEND:  # it is the receiver to whom a message comes late
                link.delay()
            return work_wait(self, *args, **kwargs)
        finally:
            trace.aside(begin_s, perf_counter(), collective=False)

    def wait_for(tensor: Any) -> Any:
        begin_s = perf_counter()
        try:
            link.delay()
            return wait_tensor(tensor)
        finally:
            trace.aside(begin_s, perf_counter(), collective=True)

    dist.Work.wait = wait  # type: ignore[method-assign]
    functional.wait_tensor = wait_for
