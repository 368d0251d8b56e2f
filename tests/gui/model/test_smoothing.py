"""Smoothing is the same recursion, in whatever portions values come."""

import numpy as np
import pytest

from gui.model.smoothing import Smoother


@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9, 0.99, 0.999])
def test_smoothing_is_the_recursion_in_any_portions(weight: float) -> None:
    values = np.random.default_rng(0).normal(3.0, 1.0, 4_000)
    values[100] = np.nan
    expected, last, count = [], 0.0, 0
    for value in values:
        if np.isnan(value):
            expected.append(np.nan)
            continue
        count += 1
        last = last * weight + value * (1 - weight)
        expected.append(last / (1 - weight**count))
    smoother = Smoother(weight)
    smoothed = np.concatenate([smoother.append(part) for part in np.split(values, [1, 7, 99, 101, 2500])])
    np.testing.assert_allclose(smoothed, expected, rtol=1e-9)
