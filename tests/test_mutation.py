"""The tool that makes mistakes on purpose: it finds the mistake that no test sees, and the one that a test does see."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.mutation import workshop
from tests.mutation.__main__ import ANSWERED, TESTS, Answers, attack
from tests.mutation.mutants import mutants_of

SOURCE = '''"""A tiny module, where 1 < 2."""
def is_more(one: int, other: int) -> bool:
    """Whether `one` > `other`."""
    return one > other
'''
TEST = """from tiny import is_more
def test_is_more():
    assert is_more(2, 1)
    assert not is_more(1, 2)
"""
HANGING = """import subprocess, sys, time
from tiny import is_more
def test_hangs():
    if is_more(1, 1):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
        time.sleep(60)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A module with a test that does not look at the edge."""
    place = tmp_path / "project"
    place.mkdir()
    (place / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (place / "tiny.py").write_text(SOURCE)
    (place / "test_tiny.py").write_text(TEST)
    (place / "test_hanging.py").write_text(HANGING)
    return place


def test_a_mistake_that_no_test_sees_is_told_and_one_that_a_test_sees_is_not(project: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in project.iterdir()}
    said: list[str] = []
    survivors = attack(project, "tiny.py", ["test_tiny.py"], Answers(tmp_path / "none"), say=said.append)
    assert [mutant.done for mutant in survivors] == ["`one > other` became `one >= other`"]
    assert said[1:] == [
        "tiny.py:4: `one > other` became `one >= other`",
        "tiny.py: 3 made, 2 killed, 0 answered, 1 survived",
    ]
    assert {path: path.read_bytes() for path in project.iterdir()} == before


@pytest.mark.parametrize(
    ("lines", "counted"),
    [("4", "3 made, 2 killed, 0 answered, 1 survived"), ("1-4", "3 made, 2 killed, 0 answered, 1 survived"),
     ("5-9", "0 made, 0 killed, 0 answered, 0 survived"), ("1-3", "0 made, 0 killed, 0 answered, 0 survived")],
)  # fmt: skip
def test_only_the_lines_asked_for_are_tried(project: Path, tmp_path: Path, lines: str, counted: str) -> None:
    said: list[str] = []
    attack(project, f"tiny.py:{lines}", ["test_tiny.py"], Answers(tmp_path / "none"), say=said.append)
    assert said[-1] == f"tiny.py: {counted}"


def test_mistakes_that_hang_are_seen_and_leave_no_process(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "GRACE_S", 0.5)
    before = set(psutil.pids())
    mutant = next(mutant for mutant in mutants_of(project, "tiny.py") if "one >= other" in mutant.done)
    with workshop.Workshop(project) as place:
        place.learn(["test_hanging.py"])
        assert not place.survives(mutant)
        assert not [process for process in psutil.Process().children(recursive=True) if process.pid not in before]
        marked = [p for p in psutil.process_iter() if p.pid not in before and place.is_ours(p)]
    assert marked == []


def test_what_is_answered_is_counted_apart_and_an_answer_to_nothing_is_told(project: Path, tmp_path: Path) -> None:
    answered = tmp_path / "answered.toml"
    done = ["`one > other` became `one >= other`", "`one > other` became `one <= other`"]
    done += ["`return one > other` became `return None`", "deleted `one`"]
    answered.write_text(f'[["tiny.py"]]\nline = "return one > other"\ndone = {done}\nreason = "why not"\n')
    said: list[str] = []
    assert attack(project, "tiny.py", ["test_tiny.py"], Answers(answered), say=said.append) == []
    assert said == [
        "tiny.py: answered, but there is no such mutant: return one > other: deleted `one`",
        "tiny.py: 3 made, 0 killed, 3 answered, 0 survived",
    ]


def test_a_test_that_fails_anyway_proves_nothing(project: Path) -> None:
    (project / "test_tiny.py").write_text("def test_nothing():\n    assert 0\n")
    with pytest.raises(RuntimeError, match="do not pass on the unchanged source"):
        attack(project, "tiny.py", ["test_tiny.py"], Answers(project / "none"), say=lambda _: None)


def test_the_table_speaks_of_files_there_are() -> None:
    places = {*TESTS, *(test.partition("::")[0] for tests in TESTS.values() for test in tests)}
    assert [place for place in sorted(places) if not (ROOT / place).is_file()] == []
    assert set(Answers(ANSWERED).paths) <= set(TESTS)


def test_files_without_tests_of_their_own_are_refused() -> None:
    out = subprocess.run(
        [sys.executable, "-m", "tests.mutation", "engine/rows.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.returncode == 2
    assert "no tests are known for engine/rows.py" in out.stderr
