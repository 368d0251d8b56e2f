"""Decimated values keep what an eye would miss: extremes, gaps, the newest point."""

import warnings

import numpy as np
import pytest

from gui.model.columns import LARGEST, Levels


def test_decimation_keeps_extremes_gaps_and_the_newest_point() -> None:
    values = np.random.default_rng(1).normal(size=300_001)
    values[12_345], values[54_321], values[100:200] = 50.0, -50.0, np.nan
    levels = Levels()
    for part in np.split(values, [3, 5_000, 70_000, 299_999]):
        levels.append(part)
    indices, drawn = levels.decimate(0, len(levels), 500)
    assert len(indices) < 2_500
    assert (drawn.max(), drawn.min()) == (50.0, -50.0)
    assert indices[-1] == 300_000
    assert drawn[-1] == np.float32(values[-1])
    assert np.isfinite(drawn).all()
    levels.truncate(1_000)
    levels.append([7.0])
    assert levels.decimate(0, 2_000, 10)[1][-1] == 7.0


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
        for buckets in (4, 40, 4_000):
            indices, drawn = levels.decimate(0, length, buckets)
            assert np.abs(drawn).max() <= 1.0
            assert not {3, 4, 5, length - 1} & (set(indices.tolist()) if length <= 2 * buckets else set())
    kept = levels.raw.values
    assert [float(kept[at]) for at in (3, 4, 5)] == [np.inf, -np.inf, np.inf]  # beyond what a single float holds
    assert np.isnan(kept[-1])
    levels.append([LARGEST, -LARGEST])
    assert [float(value) for value in levels.raw.values[-2:]] == [LARGEST, -LARGEST]
