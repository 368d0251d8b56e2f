"""Which times to believe where they do not rise: the fewest are left out."""

import numpy as np
import pytest

from engine.record import rising as module
from engine.record.rising import rising


def kept(*times_s: float, early_s: float = 0.0) -> list[int]:
    return np.flatnonzero(rising(np.array(times_s), early_s)).tolist()


@pytest.mark.parametrize(
    ("times_s", "left"),
    [
        ((1, 2, 3), [0, 1, 2]),
        ((), []),
        ((1, 2, 900, 3, 4), [0, 1, 3, 4]),
        ((5, 6, 1, 7, 8), [0, 1, 3, 4]),
        ((1, 2, 3, 500, 400, 300, 4, 5, 6, 7, 8), [0, 1, 2, 6, 7, 8, 9, 10]),
        ((1, 2, 3, 900, 40, 50, 2.5, 2.6, 2.7, 2.8), [0, 1, 6, 7, 8, 9]),  # late ones in two stretches
        ((10, 20, 30, 40, 1, 2, 50, 60), [0, 1, 2, 3, 6, 7]),
        ((10, 20, 30, 40, 1, 2), [0, 1, 2, 3]),
    ],
)
def test_the_fewest_are_left_out(times_s: tuple[float, ...], left: list[int]) -> None:
    assert kept(*times_s) == left


def test_where_nothing_tells_which_is_wrong_the_later_told_is_believed() -> None:
    assert kept(9, 1) == [1]


def test_a_little_earlier_is_no_fall() -> None:
    assert kept(10, 9, 11, early_s=1.0) == [0, 1, 2]
    assert kept(10, 8.9, 11, 12, early_s=1.0) == [1, 2, 3]


def test_of_too_many_falls_whatever_was_overtaken_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FALLS", 1)
    assert kept(1, 900, 2, 3) == [0, 2, 3]  # one is not too many
    monkeypatch.setattr(module, "MOST_FALLS", 0)
    assert kept(1, 900, 2, 3) == [0, 1]
    assert kept(10, 9, 3, early_s=1.0) == [0, 1]
