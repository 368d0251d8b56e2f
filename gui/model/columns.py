"""Columns that only grow, and their decimated levels: drawing a range costs the same however long the run is.

    level 0   every value
    level 1   minimum and maximum of every 4 values
    level 2   of every 16 ...

A curve of n points is drawn from the level that has about as many buckets as the plot has pixels; the incomplete
bucket at the end is worked out from the values themselves, so the newest point is always there.
"""

import numpy as np
import numpy.typing as npt

FACTOR = 4
LARGEST = float(np.finfo(np.float32).max)
"""Of a value that can be drawn, 3.4e38."""
Floats = npt.NDArray[np.float64]


class Column:
    """An array that grows by doubling. `values` is a view of what has been appended."""

    def __init__(self, dtype: npt.DTypeLike = np.float64) -> None:
        self._data: npt.NDArray[np.generic] = np.empty(1024, dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> npt.NDArray[np.generic]:
        """All values so far; valid until the next append."""
        return self._data[: self._length]

    @property
    def reserved_bytes(self) -> int:
        """Bytes of memory the column has reserved."""
        return self._data.nbytes

    def append(self, values: npt.ArrayLike) -> None:
        """Add values at the end of the column."""
        new = np.asarray(values)
        needed = self._length + len(new)
        if needed > len(self._data):
            grown = np.empty(max(needed, len(self._data) * 2), self._data.dtype)
            grown[: self._length] = self.values
            self._data = grown
        self._data[self._length : needed] = new
        self._length = needed

    def truncate(self, length: int) -> None:
        """Forget all values from `length` on."""
        self._length = min(self._length, length)


class Levels:
    """A column of values with its minima and maxima by level. Values that are not finite are gaps.

    `raw` says of a gap why it is one: NaN is not a number, infinite is beyond `LARGEST`.
    """

    def __init__(self) -> None:
        self.raw = Column(np.float32)
        self._minima: list[Column] = []
        self._maxima: list[Column] = []

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def reserved_bytes(self) -> int:
        """Bytes of memory that all levels have reserved."""
        return self.raw.reserved_bytes + sum(c.reserved_bytes for c in [*self._minima, *self._maxima])

    def append(self, values: npt.ArrayLike) -> None:
        """Add values at the end, on every level."""
        with np.errstate(over="ignore", invalid="ignore"):  # a damaged record holds any float there is
            self.raw.append(np.asarray(values).astype(np.float32))
        below_minima = below_maxima = self.raw
        level = 0
        while len(below_minima) >= FACTOR:
            if level == len(self._minima):
                self._minima.append(Column(np.float32))
                self._maxima.append(Column(np.float32))
            done, whole = len(self._minima[level]), len(below_minima) // FACTOR
            if whole > done:
                span = slice(done * FACTOR, whole * FACTOR)
                self._minima[level].append(_reduce(np.fmin, _with_gaps(below_minima.values[span])))
                self._maxima[level].append(_reduce(np.fmax, _with_gaps(below_maxima.values[span])))
            below_minima, below_maxima = self._minima[level], self._maxima[level]
            level += 1

    def truncate(self, length: int) -> None:
        """Forget all values from `length` on."""
        self.raw.truncate(length)
        for level, (minima, maxima) in enumerate(zip(self._minima, self._maxima, strict=True), start=1):
            minima.truncate(length // FACTOR**level)
            maxima.truncate(length // FACTOR**level)

    def decimate(self, begin: int, end: int, max_buckets: int) -> tuple[npt.NDArray[np.int64], Floats]:
        """At most about 2 `max_buckets` points that look like values[begin:end]: (indices, values), finite only."""
        begin, end = max(0, begin), min(end, len(self))
        count = end - begin
        if count <= 2 * max_buckets:
            indices = np.arange(begin, end, dtype=np.int64)
            values = self.raw.values[begin:end].astype(np.float64)
            finite = np.isfinite(values)
            return (indices, values) if finite.all() else (indices[finite], values[finite])
        level, width = 0, 1
        while count > max_buckets * width and level < len(self._minima):
            level, width = level + 1, width * FACTOR
        first, last = begin // width, min(end // width, len(self._minima[level - 1]))
        minima = self._minima[level - 1].values[first:last]
        maxima = self._maxima[level - 1].values[first:last]
        indices = np.empty(2 * len(minima), np.int64)
        indices[0::2] = np.arange(first, last) * width
        indices[1::2] = indices[0::2] + width // 2
        values = np.empty(2 * len(minima))
        values[0::2], values[1::2] = minima, maxima
        indices, values = self._with_tail(indices, values, last * width, end)
        finite = np.isfinite(values)
        return indices[finite], values[finite]

    def _with_tail(
        self, indices: npt.NDArray[np.int64], values: Floats, begin: int, end: int
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Append the incomplete bucket [begin, end) and the very last value."""
        tail = _with_gaps(self.raw.values[begin:end])
        if np.isnan(tail).all():
            return indices, values
        more = [np.nanmin(tail), np.nanmax(tail), tail[-1]]
        at = [begin, (begin + end) // 2, end - 1]
        return np.concatenate([indices, at]), np.concatenate([values, more])


def _with_gaps(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The values, with NaN in place of those that are not finite."""
    finite = np.isfinite(values)
    return values if finite.all() else np.where(finite, values, np.nan)


def _reduce(operation: np.ufunc, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    reduced: npt.NDArray[np.generic] = operation.reduce(values.reshape(-1, FACTOR), axis=1)
    return reduced
