"""Memory that a session shares with its ranks and that no one can leave behind.

On Linux it is an anonymous memory file (memfd_create): it has no name in any directory, forked ranks are given its
descriptor, and it vanishes with the last process that holds it. Elsewhere it is a file in the temporary directory,
removed when closed (CPython 3.11's `multiprocessing.shared_memory` is not used: its resource tracker removes segments
that other processes still use).
"""

import mmap
import os
import tempfile
from pathlib import Path


class SharedMemory:
    """`num_bytes` of zeroed memory, mapped here as `map`. With `num_bytes=0` it is a file to which others give a size.

    Raises:
        OSError: the system gives no descriptor or no memory.
    """

    def __init__(self, name: str, num_bytes: int) -> None:
        self._named: Path | None = None
        if hasattr(os, "memfd_create"):
            self.descriptor = os.memfd_create(f"gearshift-{name}", os.MFD_CLOEXEC)
        else:
            self.descriptor, path = tempfile.mkstemp(prefix=f"gearshift-{name}-")
            self._named = Path(path)
        self.map: mmap.mmap | None = None
        try:
            if num_bytes:
                os.ftruncate(self.descriptor, num_bytes)
                self.map = mmap.mmap(self.descriptor, num_bytes)
        except (OSError, ValueError):
            self.close()
            raise

    @property
    def path(self) -> str:
        """The path of the memory, for a process that did not inherit the descriptor.

        Whoever is told it opens the file at once and keeps it: a path through /proc may come to mean another file when
        the descriptor behind it is closed.
        """
        return str(self._named) if self._named is not None else f"/proc/{os.getpid()}/fd/{self.descriptor}"

    def write(self, data: bytes) -> None:
        """Let it be of that size, and hold this.

        Raises:
            OSError: the system has no memory for it.
        """
        os.ftruncate(self.descriptor, len(data))
        os.pwrite(self.descriptor, data, 0)

    def close(self) -> None:
        """Release it. A numpy view that is still alive keeps its pages, not this object."""
        if self.descriptor < 0:
            return
        self.map = None
        os.close(self.descriptor)
        self.descriptor = -1
        if self._named is not None:
            self._named.unlink(missing_ok=True)


def open_descriptor(path: str) -> int:
    """A descriptor of memory that another process made, by its path; the caller closes it.

    Raises:
        OSError: there is no such file.
    """
    return os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))


def open_shared(path: str, num_bytes: int) -> mmap.mmap:
    """Map memory that another process made, by its path.

    Raises:
        OSError: there is no such file, or no memory to map it.
    """
    descriptor = open_descriptor(path)
    try:
        return mmap.mmap(descriptor, num_bytes)
    finally:
        os.close(descriptor)
