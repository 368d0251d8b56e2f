"""How often the evaluator looks: ten times a second while a run is young, then once, and less where looks cost."""

from engine.session.look_pace import LookPace


def looks(until_s: float, *, copy_s: float = 0.0, work_s: float = 0.0) -> list[float]:
    pace, asked, now_s = LookPace(), [], 100.0
    while now_s < 100.0 + until_s:
        if pace.is_due(now_s):
            asked.append(now_s - 100.0)
            pace.ask(now_s)
            pace.copied(copy_s)
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
