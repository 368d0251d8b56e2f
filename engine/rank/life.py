"""A rank process from its assignment to its last instruction.

assigned  ->  model built, group joined, warm  ->  Ready  ->  state loaded  ->  the loop  ->  exit

The first order says what it becomes: a rank, or the evaluator of a run (`evaluator/`), which no crew knows of, or only
a process that works out how much memory ranks would take (`estimate.py`).
"""

import mmap
import os
import traceback
from collections.abc import Sequence

from engine.errors import RequestError
from engine.ipc.control import Control
from engine.ipc.orders import Assign, Begin, Estimate, Evaluate, Open
from engine.ipc.reports import Crashed, Finished, Hello, Ready
from engine.ipc.ring import RING_BYTES, RingWriter
from engine.rank.place.files import CrewFiles

FAILED = 3


def live(orders: int, reports: int, ring: int, files: Sequence[int]) -> int:
    """Live through one assignment. Exit status: 0 done, 3 raised (reported as Crashed).

    `orders`, `reports` and `ring` are descriptors, `files` those of the crew; empty, an order names them.
    """
    control = Control(os.fdopen(orders, "rb"), os.fdopen(reports, "wb"))
    rank = None
    try:
        from engine.rank.boundary import Boundary
        from engine.rank.huge_pages import take_huge_pages
        from engine.rank.loop import train
        from engine.rank.rank import Rank

        writer = RingWriter(mmap.mmap(ring, RING_BYTES))
        crew_files = CrewFiles.inherited(files) if files else _opened(control)
        assign = control.direct.get()
        if isinstance(assign, Evaluate):
            from engine.rank.evaluator.evaluator import evaluate

            evaluate(assign, control, crew_files.snapshot)
        if isinstance(assign, Estimate):
            from engine.rank.estimate import estimate

            estimate(assign, control)
            control.flush()
            return 0
        assert isinstance(assign, Assign)
        take_huge_pages()
        rank = Rank(assign, control, writer, crew_files)
        rank.warm_up()
        control.report(Ready(info=rank.info()))
        begin = control.direct.get()
        assert isinstance(begin, Begin)
        rank.load(begin)
        boundary = Boundary(rank, begin)
        boundary.report_applied()
        rank.trace.resume()
        train(rank, boundary)
        rank.leave()
        control.report(Finished(step=rank.progress.step))
        control.flush()
        return 0
    except RequestError as refusal:
        control.report(Crashed(step=-1, reason=str(refusal), details=""))
        control.flush()
        return FAILED
    except BaseException as error:
        step = rank.progress.step if rank else -1
        reason = f"{type(error).__name__}: {error}".strip()
        control.report(Crashed(step=step, reason=reason, details=traceback.format_exc()))
        control.flush()
        return FAILED


def _opened(control: Control) -> CrewFiles:
    order = control.direct.get()
    assert isinstance(order, Open)
    return CrewFiles.opened(order.paths)


def probe(orders: int, reports: int) -> int:
    """Report what torch finds here, and end."""
    from engine.rank.probe import probe

    control = Control(os.fdopen(orders, "rb"), os.fdopen(reports, "wb"))
    control.report(Hello(torch=probe()))
    control.flush()
    return 0
