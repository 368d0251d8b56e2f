"""A wall clock that can be set: Python imports this at its start where PYTHONPATH leads here.

What lies in the file that GEARSHIFT_WALL names (a double, seconds) is added to every answer of the wall clock. The
monotonic clock is left alone. `tests/attack/clock.py` uses it.
"""

import mmap
import os
import struct
import time
from pathlib import Path

_kept, _localtime, _gmtime, _strftime = time.time, time.localtime, time.gmtime, time.strftime


def _install(path: Path) -> None:
    with path.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), 16)
    shared[8:] = struct.pack("q", struct.unpack("q", shared[8:])[0] + 1)  # one more process has it

    def now() -> float:
        seconds: float = struct.unpack("d", shared[:8])[0]
        return _kept() + seconds

    time.time = now
    time.time_ns = lambda: int(now() * 1e9)
    time.localtime = lambda at_s=None: _localtime(now() if at_s is None else at_s)
    time.gmtime = lambda at_s=None: _gmtime(now() if at_s is None else at_s)
    time.strftime = lambda form, at=None: _strftime(form, time.localtime() if at is None else at)


if "GEARSHIFT_WALL" in os.environ:
    _install(Path(os.environ["GEARSHIFT_WALL"]))
