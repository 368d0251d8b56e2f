"""A file that only grows, by whole rows or lines. What cannot be written now waits in memory, within a bound."""

import contextlib
import os
from pathlib import Path

import numpy as np

from engine.errors import RequestError
from engine.record.own_file import open_own

PENDING_BYTES = 20 * 2**20
"""What one file may keep waiting for room; a run has three of them."""
WRITE_BYTES = 2**20
TAIL_BYTES = 2**16
LONGEST_LINE_BYTES = 64 * 2**20


class Appender:
    """Appends whole units to `path`: rows of `unit_bytes` behind `header`, or lines where `unit_bytes` is None.

    Beyond `PENDING_BYTES` every second waiting unit is left out and counted in `dropped`; lines that tell the run's
    course only when there is nothing else left. Of a file nothing is read behind `limit_bytes`, so nothing is appended
    there either.

    Raises:
        OSError: it cannot be opened.
        RequestError: it is a link, or no file of this kind, or has reached `limit_bytes`.
    """

    def __init__(self, path: Path, header: bytes, unit_bytes: int | None, limit_bytes: int) -> None:
        self.path = path
        self.dropped = 0
        self.pending_bytes = 0
        self._header = header
        self._unit_bytes = unit_bytes
        self._pending: list[tuple[bytes, bool]] = []
        self._is_closed = False
        self._descriptor = open_own(path)
        try:
            if os.fstat(self._descriptor).st_size >= limit_bytes:
                raise RequestError(
                    "{path} has {limit:,} bytes or more, and what stands behind them is not read, so a run cannot go "
                    "on in it. Train a new run.",
                    path=path,
                    limit=limit_bytes,
                )
            self._end = self._whole_end()
            os.ftruncate(self._descriptor, self._end)
        except BaseException:
            os.close(self._descriptor)
            raise

    def append(self, data: bytes, *, essential: bool = False) -> None:
        """Take up whole units; the next flush writes them."""
        self._pending.append((data, essential))
        self.pending_bytes += len(data)
        while self.pending_bytes > PENDING_BYTES:
            self._thin()

    def flush(self) -> None:
        """Write all that waits.

        Raises:
            OSError: not all could be written; what was not waits on, and the file ends with a whole unit.
        """
        if self.is_gone:
            raise FileNotFoundError(2, "it was deleted while the run went on", str(self.path))
        if not self._end and self._header and self._pending:
            self._write(self._header)
        while self._pending:
            count, size = 0, 0
            while count < len(self._pending) and size < WRITE_BYTES:
                size += len(self._pending[count][0])
                count += 1
            self._write(b"".join(data for data, _ in self._pending[:count]))
            del self._pending[:count]
            self.pending_bytes -= size

    @property
    def is_gone(self) -> bool:
        """The file has no name any more: whatever is written to it is lost."""
        return not self._is_closed and os.fstat(self._descriptor).st_nlink == 0 and not self.path.exists()

    def close(self) -> None:
        """Make durable what was written.

        Raises:
            OSError: the disk did not take it.
        """
        try:
            os.fsync(self._descriptor)
        finally:
            self._is_closed = True
            os.close(self._descriptor)

    def _write(self, data: bytes) -> None:
        view, at = memoryview(data), self._end
        try:
            os.lseek(self._descriptor, at, os.SEEK_SET)
            while view:
                written = os.write(self._descriptor, view)
                view, at = view[written:], at + written
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
            raise
        self._end = at

    def _thin(self) -> None:
        """Leave out every second of the units that wait."""
        if self._unit_bytes is not None:
            rows = np.frombuffer(b"".join(data for data, _ in self._pending), np.uint8).reshape(-1, self._unit_bytes)
            kept = rows[1::2]
            self.dropped += len(rows) - len(kept)
            self._pending = [(kept.tobytes(), False)]
        else:
            beside = [index for index, (_, essential) in enumerate(self._pending) if not essential]
            left_out = set((beside or range(len(self._pending)))[::2])
            self.dropped += len(left_out)
            self._pending = [unit for index, unit in enumerate(self._pending) if index not in left_out]
        self.pending_bytes = sum(len(data) for data, _ in self._pending)

    def _whole_end(self) -> int:
        """Where whole units end in a file that may have been cut."""
        size = os.fstat(self._descriptor).st_size
        if self._unit_bytes is None:
            return self._last_line_end(size)
        if size < len(self._header):
            return 0
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        begin = os.read(self._descriptor, len(self._header))
        if begin != self._header:
            raise RequestError(
                "{path} is not a file of this version of Gearshift (its first bytes are {value!r}).",
                path=self.path,
                value=begin[:32],
            )
        return size - (size - len(self._header)) % self._unit_bytes

    def _last_line_end(self, size: int) -> int:
        end = size
        while end > 0:
            if size - end > LONGEST_LINE_BYTES:
                raise RequestError(
                    "{path} has no whole line in its last {limit:,} bytes: it is damaged, and the run cannot go on in "
                    "it. Train a new run.",
                    path=self.path,
                    limit=LONGEST_LINE_BYTES,
                )
            begin = max(0, end - TAIL_BYTES)
            os.lseek(self._descriptor, begin, os.SEEK_SET)
            found = os.read(self._descriptor, end - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            end = begin
        return 0
