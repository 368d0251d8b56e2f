"""A spare: a process that imports torch and then waits to become a rank: `python -m engine.rank RING_PATH`.

Used where the system cannot fork (see `engine/session/spares.py`); elsewhere ranks come from `engine/rank/server.py`.
"""

import os
import signal
import sys

from engine.ipc.reports import Hello
from engine.ipc.shared_memory import open_descriptor
from engine.ipc.wire import frame
from engine.rank.imports import import_all


def main(ring_path: str) -> int:
    """Import, say so, and live through one assignment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The standard streams belong to the session; what libraries print goes to stderr.
    orders, reports = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    import_all()
    from engine.rank import life
    from engine.rank.probe import probe

    os.write(reports, frame(Hello(torch=probe())))
    return life.live(orders, reports, open_descriptor(ring_path), ())


if __name__ == "__main__":
    # os._exit: torch's threads and a broken process group may not hold up the end; everything is flushed by then.
    os._exit(main(sys.argv[1]))
