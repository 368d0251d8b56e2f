"""Memory that a session shares with its ranks and that no one can leave behind.

On Linux it is an anonymous memory file (memfd_create): it has no name in any directory, ranks open it through their
parent's descriptor, and it vanishes with the last process that holds it. Elsewhere it is a file in the temporary
directory, removed when closed (CPython 3.11's `multiprocessing.shared_memory` is not used: its resource tracker
removes segments that other processes still use).
"""

import mmap
import os
import tempfile
from pathlib import Path


class SharedMemory:
    """`num_bytes` of zeroed memory; other processes of this user map it with `open_shared(memory.path, num_bytes)`.

    With `num_bytes=0` it is a file without a mapping, to be written by its path.
    """

    def __init__(self, name: str, num_bytes: int) -> None:
        self._named: Path | None = None
        if hasattr(os, "memfd_create"):
            self.descriptor = os.memfd_create(f"gearshift-{name}", os.MFD_CLOEXEC)
            self.path = f"/proc/{os.getpid()}/fd/{self.descriptor}"
        else:
            self.descriptor, self.path = tempfile.mkstemp(prefix=f"gearshift-{name}-")
            self._named = Path(self.path)
        self.map: mmap.mmap | None = None
        if num_bytes:
            os.ftruncate(self.descriptor, num_bytes)
            self.map = mmap.mmap(self.descriptor, num_bytes)

    def close(self) -> None:
        """Release it. A numpy view that is still alive keeps its pages, not this object."""
        if self.descriptor < 0:
            return
        self.map = None
        os.close(self.descriptor)
        self.descriptor = -1
        if self._named is not None:
            self._named.unlink(missing_ok=True)


def open_shared(path: str, num_bytes: int) -> mmap.mmap:
    """Map memory that another process made."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        return mmap.mmap(descriptor, num_bytes)
    finally:
        os.close(descriptor)
