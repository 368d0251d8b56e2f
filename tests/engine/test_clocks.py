"""Durations, orders and limits are told by the monotonic clock alone: the wall clock may be set at any moment."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

ALLOWED = {
    ("engine/session/opening.py", "time.time"),  # when a run began, for people
    ("engine/record/library.py", "st_mtime"),  # the same, of a record that does not say it
    ("engine/cli/runs.py", "time.localtime"),  # the day of a run in a list
    ("engine/cli/runs.py", "time.strftime"),
    ("gui/window/runs_dialog.py", "time.localtime"),  # the same
    ("gui/window/runs_dialog.py", "time.strftime"),
    ("engine/record/places.py", "time.strftime"),  # the name of its directory
    ("engine/bench/gpu.py", "time.strftime"),  # the day of a table
}
WALL = {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime", "mktime"}
ELSEWHERE = {
    "datetime",
    "QDateTime",
    "QDate",
    "QTime",
    "CLOCK_REALTIME",
    "st_mtime",
    "st_ctime",
    "getmtime",
    "getctime",
}


def wall_clock_in(source: str) -> set[str]:
    """Where a source asks the wall clock: `time.time`, or the name of what else tells it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr=name) if name in WALL:
                found.add(f"time.{name}")
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in ELSEWHERE:
                found.add(name)
            case ast.ImportFrom(module=module, names=names):
                found |= {f"time.{alias.name}" for alias in names if module == "time" and alias.name in WALL}
                found |= {alias.name for alias in names if alias.name in ELSEWHERE} | ({module or ""} & ELSEWHERE)
            case ast.Import(names=names):
                found |= {alias.name for alias in names if alias.name in ELSEWHERE}
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time\nbegin = time.time()", {"time.time"}),
        ("from time import perf_counter, time", {"time.time"}),
        ("import datetime", {"datetime"}),
        ("from datetime import datetime", {"datetime"}),
        ("age = path.stat().st_mtime", {"st_mtime"}),
        ("from PySide6.QtCore import QDateTime, QTimer", {"QDateTime"}),
        ("import time\ntime.monotonic(), time.perf_counter(), time.thread_time()", set()),
    ],
)
def test_what_asks_the_wall_clock_is_found(source: str, found: set[str]) -> None:
    assert wall_clock_in(source) == found


def test_nothing_but_a_name_or_a_date_is_taken_from_the_wall_clock() -> None:
    sources = [ROOT / "main.py", *(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]
    found = {(_name(path), name) for path in sources for name in wall_clock_in(path.read_text(encoding="utf-8"))}
    assert found == ALLOWED


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
