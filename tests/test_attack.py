"""The short form of the attacks on what is read and written; the tools themselves say how to make them long."""

import subprocess
import sys

import pytest

from engine.session.starter import can_fork
from tests.conftest import ROOT


def attack(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", f"tests.attack.{module}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the attack counts seconds by a signal that Windows has not")
def test_damaged_files_are_answered_with_sentences() -> None:
    out = attack("readers", "--count", "300", "--seed", "7")
    assert out.returncode == 0, out.stdout + out.stderr
    assert out.stdout.count("broke in 0 ways") == 9


@pytest.mark.slow
@pytest.mark.skipif(not can_fork(), reason="the attack kills what forks ranks")
def test_random_faults_are_named_and_healed() -> None:
    out = attack("faults", "--count", "8", "--seed", "11", "--reference", "2000")
    assert out.returncode == 0, out.stdout + out.stderr
    assert "8 rounds, 0 broken" in out.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the attack replaces calls of POSIX")
def test_every_write_fails_in_turn() -> None:
    out = attack("writes")
    assert out.returncode == 0, out.stdout + out.stderr
    assert " 0 broken" in out.stdout
