"""What is drawn is what there is, to a pixel: however long a curve is, whatever part of it is looked at."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from gui.model.columns import LARGEST, Bins, Floats, Levels, MeanLevels
from gui.model.curves import Axis, Curve, LossCurves
from tests.messages import batch

PIXELS = 211
"""Of the width of a plot; no power of 2, so that no bucket ends where a pixel does."""
HEIGHT = 180
"""Of the same plot, in pixels."""
LONG = 1_000_000

Ranges = tuple[Floats, Floats]
"""Of each pixel across: from where to where it is covered. NaN where nothing is drawn."""


def covered(x: Floats, y: Floats, borders: Floats, *, with_borders: bool = True) -> Ranges:
    """What the line through these points covers between each border and the next, worked out from every point."""
    lowest, highest = np.full(len(borders) - 1, np.nan), np.full(len(borders) - 1, np.nan)
    if not len(x):
        return lowest, highest
    at_borders = np.interp(borders, x, y, left=np.nan, right=np.nan)
    every_x, every_y = x, y
    if with_borders:
        every_x, every_y = np.concatenate([x, borders]), np.concatenate([y, at_borders])
    known = np.isfinite(every_y)
    every_x, every_y = every_x[known], every_y[known]
    for shift in (0, 1):  # a point on a border belongs to both sides
        pixel = np.searchsorted(borders, every_x, side="right" if shift == 0 else "left") - 1
        inside = (pixel >= 0) & (pixel < len(lowest))
        order = np.argsort(pixel[inside], kind="stable")
        pixels, values = pixel[inside][order], every_y[inside][order]
        begins = np.flatnonzero(np.diff(pixels, prepend=-1))
        at = pixels[begins]
        lowest[at] = np.fmin(lowest[at], np.minimum.reduceat(values, begins))
        highest[at] = np.fmax(highest[at], np.maximum.reduceat(values, begins))
    return lowest, highest


def beside(ranges: Ranges) -> Ranges:
    """The same, a pixel wider to both sides."""
    padded = [np.concatenate([[np.nan], each, [np.nan]]) for each in ranges]
    lowest = np.fmin(np.fmin(padded[0][:-2], padded[0][1:-1]), padded[0][2:])
    highest = np.fmax(np.fmax(padded[1][:-2], padded[1][1:-1]), padded[1][2:])
    return lowest, highest


def within(inner: Ranges, outer: Ranges, y_pixel: float) -> bool:
    """Every pixel of one line is a pixel of the other, or next to one."""
    drawn = np.isfinite(inner[0])
    lowest, highest = beside(outer)
    slack = y_pixel * (1 + 1e-6)
    return bool((inner[0][drawn] >= lowest[drawn] - slack).all() and (inner[1][drawn] <= highest[drawn] + slack).all())


def assert_same_line(curve: Curve, x: Floats, y: Floats, low: float, high: float, *, log_x: bool = False) -> None:
    drawn_x, drawn_y, _ = curve.points("time", low, high, PIXELS, log_x=log_x)
    assert len(drawn_x) <= 4 * PIXELS + 8
    assert (np.diff(drawn_x) >= 0).all()
    borders = (np.geomspace if log_x else np.linspace)(low, high, PIXELS + 1)
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]
    if log_x:
        x, drawn_x, borders = np.log(x), np.log(drawn_x), np.log(borders)
    true, drawn = covered(x, y, borders), covered(drawn_x, drawn_y, borders)
    if not np.isfinite(true[0]).any():
        return
    y_pixel = max(float(np.nanmax(true[1]) - np.nanmin(true[0])), 1e-30) / HEIGHT
    if not finite.all():  # a line over a gap in the values is no value: of what is judged, points alone count
        values = [covered(*line, borders, with_borders=False) for line in ((x, y), (drawn_x, drawn_y))]
        assert within(values[1], true, y_pixel)
        assert within(values[0], drawn, y_pixel)
        return
    assert within(drawn, true, y_pixel), "something is drawn where there is nothing"
    assert within(true, drawn, y_pixel), "something is left out"


def noise(length: int) -> Floats:
    return np.random.default_rng(3).normal(size=length)


def spikes(length: int) -> Floats:
    values = np.full(length, 0.5)
    values[np.random.default_rng(4).integers(0, length, 40)] = np.random.default_rng(5).normal(0, 100, 40)
    return values


def falling(length: int) -> Floats:
    return 2.0 / (1.0 + np.arange(length, dtype=float) * (50 / length))


def gaps(length: int) -> Floats:
    values = noise(length).cumsum()
    generator = np.random.default_rng(6)
    values[generator.integers(0, length, length // 3)] = np.nan
    for at in generator.integers(0, length, 8):
        values[at : at + length // 40] = generator.choice([np.nan, np.inf, -np.inf])
    return values


KINDS: dict[str, Callable[[int], Floats]] = {
    "noise": noise,
    "walk": lambda length: noise(length).cumsum(),
    "rising": lambda length: np.arange(length, dtype=float),
    "falling": falling,
    "saw": lambda length: np.arange(length, dtype=float) % 977,
    "steps": lambda length: np.floor(np.arange(length) * 9 / length),
    "constant": lambda length: np.full(length, 0.25),
    "spikes": spikes,
    "gaps": gaps,
    "nothing": lambda length: np.full(length, np.nan),
}


def times(length: int, *, even: bool) -> Floats:
    """When steps end: evenly, or as two modes of which one is a thousand times as fast, with a pause between."""
    if even:
        return np.arange(1.0, length + 1.0)
    seconds = np.where(np.arange(length) < 0.999 * length, 1e-4, 0.1)
    seconds[length // 2] = 20.0
    return np.cumsum(seconds)


def zooms(x: Floats) -> Iterator[tuple[float, float]]:
    """All of it, more than all of it, and ever smaller parts at either end and in between."""
    first, last = float(x[0]), float(x[-1])
    whole = last - first
    yield first, last + 1e-9
    yield first - 0.2 * whole, last + whole
    part = 1.0
    for number in range(9):
        part *= 0.23
        for place in (0.0, (0.618 * number) % 1.0, 1.0):
            begin = first + place * (1 - part) * whole
            yield begin, begin + part * whole


def curve_of(x: Floats, y: Floats, *parts: int) -> Curve:
    """Appended in parts that end at these places."""
    curve = Curve(Axis())
    for some_x, some_y in zip(np.split(x, parts), np.split(y, parts), strict=True):
        curve.axis.append(some_x, some_x, some_x)
        curve.levels.append(some_y)
    return curve


def as_kept(y: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return y.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_drawn_line_is_the_true_one_to_a_pixel_at_every_zoom(kind: str, even: bool) -> None:
    for length in (1, 5, PIXELS, 2 * PIXELS + 3, 30_011):
        x, y = times(length, even=even), as_kept(KINDS[kind](length))
        curve = curve_of(x, y, *sorted({min(length, 3), length // 7, length // 2}))
        for low, high in zooms(x) if length > 1 else [(0.0, 2.0)]:
            assert_same_line(curve, x, y, low, high)
            if low > 0:
                assert_same_line(curve, x, y, low, high, log_x=True)


@pytest.mark.parametrize("kind", ["noise", "falling", "spikes"])
def test_the_drawn_line_of_a_long_run_is_the_true_one(kind: str) -> None:
    x, y = times(LONG, even=False), as_kept(KINDS[kind](LONG))
    curve = curve_of(x, y, 1, 200_000)
    for low, high in zooms(x):
        assert_same_line(curve, x, y, low, high)
    assert_same_line(curve, x, y, float(x[0]), float(x[-1]), log_x=True)


@pytest.mark.parametrize("even", [True, False])
def test_a_line_that_only_rises_or_falls_is_drawn_so(even: bool) -> None:
    # The lowest of a bucket before the highest, whatever their order, would make a saw of it.
    x = times(100_003, even=even)
    for y in (falling(len(x)), -falling(len(x))):
        curve = curve_of(x, y, 50_000)
        drawn = curve.points("time", float(x[0]), float(x[-1]), PIXELS)[1]
        assert (np.diff(drawn) * (y[-1] - y[0]) >= 0).all()


@pytest.mark.parametrize("first", [1.0, -1.0])
def test_of_two_spikes_in_one_bucket_the_first_is_drawn_first(first: float) -> None:
    levels = Levels()
    values = np.zeros(4_096)
    values[[100, 101]] = first, -first
    levels.append(values)
    drawn = levels.thinned(Bins(np.array([0, 4_096])))[1]
    assert drawn[drawn != 0].tolist() == [first, -first]


def test_growth_and_truncation_leave_the_true_line() -> None:
    x, y = times(60_000, even=True), as_kept(noise(60_000).cumsum())
    curve = curve_of(x, y)
    for keep, more in ((41_003, 1), (17_000, 4_096), (16, 30_000), (1, 2_000)):
        for part in (curve.axis, curve.levels):
            part.truncate(keep)
        x, y = x[:keep], np.concatenate([y[:keep], as_kept(noise(keep + more)[keep:] * 30)])
        x = np.concatenate([x, x[-1] + 1.0 + np.arange(more)])
        curve.axis.append(x[keep:], x[keep:], x[keep:])
        curve.levels.append(y[keep:])
        for low, high in zooms(x):
            assert_same_line(curve, x, y, low, high)


@pytest.mark.parametrize("length", [50, 3_000, 200_000])
def test_a_smoothed_line_has_one_value_a_pixel_the_mean_of_what_lies_there(length: int) -> None:
    loss = LossCurves()
    rows = batch(0, length).rows
    rows["loss"] = falling(length) + 0.3 * noise(length)
    rows["loss"][length // 3] = np.nan
    loss.append(rows)
    curve = loss.smoothed(0.9)
    x, true = curve.axis.of("time"), curve.levels.raw.values
    for low, high in zooms(x):
        drawn_x, drawn, _ = curve.points("time", low, high, PIXELS)
        borders = np.linspace(low, high, PIXELS + 1)
        inside = (x >= low) & (x <= high)
        if np.count_nonzero(inside) < PIXELS:
            continue  # every value is drawn then
        assert np.count_nonzero(np.diff(np.searchsorted(borders, drawn_x)) == 0) <= len(drawn_x) // 8  # as buckets fall
        assert len(drawn_x) <= PIXELS + 2
        finite = np.isfinite(true)
        ranges = covered(x[finite], true[finite].astype(float), borders)
        assert within(covered(drawn_x, drawn, borders, with_borders=False), ranges, 1e-6)


def test_means_leave_gaps_out() -> None:
    levels = MeanLevels()
    levels.append(np.tile([1.0, np.nan, 3.0, np.inf], 5_000))
    levels.append([np.nan] * 4_000)
    indices, values = levels.thinned(Bins(np.arange(0, 24_001, 800)))
    assert values.tolist() == [2.0] * 25
    assert indices[-1] < 20_000


DAMAGED = np.frombuffer(bytes([255, 255, 255, 255, 255, 255, 239, 127, 1, 0, 0, 0, 0, 0, 240, 127]), np.float64)
"""The largest float there is, and a NaN that no computation makes."""


@pytest.mark.parametrize("length", [7, 70, 7_000])
def test_floats_that_nobody_can_draw_are_gaps_with_a_reason(length: int) -> None:
    values = np.sin(np.arange(length, dtype=float))
    values[3], values[4], values[5], values[-1] = DAMAGED[0], -1e300, np.inf, DAMAGED[1]
    levels = Levels()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for part in np.array_split(values, 5):
            levels.append(part)
        for pixels in (4, 40, 4_000):
            edges: npt.NDArray[np.int64] = np.unique(np.linspace(0, length, pixels + 1).astype(np.int64))
            for indices, drawn in (levels.thinned(Bins(edges)), levels.whole(0, length)):
                assert np.abs(drawn).max() <= 1.0
                if len(edges) > length:
                    assert not {3, 4, 5, length - 1} & set(indices.tolist())
    kept = levels.raw.values
    assert [float(kept[at]) for at in (3, 4, 5)] == [np.inf, -np.inf, np.inf]  # beyond what a single float holds
    assert np.isnan(kept[-1])
    levels.append([LARGEST, -LARGEST])
    assert [float(value) for value in levels.raw.values[-2:]] == [LARGEST, -LARGEST]
