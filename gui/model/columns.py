"""Columns and their levels: drawing a range costs the same however long the run is.

    level 0   every value
    level 1   of every 4 values the lowest and the highest, and which came first; or their mean
    level 2   of every 16 ...

A line is drawn pixel by pixel: what lies in one is put together from about ten buckets of the level that has as many
there. So the drawn line covers what the true one does, wherever the points of a pixel lie close, and in whatever order
they rise and fall.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from gui.model.column import Column

FACTOR = 4
MOST_VALUES = 16_384
"""Looked at one by one sooner than through many levels."""
LARGEST = float(np.finfo(np.float32).max)
"""Of a value that can be drawn, 3.4e38."""
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Parts = tuple[npt.NDArray[Any], ...]
"""What a level keeps of each of its buckets, a column each."""


class Levels:
    """A column of values and its levels. Values that are not finite are gaps.

    `raw` says of a gap why it is one: NaN is not a number, infinite is beyond `LARGEST`.
    """

    bins_a_pixel = 1.25
    """A bin begins and ends where buckets do, an eighth of a bin off: what lies in it is then a pixel off at most."""

    def __init__(self) -> None:
        self.raw = Column(np.float32)
        self._levels: list[tuple[Column, ...]] = []

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def reserved_bytes(self) -> int:
        """Bytes of memory that all levels have reserved."""
        return self.raw.reserved_bytes + sum(column.reserved_bytes for level in self._levels for column in level)

    def append(self, values: npt.ArrayLike) -> None:
        """Add values at the end, on every level."""
        with np.errstate(over="ignore", invalid="ignore"):  # a damaged record holds any float there is
            self.raw.append(np.asarray(values).astype(np.float32))
        level, below = 0, len(self.raw)
        while whole := below // FACTOR:
            done = len(self._levels[level][0]) if level < len(self._levels) else 0
            if whole > done:
                parts = self._parts(level, slice(done * FACTOR, whole * FACTOR))
                folded = self._fold(parts, np.arange(0, (whole - done) * FACTOR, FACTOR))
                if level == len(self._levels):
                    self._levels.append(tuple(Column(part.dtype) for part in folded))
                for column, part in zip(self._levels[level], folded, strict=True):
                    column.append(part)
            level, below = level + 1, whole

    def truncate(self, length: int) -> None:
        """Forget all values from `length` on."""
        self.raw.truncate(length)
        for level, columns in enumerate(self._levels, start=1):
            for column in columns:
                column.truncate(length // FACTOR**level)

    def whole(self, begin: int, end: int) -> tuple[Indices, Floats]:
        """The values from `begin` up to `end` with their indices, finite only."""
        indices = np.arange(begin, end, dtype=np.int64)
        values = self.raw.values[begin:end].astype(np.float64)
        finite = np.isfinite(values)
        return (indices, values) if finite.all() else (indices[finite], values[finite])

    def thinned(self, bins: "Bins") -> tuple[Indices, Floats]:
        """What a line through the values covers in each of some bins: (indices, values), finite."""
        parts = self._joined(self._of_pieces(bins.pieces), bins.first_pieces)
        indices, values = self._line(parts, bins.edges[:-1], bins.edges[1:] - 1, bins.is_apart)
        finite = np.isfinite(values)
        return (indices, values) if finite.all() else (indices[finite], values[finite])

    def _of_pieces(self, edges: Indices) -> Parts:
        """What is kept of each piece between an edge and the next, from the coarsest level with buckets that fit in."""
        levels = _coarsest(np.diff(edges))
        while len(odd := np.flatnonzero((edges[:-1] | edges[1:]) & (FACTOR**levels - 1))):
            levels[odd] -= 1
        found: list[npt.NDArray[Any]] = []
        for level in np.flatnonzero(np.bincount(levels)).tolist():
            mine = np.flatnonzero(levels == level)
            first, last = edges[mine] // FACTOR**level, edges[mine + 1] // FACTOR**level
            counts = last - first
            begins = np.cumsum(counts) - counts
            buckets = np.repeat(first - begins, counts) + np.arange(int(counts.sum()))
            looked_at = self._looked_at(level, buckets, begins)
            found = found or [np.empty(len(levels), part.dtype) for part in looked_at]
            for column, part in zip(found, looked_at, strict=True):
                column[mine] = part
        return tuple(found)

    def _parts(self, level: int, where: slice | Indices) -> Parts:
        """What is kept of these buckets of a level."""
        if level:
            return tuple(column.values[where] for column in self._levels[level - 1])
        values = self.raw.values[where]
        finite = np.isfinite(values)
        return self._alone(values if finite.all() else np.where(finite, values, np.float32(np.nan)))

    @staticmethod
    def _alone(values: npt.NDArray[Any]) -> Parts:
        """Of buckets of one value: the lowest, the highest, and whether the highest came first."""
        return values, values, np.zeros(len(values), bool)

    @staticmethod
    def _fold(parts: Parts, begins: Indices) -> Parts:
        """Put buckets together: one from each of `begins` up to the next."""
        low, high, low_at, high_at = _extremes(parts, begins)
        return low, high, high_at < low_at

    def _looked_at(self, level: int, buckets: Indices, begins: Indices) -> Parts:
        """Buckets of a level put together for a line: the lowest and the highest, and the index of each, nearly."""
        low, high, *halves = _extremes(self._parts(level, buckets), begins)
        width = FACTOR**level
        return (low, high, *(buckets[half // 2] * width + (1 + 2 * (half % 2)) * width // 4 for half in halves))

    def _joined(self, parts: Parts, begins: Indices) -> Parts:
        """The same, put together once more."""
        low, high, low_index, high_index = parts
        low, high, low_at, high_at = _extremes((low, high, high_index < low_index), begins)
        return low, high, low_index[low_at // 2], high_index[high_at // 2]

    def _line(self, parts: Parts, first: Indices, last: Indices, is_apart: Bools) -> tuple[Indices, Floats]:
        """Three points a bin, in the order of time: the extremes and the last; each value once.

        The first is needed only where the line comes from afar. (Jugel et al., "M4: A Visualization-Oriented Time
        Series Data Aggregation", VLDB 2014: from extremes alone, lines between bins go where there are none.)
        """
        low, high, low_index, high_index = parts
        falls = high_index < low_index
        indices, values = np.empty((len(low), 4), np.int64), np.empty((len(low), 4))
        indices[:, 0], indices[:, 3] = first, last
        indices[:, 1], indices[:, 2] = np.minimum(low_index, high_index), np.maximum(low_index, high_index)
        values[:, 0], values[:, 3] = self.raw.values[first], self.raw.values[last]
        values[:, 1], values[:, 2] = np.where(falls, high, low), np.where(falls, low, high)
        kept = np.ones(values.shape, bool)
        kept[:, 0] = is_apart
        kept[:, 1:] = values[:, 1:] != values[:, :-1]
        kept[:, 1] |= ~is_apart
        return indices[kept], values[kept]


class MeanLevels(Levels):
    """A column whose line has one value a pixel, the mean of those in it: for curves that are smooth themselves."""

    bins_a_pixel = 1.0

    @staticmethod
    def _alone(values: npt.NDArray[Any]) -> Parts:
        """Of buckets of one value: the mean, and of how many."""
        finite = np.isfinite(values)
        return np.where(finite, values, np.float32(0)), finite.astype(np.int32)

    @staticmethod
    def _fold(parts: Parts, begins: Indices) -> Parts:
        means, counts = parts
        sums = np.add.reduceat(means * counts.astype(np.float64), begins)
        total = np.add.reduceat(counts, begins)
        return (sums / np.maximum(total, 1)).astype(np.float32), total

    def _looked_at(self, level: int, buckets: Indices, begins: Indices) -> Parts:
        return self._fold(self._parts(level, buckets), begins)

    def _joined(self, parts: Parts, begins: Indices) -> Parts:
        return self._fold(parts, begins)

    def _line(self, parts: Parts, first: Indices, last: Indices, is_apart: Bools) -> tuple[Indices, Floats]:  # noqa: ARG002
        means, counts = parts
        return (first + last) // 2, np.where(counts > 0, means, np.nan).astype(np.float64)


def _extremes(parts: Parts, begins: Indices) -> Parts:
    """Of buckets from each of `begins` up to the next the lowest value, the highest, and where they are.

    In half buckets, of `parts` from the first one on: each bucket tells of its two extremes only which came first.
    """
    lowest, highest, falls = parts
    low, high = np.fmin.reduceat(lowest, begins), np.fmax.reduceat(highest, begins)
    counts = np.diff(begins, append=len(lowest))
    halves = 2 * np.arange(len(lowest))
    beyond = np.repeat(2 * begins, counts) + 2 * np.repeat(counts, counts) - 1  # where all are gaps: the last one
    low_at = np.where(lowest == np.repeat(low, counts), halves + falls, beyond)
    high_at = np.where(highest == np.repeat(high, counts), halves + ~falls.astype(bool), beyond)
    return low, high, np.minimum.reduceat(low_at, begins), np.minimum.reduceat(high_at, begins)


class Bins:
    """Bins about a pixel wide, from each of `edges` (indices, which rise) to the next, for all curves on one axis.

    Where two edges are the same there is nothing, and no bin: `is_apart` says of a bin that its left neighbour is none.
    `pieces` are the edges and those in between, from which to which whole buckets of one level reach.
    """

    def __init__(self, edges: Indices) -> None:
        filled = edges[1:] > edges[:-1]
        self.is_apart = np.append(True, ~filled)[:-1][filled]
        edges = np.append(edges[:-1][filled], edges[-1])
        is_sharp, self.edges = _rounded(edges, np.append(self.is_apart, True))
        self.pieces = _refined(self.edges, is_sharp)
        self.first_pieces = np.searchsorted(self.pieces, self.edges[:-1])


def _coarsest(lengths: Indices) -> npt.NDArray[np.intp]:
    """For each length the coarsest level that has at least four buckets in it (0: every value)."""
    exponent = np.frexp(lengths.astype(np.float64))[1] - 1  # of 2, rounded down
    return np.maximum(0, (exponent - 2) // 2).astype(np.intp)


def _rounded(edges: Indices, is_apart: Bools) -> tuple[Bools, Indices]:
    """The edges moved to where buckets begin, by an eighth of a pixel at most; and which are too sharp to be moved.

    Those are apart, or one neighbour's buckets are wide for the other: points lie close beside where they do not.
    """
    lengths = np.diff(edges)
    levels = _coarsest(lengths)
    widths = FACTOR ** np.maximum(np.append(0, levels), np.append(levels, 0))
    is_sharp = is_apart | (2 * widths > np.minimum(np.append(0, lengths), np.append(lengths, 0)))
    return is_sharp, np.where(is_sharp, edges, (edges + widths // 2) // widths * widths)


def _refined(edges: Indices, is_sharp: Bools) -> Indices:
    """The edges, and before each sharp one those where ever smaller buckets end, after it where ever larger begin.

    Where few values lie between the largest buckets and the sharp edges, those are looked at one by one.
    """
    sharp = np.flatnonzero(is_sharp)
    at, before, after = edges[sharp], edges[np.maximum(sharp - 1, 0)], edges[np.minimum(sharp + 1, len(edges) - 1)]
    more = [edges]
    widths = FACTOR ** np.arange(1, _coarsest(np.diff(edges)).max() + 1)
    if len(widths) and len(sharp) * widths[-1] <= MOST_VALUES:
        widths = widths[-1:]
    for width in widths:
        ends, begins = at // width * width, -(-at // width) * width
        more += [ends[ends > before], begins[begins < after]]
    together = np.sort(np.concatenate(more), kind="stable")  # a few more in what is in order
    return together[np.append(True, together[1:] > together[:-1])]
