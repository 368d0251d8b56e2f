"""How long forward and backward take is told alike each time, whatever comes over a pass or two of them."""

from collections.abc import Iterator
from functools import partial

import pytest
from torch import nn

from engine.rank.state.weights import Weights
from engine.rank.trace import messages


class Passes:
    """Passes of so many seconds each, one after the other, by a clock of their own; then all as long as the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
        self.now_s, self.made = 0.0, 0
        monkeypatch.setattr(messages, "perf_counter", lambda: self.now_s)
        self._seconds: Iterator[float] = iter(seconds)
        self._last_s = seconds[-1]

    def make(self) -> None:
        self.made += 1
        self.now_s += next(self._seconds, self._last_s)

    def timed(self) -> float:
        return messages.time_passes(self.make, Weights(nn.Linear(1, 1)))


def test_a_first_pass_that_is_long_and_one_that_lost_its_core_are_not_what_the_model_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timed = partial(Passes, monkeypatch)
    assert timed(0.001).timed() == pytest.approx(0.001)
    assert timed(0.0204, 0.001).timed() == pytest.approx(0.001), "as of torch on its first visit, every third time"
    assert timed(0.0204, 0.025, 0.001).timed() == pytest.approx(0.001)


def test_a_pass_that_is_long_in_truth_is_made_three_times_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = Passes(monkeypatch, 0.018)
    assert passes.timed() == pytest.approx(0.018)
    assert passes.made == 3
    passes = Passes(monkeypatch, 18.0)
    assert passes.timed() == pytest.approx(18.0)
    assert passes.made == 3
