"""The short form of the attacks on what is read and written; the tools themselves say how to make them long."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engine.session import starter as starting
from engine.session.starter import RankStarter, can_fork
from tests.attack.home import make_home
from tests.attack.homes import Worker
from tests.attack.times import attack_records
from tests.conftest import OF_PROCESS, ROOT


def attack(module: str, *arguments: str, place: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The tool, at work in `place` if one is given."""
    command = [sys.executable, "-W", "ignore", "-m", f"tests.attack.{module}", *arguments]
    environment = os.environ | ({"TMPDIR": str(place)} if place is not None else {})
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the attack counts seconds by a signal that Windows has not")
def test_damaged_files_are_answered_with_sentences() -> None:
    out = attack("readers", "--count", "200", "--seed", "7")
    assert out.returncode == 0, out.stdout + out.stderr
    assert out.stdout.count("broke in 0 ways") == 9


@pytest.mark.slow
@pytest.mark.skipif(not can_fork(), reason="the attack kills what forks ranks")
def test_random_faults_are_named_and_healed() -> None:
    out = attack("faults", "--count", "2", "--seed", "40", "--reference", "300")
    assert out.returncode == 0, out.stdout + out.stderr
    assert "2 rounds, 0 broken" in out.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the attack replaces calls of POSIX")
def test_every_write_fails_in_turn() -> None:
    memory = Path("/dev/shm")  # what a disk takes to keep something is no part of it
    with tempfile.TemporaryDirectory(
        prefix=f"{OF_PROCESS}{os.getpid()}-", dir=memory if memory.is_dir() else None
    ) as place:
        out = attack("writes", place=Path(place))
    assert out.returncode == 0, out.stdout + out.stderr
    assert " 0 broken" in out.stdout


@pytest.fixture(scope="module")
def whole(starter: RankStarter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("homes") / "whole"
    make_home(home, starter)
    return home


@pytest.mark.skipif(sys.platform == "win32", reason="the accidents are those of POSIX: pipes, links, permissions")
@pytest.mark.parametrize(("what", "seeds"), [("runs", [*range(21, 28)]), ("windows", [*range(51, 55)])])
def test_over_a_damaged_home_runs_go_on_and_windows_open(
    starter: RankStarter, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, seeds: list[int]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # the desk puts its own there
    monkeypatch.setattr(starting, "make_starter", starting.make_starter)  # and here
    worker = Worker(what, whole, starter)
    broken = {seed: wrong for seed in seeds if (wrong := worker.attempt(seed, None, tmp_path / f"{what}-{seed}"))}
    assert broken == {}


def test_records_whose_times_are_out_of_order_are_shown_in_order() -> None:
    assert attack_records(40, seed=1) == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_fork(), reason="the attack is made on ranks that are forked")
def test_a_wall_clock_that_jumps_disturbs_no_run() -> None:
    out = attack("clock", "--runs", "1", "--records", "0", "--reference", "100")
    assert out.returncode == 0, out.stdout + out.stderr
    assert "1 runs, 0 broken; 2 processes had the clock" in out.stdout
