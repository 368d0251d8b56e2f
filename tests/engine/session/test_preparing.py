"""A run says when a next mode is prepared, and until when: of shifts made, failed and cancelled, live and replayed."""

from collections.abc import Callable
from pathlib import Path

from engine.config.spec import make_spec
from engine.events.run import SegmentStarted
from engine.events.shift import Preparing, Shifted, ShiftFailed
from engine.record.replay import Replay
from engine.rows import StepBatch
from gui.model.store import Store
from tests.conftest import Watched

Watch = Callable[..., Watched]
SMALL = {"knobs": {"hidden": 16}, "batch_size": 32}


def told(run: Watched) -> list[tuple[str, bool]]:
    return [(one.mode, one.is_over) for one in run.of(Preparing)]  # type: ignore[union-attr]


def test_it_is_told_and_replayed_of_shifts_that_are_made_fail_and_are_cancelled(watch: Watch, tmp_path: Path) -> None:
    run = watch(make_spec("digits-mlp", **SMALL), directory=tmp_path / "r")
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    assert told(run) == []  # a start is prepared beside nothing
    run.session.shift("cpu,dp=2")
    run.until(lambda m: isinstance(m, Shifted))
    assert told(run) == [("cpu,dp=2", False)]
    run.session.shift("cuda:0")  # refused before anything was prepared
    run.until(lambda m: isinstance(m, ShiftFailed))
    assert len(told(run)) == 1
    run.session.shift("cpu,pp=2")
    asked = run.until(lambda m: isinstance(m, Preparing))
    shift = run.session._run.crews.shift
    assert shift is not None
    shift.crew.processes[1].kill()
    over = run.until(lambda m: isinstance(m, Preparing) and m.is_over)
    assert over.step >= asked.step  # type: ignore[union-attr]
    run.until(lambda m: isinstance(m, ShiftFailed))
    run.session.shift("cpu,threads=2")
    run.until(lambda m: isinstance(m, Preparing))
    run.session.stop()
    run.status("finished")
    assert [is_over for _, is_over in told(run)] == [False, False, True, False, True]

    live = Store()
    live.feed(run.messages)
    assert len(live.live.preparations) == 3
    first, *rest = live.live.preparations
    assert first.end is not None
    assert first.end.step == run.of(SegmentStarted)[1].step  # type: ignore[union-attr]
    assert first.begin.step < first.end.step
    assert all(one.end is not None and one.begin.at_s < one.end.at_s for one in rest)

    replayed = Store()
    replay = Replay(tmp_path / "r", at_end=True)
    replayed.feed(replay.take())
    replay.close()
    assert replayed.live.preparations == live.live.preparations
