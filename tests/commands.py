"""Gearshift in a process of its own, as the terminal starts it."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT


@contextlib.contextmanager
def training(place: Path, mode: str, steps: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A small run that has made so many steps, and goes on: told to `steps.json` in `place`, recorded in `run`."""
    lines = place / "steps.json"
    command = [sys.executable, "main.py", "train", "--mode", mode, "--set", "hidden=16", "--quiet"]
    with subprocess.Popen([*command, "--json", str(lines), "--record", str(place / "run")], cwd=ROOT) as process:
        deadline_s = time.monotonic() + 60
        while not lines.exists() or lines.read_bytes().count(b"\n") < steps:
            assert time.monotonic() < deadline_s
            assert process.poll() is None
            time.sleep(0.02)
        yield process
