"""Ranks and windows that die, freeze, or run out of disk: a message, nothing lost, nothing left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.config.spec import make_spec
from engine.events.ranks import RankFailed
from engine.events.run import Notice, RunStarted
from engine.record.reader import read_record
from engine.rows import StepBatch
from tests.commands import training
from tests.conftest import ROOT, Watched

SMALL = {"knobs": {"hidden": 16}, "batch_size": 32}
Watch = Callable[..., Watched]


def running(watch: Watch, **fields: object) -> Watched:
    run = watch(make_spec("digits-mlp", **SMALL, **fields))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    while len(run.steps()) < 50:
        run.until(lambda m: isinstance(m, StepBatch))
    return run


@pytest.mark.parametrize(("mode", "victim"), [("cpu,threads=1", 0), ("cpu,dp=2", 0), ("cpu,dp=2", 1)])
def test_killed_rank_is_named_and_the_run_goes_on_by_one_click(watch: Watch, mode: str, victim: int) -> None:
    run = running(watch, mode=mode)
    crew = run.session._run.crews.crew
    assert crew is not None
    pid = crew.processes[victim].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    failed = run.until(lambda m: isinstance(m, RankFailed))
    assert isinstance(failed, RankFailed)
    assert (failed.rank, failed.pid, failed.signal) == (victim, pid, "SIGKILL")
    assert "Warning" not in failed.details
    run.status("failed")
    before = run.losses()
    run.session.play()
    again = run.until(lambda m: isinstance(m, RunStarted))
    run.until(lambda m: isinstance(m, StepBatch))
    while max(run.steps()) < max(before) + 5:
        run.until(lambda m: isinstance(m, StepBatch))
    run.session.pause()
    run.status("paused")
    after = run.losses()
    assert again.step == failed.resume_step  # type: ignore[union-attr]
    assert sorted(after) == list(range(len(after)))
    for step in before:  # steps made again are the same steps
        assert after[step] == pytest.approx(before[step], rel=1e-4)
    run.session.close()
    record = read_record(run.session.directory)
    assert record.steps["step"].tolist() == list(range(len(record.steps)))


@pytest.mark.parametrize("victim", [0, 1])
def test_frozen_rank_is_found_and_named(watch: Watch, victim: int) -> None:
    run = running(watch, mode="cpu,dp=2", hang_limit_s=1.0)
    crew = run.session._run.crews.crew
    assert crew is not None
    crew.processes[victim].freeze()
    failed = run.until(lambda m: isinstance(m, RankFailed), 20)
    assert isinstance(failed, RankFailed)
    assert failed.rank == victim
    assert "frozen" in failed.reason


def test_rank_that_raises_sends_its_traceback(watch: Watch, tmp_path: Path) -> None:
    run = watch(make_spec("digits-mlp", **SMALL), directory=tmp_path / "r")
    run.session.run_until(3)
    run.status("paused")
    run.ends()
    other = watch(make_spec("digits-mlp", knobs={"hidden": 17}), directory=tmp_path / "r", resume=True)
    other.session.play()
    failed = other.until(lambda m: isinstance(m, RankFailed))
    assert isinstance(failed, RankFailed)
    assert "other knobs" in failed.reason
    assert "Traceback" in failed.details
    assert failed.exit_status == 3


def ranks_of(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@pytest.mark.parametrize("mode", ["cpu,threads=1", "cpu,dp=2"])
def test_killing_the_session_ends_its_ranks_and_keeps_the_record(mode: str, tmp_path: Path) -> None:
    lines = tmp_path / "steps.json"
    with training(tmp_path, mode, 300) as process:
        ranks = ranks_of(process.pid)
        assert ranks
        process.send_signal(signal.SIGKILL)
        killed_s = time.monotonic()
        process.wait()
    _, alive = psutil.wait_procs(ranks, timeout=2.0)
    assert not alive, f"still there {time.monotonic() - killed_s:.1f} s after the kill"
    seen = [json.loads(line) for line in lines.read_text().splitlines() if line.endswith("}")]
    record = read_record(tmp_path / "run")
    steps = record.steps["step"].tolist()
    assert steps == list(range(len(steps)))
    missing = [line for line in seen if line["step"] >= len(steps)]
    assert not missing or missing[-1]["at_s"] - missing[0]["at_s"] < 1.0
    out = subprocess.run(
        [sys.executable, "main.py", "train", "--resume", str(tmp_path / "run"), "--steps", str(len(steps) + 50)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert out.returncode == 0, out.stderr
    assert read_record(tmp_path / "run").steps["step"].tolist() == list(range(len(steps) + 50))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB; only root can make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_full_disk_stops_nothing_and_loses_nothing(watch: Watch, small_disk: Path) -> None:
    run = watch(make_spec("digits-mlp", **SMALL), directory=small_disk / "run")
    run.session.run_until(20)
    run.status("paused")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    run.session.play()
    said = run.until(lambda m: isinstance(m, Notice) and "record" in m.text and m.level == "warning")
    assert "No space left" in said.text  # type: ignore[union-attr]
    run.goes_on(200)
    filler.unlink()
    run.until(lambda m: isinstance(m, Notice) and "nothing of it was lost" in m.text)
    run.session.pause()
    run.status("paused")
    run.session.close()
    record = read_record(small_disk / "run")
    assert record.steps["step"].tolist() == run.steps()
    assert record.notes == []
