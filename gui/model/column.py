"""A column of numbers that only grows, a little at a time however long it is.

[ values ............ | free ]      from half full on, with each value appended two are copied to the next array:
[ copied .. |                          ]      no append is long because it is the one that finds the array full
"""

import numpy as np
import numpy.typing as npt


class Column:
    """An array that grows by doubling. `values` is a view of what has been appended."""

    def __init__(self, dtype: npt.DTypeLike = np.float64) -> None:
        self._data: npt.NDArray[np.generic] = np.empty(1024, dtype)
        self._next = self._data[:0]
        """Twice as long, once half of the array is full; no memory is taken for what is not written."""
        self._length = self._copied = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> npt.NDArray[np.generic]:
        """All values so far; valid until the next append."""
        return self._data[: self._length]

    @property
    def reserved_bytes(self) -> int:
        """Bytes of memory the column has reserved."""
        return self._data.nbytes + self._next[: self._copied].nbytes

    def append(self, values: npt.ArrayLike) -> None:
        """Add values at the end of the column."""
        new = np.asarray(values)
        needed = self._length + len(new)
        if 2 * needed > len(self._data):
            self._grow(needed, 2 * len(new))
        self._data[self._length : needed] = new
        self._length = needed

    def _grow(self, needed: int, most: int) -> None:
        """Copy `most` of the values to an array twice as long; all, and go on with that one, if they are too many."""
        size = max(needed, 2 * len(self._data))
        if len(self._next) < size:
            self._next, self._copied = np.empty(size, self._data.dtype), 0
        is_full = needed > len(self._data)
        end = self._length if is_full else min(self._length, self._copied + most)
        self._next[self._copied : end] = self._data[self._copied : end]
        self._copied = end
        if is_full:
            self._data, self._next, self._copied = self._next, self._data[:0], 0

    def truncate(self, length: int) -> None:
        """Forget all values from `length` on."""
        self._length = min(self._length, length)
        self._copied = min(self._copied, self._length)
