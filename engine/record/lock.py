"""A run is written by one process at a time: a lock on the file `lock` in its directory, which ends with the process.

The system releases it however its holder ends, so nothing is left to clear away. The file says who holds it.
"""

import contextlib
import os
import sys
from pathlib import Path

from engine.errors import RequestError
from engine.record.own_file import open_own

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NAME = "lock"
FAR_BYTES = 2**30
"""Where Windows locks: a locked byte cannot be read there, and the number before it shall be."""


class RunLock:
    """Holds the run in `directory` until `release`.

    Raises:
        RequestError: another process (or another session of this one) writes it; the sentence says which.
        OSError: the directory cannot be written to.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / NAME
        self._descriptor = open_own(path)
        try:
            _lock(self._descriptor)
        except (BlockingIOError, PermissionError) as error:
            holder = _holder(self._descriptor)
            os.close(self._descriptor)
            raise RequestError(
                "The run in {directory} is being trained by process {holder}. Open it to look on, wait until that has "
                "ended, or train a new run.",
                directory=directory,
                holder=holder,
            ) from error
        except OSError:
            pass  # a file system without locks: better a run without one than none
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let go of the lock: another process may write the run now."""
        os.close(self._descriptor)


def refuse_if_trained(directory: Path) -> None:
    """Raise what taking the lock would raise, before anything is prepared for a run that cannot be."""
    if (directory / NAME).exists():
        RunLock(directory).release()


def holder_of(directory: Path) -> str | None:
    """The number of the process that writes the run in `directory`, "?" if it is not known; None if nobody does.

    Whoever wants to begin to write in the very microsecond in which this asks may be told that another writes.
    """
    try:
        descriptor = os.open(directory / NAME, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        return _holder(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None


def _lock(descriptor: int) -> None:
    """Take the lock or raise at once."""
    if sys.platform == "win32":
        os.lseek(descriptor, FAR_BYTES, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    said = os.read(descriptor, 32).strip()
    return said.decode() if said.isdigit() else "?"
