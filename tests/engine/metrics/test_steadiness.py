"""A rate has settled after enough steps and seconds that agree with each other, or when eight seconds are over."""

import pytest

from engine.metrics.steadiness import Steadiness


def made(step_s: float, seconds: float, *, later_s: float | None = None) -> Steadiness:
    """So many seconds of steps; the last second of them take `later_s` each."""
    steady, at_s = Steadiness(), 0.0
    while at_s < seconds - 1e-9:
        taken_s = later_s if later_s is not None and at_s >= seconds - 1.0 else step_s
        steady.add(10, taken_s, 1)
        at_s += taken_s
    return steady


@pytest.mark.parametrize(
    ("steady", "is_settled"),
    [
        (made(0.01, 1.9), False),
        (made(0.01, 2.1), True),
        (made(0.5, 3.0), False),
        (made(0.5, 4.0), True),
        (made(2.0, 10.0), False),
        (made(0.01, 5.0, later_s=0.02), False),
        (made(0.01, 5.0, later_s=0.011), True),
        (made(0.01, 9.0, later_s=0.02), True),
    ],
    ids=range(8),
)
def test_settled(steady: Steadiness, is_settled: bool) -> None:
    assert steady.is_settled is is_settled


def test_a_change_begins_anew() -> None:
    steady = made(0.01, 5.0)
    steady.begin()
    assert not steady.is_settled
    assert steady.steps == 0


@pytest.mark.parametrize(
    ("steady", "wanted"),
    [
        (made(0.01, 0.0), 20),
        (made(0.01, 1.0), 200),
        (made(0.0012, 1.2), 1_700),
        (made(0.3, 0.9), 14),
        (made(1.0, 2.0), 6),
    ],
    ids=range(5),
)
def test_how_many_steps_it_takes_is_known_from_the_first_on(steady: Steadiness, wanted: int) -> None:
    assert steady.steps_wanted == wanted
    assert not steady.has_enough
