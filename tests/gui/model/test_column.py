"""A column holds what was appended, and no append copies all of it."""

import random

import numpy as np
import pytest

from gui.model.column import Column


class Counted(np.ndarray):
    """An array that counts the values written to it."""

    written = 0

    def __setitem__(self, key: object, values: object) -> None:
        Counted.written += np.size(values)
        super().__setitem__(key, values)


def test_a_column_is_what_was_appended_and_not_forgotten() -> None:
    rng, column, wanted = random.Random(3), Column(), np.empty(0)
    for number in range(3_000):
        new = np.full(rng.choice([1, 7, 500, 9_000]), number, float)
        column.append(new)
        wanted = np.concatenate([wanted, new])
        if rng.random() < 0.2:
            length = rng.randrange(len(wanted) + 1)
            column.truncate(length)
            wanted = wanted[:length]
        assert len(column) == len(wanted)
        if number % 50 == 0:
            assert np.array_equal(column.values, wanted)
    assert np.array_equal(column.values, wanted)
    assert len(wanted) > 4_096


def test_no_append_is_long_because_it_finds_the_array_full(monkeypatch: pytest.MonkeyPatch) -> None:
    column = Column()
    real = np.empty
    monkeypatch.setattr(np, "empty", lambda *given: real(*given).view(Counted))
    most = 0
    for _ in range(2_000):
        before = Counted.written
        column.append(np.zeros(100))
        most = max(most, Counted.written - before)
    assert len(column) == 200_000
    assert Counted.written < 4 * 200_000
    assert most <= 400
