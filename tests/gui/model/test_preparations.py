"""When a next mode was prepared, as the window knows it."""

import pytest

from engine.events.ranks import RankFailed
from engine.events.run import RunStarted
from engine.events.shift import Preparing
from engine.record.plausible import is_plausible
from gui.model.run_view import RunView
from gui.model.store import Store
from tests.messages import batch, begin


def started(step: int, at_s: float) -> RunStarted:
    return RunStarted(at_s=at_s, spec="", step=step, started_unix_s=0.0, directory="d")


def preparing(step: int, at_s: float, *, is_over: bool = False) -> Preparing:
    return Preparing(at_s=at_s, step=step, mode="cpu,dp=2", is_over=is_over)


def stretches(run: RunView) -> list[tuple[int, int | None]]:
    return [(one.begin.step, one.end.step if one.end is not None else None) for one in run.preparations]


def test_a_preparation_lasts_until_the_seam_or_until_it_is_given_up() -> None:
    store = Store()
    store.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 100), preparing(90, 0.95)])
    versions = store.versions["segments"]
    assert stretches(store.live) == [(90, None)]
    assert store.live.preparations[0].begin.samples == 900
    store.feed([batch(100, 100, at_s=1.0), preparing(150, 1.6, is_over=True)])
    assert store.versions["segments"] == versions + 1
    assert (store.live.preparations[0].end.at_s, store.live.preparations[0].end.samples) == (1.6, 1500)  # type: ignore[union-attr]
    store.feed([preparing(180, 1.85), begin(1, 200, 2.0)])
    assert stretches(store.live) == [(90, 150), (180, 200)]
    assert store.live.preparations[1].mode == "cpu,dp=2"
    store.feed([batch(200, 50, segment=1, at_s=2.0), begin(2, 250, 2.5)])  # ranks that were there: nothing to prepare
    assert stretches(store.live) == [(90, 150), (180, 200)]


def test_a_failure_ends_it_and_a_recovery_cuts_it() -> None:
    store = Store()
    store.feed([started(0, 0.0), begin(0, 0, 0.0), batch(0, 100), preparing(50, 0.5), preparing(60, 0.6, is_over=True)])
    store.feed([preparing(80, 0.8)])
    why = {"signal": "SIGKILL", "reason": "", "details": "", "resume_step": 55}
    store.feed([RankFailed(at_s=1.0, rank=0, pid=1, exit_status=None, **why)])
    assert stretches(store.live) == [(50, 60), (80, 100)]
    store.feed([started(55, 2.0)])
    assert stretches(store.live) == [(50, 55)]
    store.feed([begin(1, 55, 2.0), batch(55, 5, segment=1, at_s=2.0), started(50, 3.0)])
    assert stretches(store.live) == []


@pytest.mark.parametrize("mode", ["cpu,xp=2", "cpu,dp=2"])
def test_one_of_a_mode_there_is_none_of_was_not_recorded(mode: str) -> None:
    assert is_plausible(Preparing(at_s=1.0, step=1, mode=mode)) == (mode == "cpu,dp=2")
