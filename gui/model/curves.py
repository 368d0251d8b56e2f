"""The curves of a run: values over step, time and samples, in columns that only grow."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.events.evaluator import Validated
from engine.rows import Rows
from gui.model.column import Column
from gui.model.columns import Bins, Floats, Indices, Levels, MeanLevels
from gui.model.segments import SegmentView
from gui.model.smoothing import Smoother

HUGE_TIMES, HUGE_STEPS = 1e3, 8
"""A loss is huge that for so many steps was so many times the first one."""


class Axis:
    """Where each point of a curve stands: at which step, when, and after how many samples."""

    def __init__(self) -> None:
        self._columns = {"step": Column(), "time": Column(), "samples": Column()}
        self._binned: tuple[object, Bins] | None = None

    def __len__(self) -> int:
        return len(self._columns["step"])

    @property
    def reserved_bytes(self) -> int:
        """Bytes of memory the axis has reserved."""
        return sum(column.reserved_bytes for column in self._columns.values())

    def append(self, step: npt.ArrayLike, at_s: npt.ArrayLike, samples: npt.ArrayLike) -> None:
        """Add points at the end of the axis."""
        for column, values in zip(self._columns.values(), (step, at_s, samples), strict=True):
            column.append(values)

    def truncate(self, length: int) -> None:
        """Forget the points from `length` on."""
        self._binned = None
        for column in self._columns.values():
            column.truncate(length)

    def bins(
        self,
        kind: str,
        seen: tuple[float, float],
        points: tuple[int, int],
        count: int,
        log_x: bool,
        cuts: tuple[int, ...],
    ) -> Bins:
        """The points from one to another in so many bins of what is `seen`, with edges at `cuts` too.

        What was worked out is kept for what is asked for next: curves on one axis are drawn one after the other.
        """
        key = (kind, seen, points, count, log_x, cuts)
        if self._binned is None or self._binned[0] != key:
            begin, end = points
            between = (np.geomspace if log_x else np.linspace)(*seen, count + 1)
            edges = begin + _places(kind, self.of(kind)[begin:end], between)
            inner = [cut for cut in cuts if begin < cut < end]
            edges = np.concatenate([[begin], np.insert(edges, np.searchsorted(edges, inner), inner), [end]])
            self._binned = key, Bins(edges)
        return self._binned[1]

    def of(self, kind: str) -> Floats:
        """All positions on one axis, ascending."""
        return self._columns[kind].values  # type: ignore[return-value]


def _places(kind: str, x: Floats, wanted: Floats) -> Indices:
    """How many of `x`, which rise, lie before each of `wanted`, which rise too."""
    if kind == "step" and x[-1] - x[0] == len(x) - 1:
        return np.clip(np.ceil(wanted - x[0]), 0, len(x)).astype(np.int64)  # steps: nothing to be searched for
    return np.searchsorted(x, wanted)


class Curve:
    """Values along an axis that may be shared with other curves; `levels` says how they are thinned."""

    def __init__(self, axis: Axis, levels: Levels | None = None) -> None:
        self.axis = axis
        self.levels = Levels() if levels is None else levels

    def __len__(self) -> int:
        return len(self.levels)

    def points(
        self, kind: str, low: float, high: float, pixels: int, *, log_x: bool = False, cuts: Sequence[int] = ()
    ) -> tuple[Floats, Floats, Indices]:
        """What to draw between `low` and `high`, which lie so many pixels apart: x and y, finite, some a pixel.

        With `log_x` pixels are equally wide in the logarithm of x; `low` is then more than 0. What lies on either side
        of one of `cuts` (indices, ascending) is never thinned together; third comes which point each of them is before.
        """
        x = self.axis.of(kind)[: len(self)]
        begin = max(0, int(np.searchsorted(x, low)) - 1)
        end = max(begin, min(len(x), int(np.searchsorted(x, high, side="right")) + 1))
        if end - begin <= pixels:
            indices, values = self.levels.whole(begin, end)
        else:
            count = round(pixels * self.levels.bins_a_pixel)
            bins = self.axis.bins(kind, (low, high), (begin, end), count, log_x, tuple(cuts))
            indices, values = self.levels.thinned(bins)
        return x[indices], values, np.searchsorted(indices, np.array(cuts, np.int64))

    def value_at(self, kind: str, position: float) -> float | None:
        """The value at the last point not right of `position`; None before the first.

        Where the curve has a gap it says why: NaN is not a number, infinite is beyond what can be drawn (3.4e38).
        """
        x = self.axis.of(kind)[: len(self)]
        index = int(np.searchsorted(x, position, side="right")) - 1
        return float(self.levels.raw.values[index]) if index >= 0 else None


class LossCurves:
    """The training loss of every step, and the same smoothed as a view asks for it, on one axis."""

    def __init__(self) -> None:
        self.axis = Axis()
        self.raw = Curve(self.axis)
        self.samples = 0.0
        self._finite = 0
        """Up to how many steps there is none after the last whose loss is a number."""
        self._smoother = Smoother(0.0)
        self._smoothed = Curve(self.axis, MeanLevels())

    def append(self, rows: Rows) -> None:
        """Add finished steps, rows of STEP_ROW."""
        samples = self.samples + np.cumsum(rows["samples"], dtype=np.float64)
        self.samples = float(samples[-1])
        self.axis.append(rows["step"] + 1.0, rows["at_s"], samples)
        finite = np.flatnonzero(np.isfinite(rows["loss"]))
        if len(finite):
            self._finite = len(self.raw) + int(finite[-1]) + 1
        self.raw.levels.append(rows["loss"])

    @property
    def lost_at(self) -> int | None:
        """The first of the steps since which no loss is a number; None while the newest one is."""
        return int(self.axis.of("step")[self._finite]) - 1 if self._finite < len(self.raw) else None

    @property
    def is_huge(self) -> bool:
        """Whether the latest losses are all many times the first one."""
        values = self.raw.levels.raw.values
        return len(values) > HUGE_STEPS and bool(values[-HUGE_STEPS:].min() > HUGE_TIMES * abs(values[0]) > 0)

    def samples_before(self, step: int) -> float:
        """How many samples the steps before `step` were made of."""
        at = int(np.searchsorted(self.axis.of("step"), step, side="right"))
        return float(self.axis.of("samples")[at - 1]) if at else 0.0

    def place_before(self, step: int, segments: Sequence[SegmentView]) -> tuple[float, float]:
        """When the last step before `step` was made, and of how many samples; before the first: when a mode began."""
        at = int(np.searchsorted(self.axis.of("step"), step, side="right"))
        begun_s = segments[0].at_s if segments else 0.0
        return float(self.axis.of("time")[at - 1]) if at else begun_s, self.samples_before(step)

    def smoothed(self, weight: float) -> Curve:
        """The whole curve up to the newest step, smoothed with `weight` (0 to 0.999).

        What was worked out is kept for the weight asked for last, so that a frame costs as much as its new steps.
        """
        if weight != self._smoother.weight:
            self._smoother, self._smoothed = Smoother(weight), Curve(self.axis, MeanLevels())
        if (done := len(self._smoothed)) < len(self.raw):
            self._smoothed.levels.append(self._smoother.append(self.raw.levels.raw.values[done:]))
        return self._smoothed

    def truncate_from(self, step: int) -> None:
        """Forget step `step` and all after it: the run goes on from there."""
        length = int(np.searchsorted(self.axis.of("step"), step + 1))
        if length == len(self.axis):
            return
        self.samples = float(self.axis.of("samples")[length - 1]) if length else 0.0
        for part in (self.axis, self.raw.levels):
            part.truncate(length)
        self._finite = min(self._finite, length)
        self._smoother, self._smoothed = Smoother(self._smoother.weight), Curve(self.axis, MeanLevels())


class ValidationCurves:
    """Loss and metric on samples never trained on; `last` is the newest, None before the first."""

    def __init__(self) -> None:
        self.axis = Axis()
        self.loss = Curve(self.axis)
        self.metric = Curve(self.axis)
        self.last: Validated | None = None

    def append(self, event: Validated, at_s: float, samples: float) -> None:
        """Add one, of the weights as they were at `at_s`, after so many training samples; it comes some time later."""
        self.last = event
        self.axis.append([event.step], [at_s], [samples])
        self.loss.levels.append([np.nan if event.loss is None else event.loss])
        self.metric.levels.append([np.nan if event.metric is None else event.metric])

    def truncate_from(self, step: int) -> None:
        """Forget what was made after step `step`: the run goes on from there."""
        keep = int(np.searchsorted(self.axis.of("step"), step, side="right"))
        for part in (self.axis, self.loss.levels, self.metric.levels):
            part.truncate(keep)
        if self.last is not None and self.last.step > step:
            self.last = None
