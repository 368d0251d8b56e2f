"""A rank process from its first instruction to its last: `python -m engine.rank PARENT_PID RING_PATH PACE`.

    start  ->  spare (torch imported, warm)  ->  assigned (model built, group joined)  ->  the loop  ->  exit

Started by `engine.process`, never by hand.
"""

import gc
import os
import signal
import sys
import time
import traceback

from engine.rank.control import Control, Gentle, die_with_parent
from engine.ring import RING_BYTES, RingWriter
from engine.shared_memory import open_shared
from engine.wire import Assign, Begin, Crashed, Finished, Hello, Ready

FAILED = 3
LOOPBACK = {"linux": "lo", "darwin": "lo0"}


def main(parent_pid: int, ring_path: str, pace: str) -> int:
    """Live through one assignment. Exit status: 0 done, 3 raised (reported as Crashed)."""
    die_with_parent(parent_pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The standard streams belong to the session; what libraries print goes to stderr.
    orders, reports = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    control = Control(orders, reports, Gentle() if pace == "gently" else None)
    rank = None
    try:
        if sys.platform in LOOPBACK:
            os.environ["GLOO_SOCKET_IFNAME"] = LOOPBACK[sys.platform]  # peers are on this machine: no other interface
        ring = RingWriter(open_shared(ring_path, RING_BYTES))

        # 300,000 objects come with torch, and all stay. To look for garbage among them makes importing a fifth longer;
        # frozen, they are not looked at between steps either (0.1 s each time).
        gc.disable()
        from engine.rank.probe import probe, warm_torch

        warm_torch()
        gc.freeze()
        gc.enable()
        control.report(Hello(torch=probe(), modules=tuple(sorted(sys.modules))))
        assign = control.direct.get()
        assert isinstance(assign, Assign)
        begin_s = time.perf_counter()

        from engine.rank.boundary import Boundary
        from engine.rank.loop import train
        from engine.rank.rank import Rank

        rank = Rank(assign, control, ring)
        rank.warm_up()
        control.report(Ready(info=rank.info(), seconds=time.perf_counter() - begin_s))
        begin = control.direct.get()
        assert isinstance(begin, Begin)
        rank.load(begin.state)
        boundary = Boundary(rank, begin)
        boundary.report_applied()
        rank.trace.resume()
        train(rank, boundary)
        rank.leave()
        control.report(Finished(step=rank.progress.step))
        control.flush()
        return 0
    except BaseException as error:
        step = rank.progress.step if rank else -1
        reason = f"{type(error).__name__}: {error}".strip()
        control.report(Crashed(step=step, reason=reason, details=traceback.format_exc()))
        control.flush()
        return FAILED


if __name__ == "__main__":
    # os._exit: torch's threads and a broken process group may not hold up the end; everything is flushed by then.
    os._exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
