"""Ranks reached through another process, over pipes, by another clock: a session cannot tell, and the numbers agree.

`tests/relay.py` is a second implementation of the rank process. What a session does to ranks is done through it here:
every exact mode's mathematics, shifts from one kind of ranks to the other, pauses, deaths, and times on one clock.
"""

import ast
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import msgspec
import psutil
import pytest

from engine.config.catalogue import modes_that_fit
from engine.config.roles import is_exact
from engine.config.spec import RunSpec, make_spec
from engine.events.evaluator import Validated
from engine.events.ranks import RankFailed, StepAnatomy
from engine.events.run import RunFinished
from engine.events.shift import Shifted
from engine.ipc.shared_memory import SharedMemory
from engine.record.states import last_state
from engine.rows import StepBatch
from engine.session.rank_process import Deliver, Ranks
from engine.session.session import Session
from engine.session.starter import RankStarter, can_fork
from tests.conftest import ROOT, Watched
from tests.relay import AHEAD_S, RelayStarter

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot fork ranks")
PLAIN = "cpu,threads=1,precision=fp64"
SPEC = make_spec("digits-mlp", mode=PLAIN, steps=100, batch_size=50, knobs={"hidden": 32, "layers": 8})
SOME = [f"cpu,{mode},precision=fp64" for mode in ("dp=2", "tp=2", "fsdp=2", "pp=2", "dp=2,transport=shm", "threads=1")]


UNDER = {"fork_server", "forked_rank", "local_rank", "local_ranks", "server_process", "spares", "starter"}
"""Files of engine/session that are under the interface: they know this machine."""
OF_THIS_MACHINE = {"ctypes", "mmap", "os", "psutil", "select", "signal", "socket", "subprocess", "tempfile"}
MAY = {"rank_process": {"mmap", "signal"}, "session": {"os"}}
"""The type of a state, the names of signals; the session's own process number."""


class Both(RelayStarter):
    """Every second crew is behind the relay, the others are of this machine."""

    def __init__(self, local: RankStarter) -> None:
        super().__init__(local)
        self._started = 0

    def start(
        self, count: int, deliver: Deliver, former: Ranks | None = None, snapshot: SharedMemory | None = None
    ) -> Ranks:
        self._started += 1
        if self._started % 2:
            return super().start(count, deliver, former, snapshot)
        return self._local.start(count, deliver, former, snapshot)


@pytest.fixture
def relay(starter: RankStarter) -> Iterator[RelayStarter]:
    with closing(RelayStarter(starter)) as relay:
        yield relay


def train(starter: RankStarter, spec: RunSpec, modes: Sequence[str], directory: Path) -> Watched:
    """All steps of the run, with shifts to these modes, evenly spread."""
    with closing(Session(spec, starter, directory=directory)) as session:
        run = Watched(session)
        for index, mode in enumerate(modes):
            at = 2 + index * 90 // len(modes)
            session.run_until(at)
            run.until(lambda m, at=at: getattr(m, "status", "") == "paused" and m.step == at)  # type: ignore[misc]
            session.shift(mode)
            run.until(lambda m: isinstance(m, Shifted))
        session.play()
        run.until(lambda m: isinstance(m, RunFinished))
        run.status("finished")
    return run


def is_same(run: Watched, reference: Watched) -> bool:
    expected, losses = reference.losses(), run.losses()
    assert run.steps() == list(range(100))
    return all(losses[step] == pytest.approx(loss, rel=1e-10) for step, loss in expected.items())


def test_nothing_above_the_interface_knows_this_machine() -> None:
    above = [path for path in (ROOT / "engine" / "session").glob("*.py") if path.stem not in UNDER]
    assert len(above) > 10
    for path in above:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        known = {name.partition(".")[0] for name in names} & OF_THIS_MACHINE
        assert known <= MAY.get(path.stem, set()), path
        assert not {name for name in names if name.startswith("engine.session.")} & {
            f"engine.session.{n}" for n in UNDER - {"starter"}
        }


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("at_most", [3, pytest.param(999, marks=pytest.mark.long)])
def test_every_exact_mode_behind_the_relay_is_the_one_thread_run(
    starter: RankStarter, relay: RelayStarter, tmp_path: Path, at_most: int
) -> None:
    """In the suite some of them, others each time; all in the long one."""
    modes = [m.text for m in modes_that_fit("digits-mlp", SPEC.knobs, 2, 4, precision="fp64") if is_exact(m)]
    assert len(modes) > 20
    random.shuffle(modes)
    modes = modes[:at_most]
    reference = train(starter, SPEC, [], tmp_path / "reference")
    run = train(relay, SPEC, modes, tmp_path / "relayed")
    assert len(run.of(Shifted)) == len(modes)
    assert is_same(run, reference), modes
    state = last_state(tmp_path / "relayed")
    assert state is not None
    assert state.step == 100


def test_the_state_goes_from_here_to_there_and_back(starter: RankStarter, tmp_path: Path) -> None:
    reference = train(starter, SPEC, [], tmp_path / "reference")
    with closing(Both(starter)) as both:
        run = train(both, SPEC, SOME, tmp_path / "run")
    assert len(run.of(Shifted)) == len(SOME)
    assert is_same(run, reference)
    # The evaluator is of this machine, and sees what ranks copied that are elsewhere.
    last, expected = run.of(Validated)[-1], reference.of(Validated)[-1]
    assert (last.step, expected.step) == (100, 100)  # type: ignore[attr-defined]
    assert last.loss == pytest.approx(expected.loss, rel=1e-10)  # type: ignore[attr-defined]


def test_all_times_are_on_the_sessions_clock(relay: RelayStarter, tmp_path: Path) -> None:
    spec = msgspec.structs.replace(SPEC, steps=None)
    assert relay.ahead_s == pytest.approx(AHEAD_S, abs=0.01)
    with closing(Session(spec, relay, directory=tmp_path / "run")) as session:
        run = Watched(session)
        session.play()
        run.until(lambda m: isinstance(m, StepBatch))
        session.shift("cpu,dp=2,precision=fp64")
        shifted = run.until(lambda m: isinstance(m, Shifted))
        anatomy = run.until(lambda m: isinstance(m, StepAnatomy) and m.segment == 1)
        session.pause()
        paused = run.status("paused")
        rows = [row for batch in run.of(StepBatch) for row in batch.rows]  # type: ignore[attr-defined]
    assert isinstance(shifted, Shifted)
    assert isinstance(anatomy, StepAnatomy)
    end_s = paused.at_s  # type: ignore[union-attr]
    assert all(0.0 < row["at_s"] < end_s for row in rows)
    assert all(one["at_s"] < other["at_s"] for one, other in pairwise(rows))
    assert 0.0 < shifted.split.gather_s < shifted.seconds < 5.0
    assert all(0.0 < rank.begin_s < end_s for rank in anatomy.ranks)
    assert anatomy.clock_offset_s < 0.1


@pytest.mark.parametrize(("fault", "words"), [("kill", "SIGKILL"), ("freeze", "frozen"), ("exception", "on purpose")])
def test_a_fault_behind_the_relay_is_named_and_the_run_goes_on(
    relay: RelayStarter, tmp_path: Path, fault: str, words: str
) -> None:
    spec = msgspec.structs.replace(SPEC, mode="cpu,dp=2,precision=fp64", steps=None, hang_limit_s=1.0)
    with closing(Session(spec, relay, directory=tmp_path / "run")) as session:
        run = Watched(session)
        session.play()
        run.until(lambda m: isinstance(m, StepBatch))
        session.break_rank(1, fault)
        failed = run.until(lambda m: isinstance(m, RankFailed), 20)
        assert isinstance(failed, RankFailed)
        assert words in failed.reason + failed.details
        assert failed.resume_step is not None
        session.run_until(failed.resume_step + 5)
        run.status("paused")


def reap(orphans: list[psutil.Process]) -> None:
    """They end by themselves; then they are this process's children, for it has had a fork server."""
    deadline_s = time.monotonic() + 10
    while any(psutil.pid_exists(orphan.pid) for orphan in orphans):
        assert time.monotonic() < deadline_s
        for orphan in orphans:
            with suppress(ChildProcessError):
                os.waitpid(orphan.pid, os.WNOHANG)
        time.sleep(0.01)


@pytest.mark.usefixtures("starter")
def test_the_end_of_the_relay_is_the_end_of_its_ranks(relay: RelayStarter, tmp_path: Path) -> None:
    with closing(Session(SPEC, relay, directory=tmp_path / "run")) as session:
        run = Watched(session)
        session.run_until(3)
        run.status("paused")
        orphans = psutil.Process(relay.process.pid).children(recursive=True)
        relay.process.kill()
        failed = run.until(lambda m: isinstance(m, RankFailed), 20)
    reap(orphans)
    assert "nobody is left" in failed.details or "the relay has ended" in failed.details  # type: ignore[union-attr]
