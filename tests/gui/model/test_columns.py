"""Decimated values keep what an eye would miss: extremes, gaps, the newest point."""

import numpy as np

from gui.model.columns import Levels


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
