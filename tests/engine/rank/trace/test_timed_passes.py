"""How long forward and backward take is told alike each time, whatever comes over a pass or two of them."""

from collections.abc import Iterator
from functools import partial

import pytest
from torch import nn

from engine.anatomy import Calls
from engine.rank.state.weights import Weights
from engine.rank.trace import calls
from engine.rank.trace.calls import AGAIN_S, CallTimes


class Passes:
    """Passes of so many seconds each, one after the other, by a clock of their own; then all as long as the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
        self.now_s, self.made = 0.0, 0
        monkeypatch.setattr(calls, "perf_counter", lambda: self.now_s)
        self._seconds: Iterator[float] = iter(seconds)
        self._last_s = seconds[-1]

    def make(self) -> None:
        self.made += 1
        self.now_s += next(self._seconds, self._last_s)

    def timed(self) -> float:
        return calls.time_passes(self.make, Weights(nn.Linear(1, 1)))


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


def test_cores_that_others_took_at_one_moment_are_in_neither_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a batch was told to take 4 ms, and one sample 1 ms: no more than a quarter would have been calls."""
    batch_s, sample_s, now_s, timed = 0.004, 0.001, 0.0, 0

    def take(seconds: float) -> None:
        nonlocal now_s, timed
        now_s, timed = now_s + seconds, timed + 1

    monkeypatch.setattr(calls, "perf_counter", lambda: now_s)
    times = CallTimes(lambda: take(batch_s), lambda: take(sample_s), Weights(nn.Linear(1, 1)), lambda: 214)
    assert times.calls == Calls(batch_s=pytest.approx(0.004), sample_s=pytest.approx(0.001), operations=214)
    batch_s = 0.0015
    times.again()
    batch_s, sample_s = 0.006, 0.003
    times.again()
    assert times.calls == Calls(batch_s=pytest.approx(0.0015), sample_s=pytest.approx(0.001), operations=214)
    begin_s = now_s
    for _ in range(100):
        times.again()
    assert now_s - begin_s < AGAIN_S, "training is not held up for ever"
    timed = 0
    long = CallTimes(lambda: take(batch_s), lambda: take(0.02), Weights(nn.Linear(1, 1)), lambda: 214)
    long.again()
    assert (long.calls, timed) == (None, 3), "a long one is timed once"
    batch_s, sample_s = 0.1, 0.005
    long = CallTimes(lambda: take(batch_s), lambda: take(sample_s), Weights(nn.Linear(1, 1)), lambda: 214)
    timed = 0
    long.again()
    assert (long.calls is None, timed) == (False, 0), "nor is one whose batch is"
