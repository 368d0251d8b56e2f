"""What bench large compares: steps over a span of time, and ranks that share cores as those of the next mode do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.bench.neighbours import neighbours
from engine.bench.seams import seconds_a_step
from engine.config.spec import make_spec
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter
from tests.conftest import Watched

Watch = Callable[..., Watched]
SMALL = {"hidden": 16}


def test_steps_that_are_cut_off_count_in_part() -> None:
    ends_s = [0.0, 1.0, 2.0, 4.0, 6.0, 7.0]
    assert seconds_a_step(ends_s, 1.0, 6.0) == pytest.approx(5.0 / 3)
    assert seconds_a_step(ends_s, 1.5, 5.0) == pytest.approx(3.5 / (0.5 + 1 + 0.5))
    assert seconds_a_step(ends_s, 4.5, 5.0) == pytest.approx(2.0)


def pids_of(session: Session) -> list[int]:
    crew = session._run.crews.crew
    assert crew is not None
    return [process.pid for process in crew.processes if process.pid is not None]


@pytest.mark.skipif(not hasattr(os, "getsid"), reason="this system has no sessions of processes")
def test_neighbours_share_cores_as_ranks_of_a_next_mode_do(watch: Watch, starter: RankStarter, tmp_path: Path) -> None:
    run = watch(make_spec("digits-mlp", knobs=SMALL, batch_size=32))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    (rank,) = pids_of(run.session)
    with neighbours(starter, 2, tmp_path / "beside", SMALL) as beside:
        others = pids_of(beside)
        assert len(others) == 2
        assert {os.getsid(pid) for pid in others} == {os.getsid(rank)}
        assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in [*others, rank]} == {0}
