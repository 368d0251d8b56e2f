"""Step records from a rank to its session: a ring of fixed records in shared memory, one writer, one reader.

    slot i:  [ step, begin, end, loss share, samples | sequence number ]     sequence number written last

The writer never waits: when the reader is a whole ring behind, records queue up in the writer's own memory and go out
in order when there is room. The reader owns the first word of the header, its read position. What a killed rank had
written is still there to be read, because the memory belongs to the session too.

The order of writes "record, then sequence number" is what makes a record valid; between the two lie thousands of
instructions of the interpreter, and x86 keeps stores in order anyway.
"""

import mmap
import struct
from collections import deque

import numpy as np

from engine.rows import Rows

CAPACITY = 32_768
_BLOCK = 1_024  # slots looked at in one go: touching the whole ring at every read would cost a millisecond
_HEADER_BYTES = 64

RING_ROW = np.dtype(
    [
        ("step", "<i8"),
        ("begin_s", "<f8"),  # this rank's monotonic clock
        ("end_s", "<f8"),
        ("loss_share", "<f8"),  # this rank's part of the loss over the global batch
        ("samples", "<i8"),  # of the global batch, those whose losses are in that part
        ("sequence", "<i8"),
    ]
)
_RECORD = struct.Struct("<qdddq")
_SEQUENCE = struct.Struct("<q")
_SEQUENCE_OFFSET = _RECORD.size
assert RING_ROW.itemsize == _RECORD.size + _SEQUENCE.size

RING_BYTES = _HEADER_BYTES + CAPACITY * RING_ROW.itemsize


class RingWriter:
    """The rank's end of a ring: it writes a record a step and never waits."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._written = 0
        self._read = 0
        self._overflow: deque[tuple[float, ...]] = deque()

    def write(self, *record: float) -> None:
        """Offer one record: the fields of RING_ROW in order, without the sequence number."""
        if self._overflow or not self._room():
            self._overflow.append(record)
            self.flush()
        else:
            self._put(record)

    def flush(self) -> bool:
        """Move what overflowed into the ring as far as it has room; True when nothing is left over."""
        while self._overflow and self._room():
            self._put(self._overflow.popleft())
        return not self._overflow

    def _room(self) -> bool:
        if self._written - self._read < CAPACITY:
            return True
        (self._read,) = _SEQUENCE.unpack_from(self._memory, 0)
        return self._written - self._read < CAPACITY

    def _put(self, record: tuple[float, ...]) -> None:
        at = _HEADER_BYTES + (self._written % CAPACITY) * RING_ROW.itemsize
        _RECORD.pack_into(self._memory, at, *record)
        self._written += 1
        _SEQUENCE.pack_into(self._memory, at + _SEQUENCE_OFFSET, self._written)


class RingReader:
    """The session's end of a ring: it reads what is there, whenever it comes by."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._position = np.frombuffer(memory, dtype=np.int64, count=1)
        self._rows = np.frombuffer(memory, dtype=RING_ROW, count=CAPACITY, offset=_HEADER_BYTES)
        self._expected = np.arange(1, _BLOCK + 1, dtype=np.int64)
        self._read = 0

    def close(self) -> None:
        """Let go of the memory; nothing is read any more."""
        self._rows, self._position = self._rows[:0].copy(), self._position.copy()

    def read(self) -> Rows:
        """All records that are there now, copied out, in order; an empty array if there are none."""
        pieces = []
        while len(self._rows):
            at = self._read % CAPACITY
            block = self._rows[at : at + _BLOCK]
            fresh = block["sequence"] == self._expected[: len(block)] + self._read
            count = len(block) if fresh.all() else int(fresh.argmin())
            if not count:
                break
            pieces.append(block[:count].copy())
            self._read += count
            self._position[0] = self._read
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else self._rows[:0].copy()
