"""How often the evaluator looks: ten times a second while a run is young, then once, and less where looks cost."""

from itertools import pairwise

import pytest

from engine.bench.evaluator import LOOK_LIMIT_S, TEXT_LIMIT_S
from engine.session.look_pace import LATE_S, WORK_SHARE, LookPace

TEXT_S, VALIDATION_S, READING_S = 0.078, 0.072, 0.005
"""Of a core, in a look at a GPT of 11 M weights: writing, validating, taking the weights in."""
LEAST_SHARE = 0.017
"""Of a core, that the evaluator has where others want them all."""
BOUNDARY_S, COPY_S, SETTLED_S, WATCHED_S = 0.5, 0.01, 30.0, 1_000.0
MOST_S = (WATCHED_S - SETTLED_S) / WORK_SHARE + TEXT_S + VALIDATION_S
"""Of a core, in that time: one look may be on its edge."""


class Beside:
    """Looks beside training, at a model that writes: when each text and each validation was there, and the work."""

    def __init__(self, share: float, drawing_s: float = 0.0) -> None:
        """`share` is what it has of a core, `drawing_s` what a picture that somebody watches takes."""
        self.texts: list[float] = []
        self.validations: list[float] = []
        self.work_s = 0.0
        pace, now_s = LookPace("text-gpt"), 0.0
        while now_s < WATCHED_S:
            if not pace.is_due(now_s):
                now_s += 0.1
                continue
            pace.ask(now_s)
            now_s += BOUNDARY_S
            due = pace.copied(COPY_S, is_at_rest=False)
            writing_s = TEXT_S * due.writes
            work_s = READING_S + writing_s + VALIDATION_S * due.validates
            if due.writes:
                self.texts.append(now_s + (READING_S + writing_s) / share)
            now_s += (work_s + drawing_s) / share
            if due.validates:
                self.validations.append(now_s)
            pace.looked(work_s, writing_s)
            pace.looked(drawing_s)
            self.work_s += (work_s + drawing_s) * (now_s > SETTLED_S)


def gap_s(times: list[float]) -> float:
    """The mean seconds from one to the next, once it is no longer young."""
    settled = [at for at in times if at > SETTLED_S]
    return (settled[-1] - settled[0]) / (len(settled) - 1)


def looks(until_s: float, *, copy_s: float = 0.0, work_s: float = 0.0) -> list[float]:
    pace, asked, now_s = LookPace("digits-mlp"), [], 100.0
    while now_s < 100.0 + until_s:
        if pace.is_due(now_s):
            asked.append(now_s - 100.0)
            pace.ask(now_s)
            assert pace.copied(copy_s, is_at_rest=False) == (False, True)
            pace.looked(work_s)
        now_s += 0.01
    return asked


def test_looks_are_dense_at_first_and_then_once_a_second() -> None:
    asked = looks(20.0)
    assert 45 <= len([at for at in asked if at < 5]) <= 50
    assert 14 <= len([at for at in asked if at > 5.5]) <= 15


def test_looks_that_cost_much_are_seldom_even_then() -> None:
    assert len([at for at in looks(60.0, work_s=0.1) if at > 5.5]) <= 54 / 7 + 1
    assert len([at for at in looks(60.0, copy_s=0.01) if at > 5.5]) <= 54 / 3 + 1
    young = [at for at in looks(5.0, work_s=0.1) if at < 5]
    assert 0.1 * len(young) <= 5 / 7 + 0.1  # a seventh of a core


@pytest.mark.parametrize("share", [LEAST_SHARE, 1.0])
def test_texts_and_validations_come_as_often_as_they_should_each_by_a_clock_of_its_own(share: float) -> None:
    seen = Beside(share)
    assert gap_s(seen.texts) < TEXT_LIMIT_S
    assert gap_s(seen.validations) < LOOK_LIMIT_S
    assert seen.work_s < MOST_S


def test_a_picture_that_is_watched_makes_looks_rarer_and_they_cost_no_more() -> None:
    plain, watched = Beside(1.0), Beside(1.0, drawing_s=0.05)
    assert gap_s(watched.texts) > 1.3 * gap_s(plain.texts)
    assert watched.work_s < MOST_S


def test_a_run_at_rest_is_validated_though_it_is_not_due() -> None:
    pace = LookPace("text-gpt")
    pace.ask(0.0)
    assert pace.copied(0.0, is_at_rest=False) == (True, True)
    pace.looked(2.0, 0.1)
    assert not pace.is_due(1.0)
    pace.ask(2.0)
    assert pace.copied(0.0, is_at_rest=False) == (True, False)
    pace.looked(0.1, 0.1)
    pace.ask(4.0)
    assert pace.copied(0.0, is_at_rest=True) == (True, True)


def test_after_a_long_rest_looks_are_made_up_for_by_a_few_seconds_alone() -> None:
    pace = LookPace("digits-mlp")
    pace.ask(0.0)
    pace.looked(0.1)
    begin_s, asked, now_s = 1_000.0, list[float](), 1_000.0
    while now_s < begin_s + 60:
        if pace.is_due(now_s):
            asked.append(now_s)
            pace.ask(now_s)
            pace.looked(0.1)
        now_s += 0.1
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps[0] == pytest.approx(7.0 - LATE_S, abs=0.2)
    assert gaps[1:] == pytest.approx([7.0] * len(gaps[1:]), abs=0.2)
