"""What ails a run, as its messages tell: silent ranks come and go, a failure stays until the run goes on."""

from collections import Counter

from engine.events.ranks import RankFailed, RankSilent
from engine.events.run import RunStarted, SegmentStarted
from engine.events.shift import ShiftFailed
from gui.model.health import FAILED, SILENT
from gui.model.run_view import RunView


def silent(rank: int, *, is_silent: bool = True, is_next: bool = False) -> RankSilent:
    return RankSilent(at_s=1.0, rank=rank, pid=7, seconds=3.0, is_silent=is_silent, is_next=is_next)


def failed(rank: int) -> RankFailed:
    return RankFailed(
        at_s=2.0, rank=rank, pid=7, exit_status=-9, signal="SIGKILL", reason="x", details="", resume_step=0
    )


def test_ranks_are_marked_as_long_as_it_is_so() -> None:
    run = RunView("r", Counter())
    run.feed([silent(1), silent(3)])
    assert run.health.marks == {1: SILENT, 3: SILENT}
    run.feed([silent(1, is_silent=False)])
    assert run.health.marks == {3: SILENT}
    run.feed([failed(3)])
    assert run.health.marks == {3: FAILED}
    run.feed([RunStarted(at_s=3.0, spec="", step=0, started_unix_s=0.0, directory="")])
    assert run.health.marks == {}
    assert run.health.failure is None


def test_ranks_of_the_next_mode_are_not_those_of_this_one() -> None:
    run = RunView("r", Counter())
    run.feed([silent(1, is_next=True)])
    assert (run.health.marks, list(run.health.next_silent)) == ({}, [1])
    run.feed([ShiftFailed(at_s=2.0, mode="cpu", to_mode="cpu,dp=2", reason="x")])
    assert not run.health.next_silent
    run.feed([silent(0), silent(1, is_next=True)])
    run.feed([SegmentStarted(at_s=2.0, segment=1, step=4, mode="cpu", words="", ranks=(), warmup_steps=0)])
    assert (run.health.marks, run.health.next_silent) == ({}, {})


def test_panels_are_told() -> None:
    versions: Counter[str] = Counter()
    run = RunView("r", versions)
    run.feed([silent(1)])
    assert versions["status"] == versions["log"] == 1
