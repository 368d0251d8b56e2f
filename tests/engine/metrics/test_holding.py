"""Whether a pace holds a run back: by what its steps take, however they come, and not by what was asked for."""

from math import inf

import numpy as np
import pytest

from engine.events.ranks import SlowedDown
from engine.events.run import Changed, Paced, RunStarted, SegmentStarted
from engine.metrics.holding import LATEST, LEAST, Holding
from engine.metrics.mode_measures import measured
from engine.metrics.stretches import Stretch
from engine.rows import STEP_ROW, Rows, StepBatch

SHORT_S, LONG_S = 0.012, 0.028
"""At 50 steps a second one may begin every 20 ms."""


def steps(first: int, *seconds: float) -> Rows:
    rows = np.zeros(len(seconds), STEP_ROW)
    rows["step"] = first + np.arange(len(seconds))
    rows["seconds"], rows["at_s"], rows["samples"] = seconds, 0.1 * (1 + rows["step"]), 512
    return rows


def begin(step: int = 0, segment: int = 0, mode: str = "cpu,threads=1") -> SegmentStarted:
    return SegmentStarted(at_s=0.1 * step, segment=segment, step=step, mode=mode, words="", ranks=(), warmup_steps=3)


def paced(step: int = 0, steps_per_s: float | None = 50.0) -> Paced:
    return Paced(at_s=0.1 * step, step=step, steps_per_s=steps_per_s)


def of(*told: SegmentStarted | Paced | Changed | SlowedDown | RunStarted | Rows) -> Holding:
    found = Holding()
    for message in told:
        if isinstance(message, np.ndarray):
            found.add(message)
        else:
            found.hear(message)
    return found


def test_short_steps_are_held_and_long_ones_are_not() -> None:
    begun = of(paced(), begin())
    assert (begun.is_held, begun.held_at_per_s, begun.counts_as_held) == (None, None, True)
    begun.add(steps(0, SHORT_S))
    assert (begun.is_held, begun.held_at_per_s, begun.was_held) == (True, 50.0, True)
    warm = [*[LONG_S] * 3, *[LONG_S] * (LEAST - 1)]
    slow = of(paced(), begin(), steps(0, *warm))
    assert (slow.is_held, slow.counts_as_held) == (None, True)
    slow.add(steps(len(warm), LONG_S))
    assert (slow.is_held, slow.held_at_per_s, slow.counts_as_held, slow.was_held) == (False, None, False, False)
    assert slow.stretches == ()


def test_what_is_known_of_a_mode_at_full_speed_tells_at_once() -> None:
    for seconds, is_held in ((SHORT_S, True), (LONG_S, False)):
        found = of(begin(), steps(0, *[1.0] * 3, *[seconds] * 8))
        assert (found.is_held, found.counts_as_held) == (None, False), "at full speed nothing is held"
        found.hear(paced(11))
        assert (found.is_held, found.counts_as_held) == (is_held, is_held)
        found.hear(paced(12, 1.0))
        assert found.held_at_per_s == 1.0
        found.hear(paced(13, None))
        assert (found.held_at_per_s, found.counts_as_held) == (None, False)
        assert found.stretches == ((Stretch(11, 12), Stretch(12, 13)) if is_held else (Stretch(12, 13),))
        assert found.was_held


def test_of_steps_about_as_long_as_the_pace_allows_nothing_changes_with_each() -> None:
    for first in (SHORT_S, LONG_S):
        found = of(begin(), steps(0, *[first] * 30), paced(30))
        known = found.is_held
        found.add(steps(30, *[SHORT_S, LONG_S] * 40))
        assert found.is_held is known
    slow = of(begin(), steps(0, *[LONG_S] * 30), paced(30), steps(30, *[LONG_S] * 5, *[SHORT_S] * LATEST))
    assert (slow.is_held, slow.stretches) == (True, (Stretch(35),)), "from the first short one on"


def test_how_steps_are_divided_among_messages_makes_no_difference() -> None:
    seconds = np.random.default_rng(0).choice([SHORT_S, LONG_S], 400, p=[0.5, 0.5])
    seconds[100:150], seconds[200:250] = LONG_S, SHORT_S
    found = set()
    for size in (1, 7, 400):
        held = of(paced(), begin())
        for first in range(0, 400, size):
            held.add(steps(first, *seconds[first : first + size]))
        found.add((held.is_held, *((s.begin, s.end) for s in held.stretches)))
    assert len(found) == 1


@pytest.mark.parametrize("what", ["batch size", "slowdown"])
def test_what_slows_held_steps_down_is_no_full_speed_but_other_terms_are(what: str) -> None:
    held = of(Changed(at_s=0.0, step=0, lr=0.1, batch_size=64), paced(), begin(), steps(0, *[SHORT_S] * 10))
    held.add(steps(10, *[LONG_S] * LATEST))
    assert (held.is_held, held.held_at_per_s, held.counts_as_held) == (False, None, True)
    held.hear(Changed(at_s=0.0, step=30, lr=0.2, batch_size=64))
    assert held.is_held is False, "another learning rate makes no step longer"
    if what == "batch size":
        held.hear(Changed(at_s=0.0, step=30, lr=0.2, batch_size=512))
    else:
        held.hear(SlowedDown(at_s=0.0, step=30, rank=0, phase="compute", factor=3.0, delay_s=0.0))
    assert (held.is_held, held.stretches) == (None, (Stretch(0, 30), Stretch(30)))
    held.add(steps(30, *[LONG_S] * LEAST))
    assert (held.is_held, held.stretches) == (False, (Stretch(0, 30),))


def test_a_shift_asks_anew_and_a_run_that_goes_on_is_at_full_speed_until_it_is_told() -> None:
    run = of(paced(), begin(), steps(0, *[SHORT_S] * 10), begin(10, 1))
    assert (run.is_held, run.stretches, run.was_held) == (None, (Stretch(10),), True)
    run.add(steps(10, *[LONG_S] * (3 + LEAST)))
    assert run.is_held is False
    run.hear(RunStarted(at_s=9.0, spec="", step=5, started_unix_s=0.0, directory=""))
    assert (run.is_held, run.counts_as_held, run.was_held) == (None, False, True)
    run.hear(RunStarted(at_s=9.0, spec="", step=0, started_unix_s=0.0, directory=""))
    assert not run.was_held, "steps that were held were made again"
    run.hear(begin(0, 2))
    assert run.stretches == ()


@pytest.mark.parametrize("size", [1, 4, 1_000])
def test_where_nothing_is_held_steps_count_as_at_full_speed(size: int) -> None:
    at_full_speed = [begin(), StepBatch(steps(0, *[1.0] * 3, *[0.027] * 50))]
    rows = steps(53, *[LONG_S] * 100)
    (row,) = measured(
        [*at_full_speed, paced(53), *(StepBatch(rows[at : at + size]) for at in range(0, 100, size))]
    ).rows.values()
    assert (row.is_at_pace, row.at_pace, row.steps, row.warm_up) == (False, 0, 150, 3)
    rows = steps(153, *[1.0] * 3, *[LONG_S] * 97)
    kept = [begin(153, 1, "cpu,threads=2"), *(StepBatch(rows[at : at + size]) for at in range(0, 100, size))]
    one, two = measured([*at_full_speed, paced(53), StepBatch(steps(53, *[SHORT_S] * 100)), *kept]).rows.values()
    assert (one.at_pace, one.steps) == (100, 50)
    assert (two.is_at_pace, two.at_pace, two.steps, two.warm_up) == (False, 0, 97, 3)
    assert two.step_s == pytest.approx(LONG_S)


def test_steps_that_are_cold_at_a_pace_that_holds_nothing_are_left_out_as_at_full_speed() -> None:
    """A mode is shifted to at a pace it does not come to: its first second is slower than all that follows."""
    seconds = [*[0.1] * 13, *[LONG_S] * 150]

    def warm_up(*told: Paced) -> list[int]:
        batches = [StepBatch(steps(at, *seconds[at : at + 2])) for at in range(0, len(seconds), 2)]
        return [row.warm_up for row in measured([*told, begin(), *batches]).rows.values()]

    assert warm_up(paced()) == warm_up()
    assert warm_up()[0] > 3


def test_before_any_pace_nothing_is_held() -> None:
    run = of(begin(), steps(0, *[SHORT_S] * 10))
    assert (run.is_held, run.held_at_per_s, run.was_held, run.stretches) == (None, None, False, ())
    assert Stretch(0).end == inf
