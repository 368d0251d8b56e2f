"""The wall clock jumps while runs start, shift, pause, save and go on; and records whose times are out of all order.

    python -m tests.attack.clock --runs 100 --records 2000 --seed 1

The machine's own clock is left alone: Python's answers about the wall clock are shifted, in this process, in the fork
server and in the ranks (`wall/sitecustomize.py`). What C++ asks for itself is not. What breaks is printed with its
seed.

A run demands: nothing waits longer than it would, no rank is called frozen or dead, losses are those of an undisturbed
run, times told rise, a run that goes on finds its state. A record demands: it is read, shown and played to its end, in
one order and at times that rise.
"""

import argparse
import contextlib
import mmap
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.config.spec import RunSpec, make_spec
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import StatusChanged
from engine.events.shift import ShiftFailed
from engine.record.places import new_run_directory
from engine.record.rising import rising
from engine.rows import StepBatch
from engine.session.fork_server import ForkServer
from engine.session.session import Session
from engine.session.starter import RankStarter
from tests.attack.times import attack_records

ROOT = Path(__file__).parent.parent.parent
WALL = Path(__file__).with_name("wall")
MODES = ("cpu,threads=1", "cpu,threads=2", "cpu,dp=2", "cpu,dp=2,transport=shm", "cpu,pp=2", "cpu,fsdp=2")
JUMPS_S = (1.0, -1.0, 3_600.0, -3_600.0, 86_400.0, -86_400.0, 1e9, -1e9, 7e9, -3e9, 0.0)
"""Seconds: summer time, a wrong day, 2058, before 1970, 2343."""
LIMIT_S = 30.0
CLOSE = 1e-9
SHARED_BYTES = 16


class BrokenError(AssertionError):
    """A round did not go as it must."""


class Wall:
    """The wall clock of this process and of all it starts."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), SHARED_BYTES)

    def jump(self, seconds: float) -> None:
        """From now on it is so many seconds later (negative: earlier) than it is."""
        self._shared[:8] = struct.pack("d", seconds)

    @property
    def processes(self) -> int:
        """How many were started with it; ranks are forked, and have it from the fork server."""
        return int(struct.unpack("q", self._shared[8:])[0])


class Round:
    """A run during which the clock jumps."""

    def __init__(self, seed: int, starter: RankStarter, wall: Wall, reference: list[float]) -> None:
        self._random = random.Random(f"clock {seed}")
        self._starter, self._wall, self._reference = starter, wall, reference
        self._losses: dict[int, float] = {}
        self._told_s: list[float] = []
        self._status = ""

    def run(self) -> None:
        """Start, shift, pause, go on, stop, resume; in between the clock jumps.

        Raises:
            BrokenError: something is not as it must be; the sentence says what.
        """
        self._jump()
        directory = new_run_directory("clock")
        if not directory.is_dir():
            raise BrokenError(f"{directory} was not made")
        with contextlib.closing(Session(_spec(self._mode()), self._starter, directory=directory)) as session:
            session.play()
            self._until(session, lambda m: isinstance(m, StepBatch))
            for _ in range(3):
                self._jump()
                self._random.choice((self._shift, self._pause))(session)
            self._jump()
            self._end(session)
        self._jump()
        with contextlib.closing(
            Session(_spec(self._mode()), self._starter, directory=directory, resume=True)
        ) as session:
            if session.resume_step != max(self._losses) + 1:
                raise BrokenError(f"it goes on from {session.resume_step}, and had made {len(self._losses)} steps")
            session.play()
            self._until(session, lambda m: isinstance(m, StepBatch))
            self._end(session)
        self._check()

    def _mode(self) -> str:
        return f"{self._random.choice(MODES)},precision=fp64"

    def _jump(self) -> None:
        self._wall.jump(self._random.choice(JUMPS_S))

    def _shift(self, session: Session) -> None:
        mode = self._mode()
        if mode != session.mode:
            session.shift(mode)
            self._read(session, self._random.uniform(0.0, 0.2))
            self._jump()
            self._until(session, lambda _: session.mode == mode)

    def _pause(self, session: Session) -> None:
        session.pause()
        self._until(session, lambda _: self._status == "paused")
        self._jump()
        session.step(3)
        self._until(session, lambda _: self._status == "running")
        self._until(session, lambda _: self._status == "paused")
        session.play()
        self._until(session, lambda m: isinstance(m, StepBatch))

    def _end(self, session: Session) -> None:
        session.stop()
        self._until(session, lambda _: self._status == "finished")

    def _read(self, session: Session, seconds: float) -> list[Message]:
        end_s, taken = time.monotonic() + seconds, []
        while True:
            session.wait(0.02)
            taken += session.take()
            if time.monotonic() >= end_s:
                break
        for message in taken:
            if isinstance(message, RankFailed | ShiftFailed) or getattr(message, "level", "") == "error":
                raise BrokenError(f"it says: {message}")
            if isinstance(message, StepBatch):
                rows = message.rows
                self._losses |= dict(zip(rows["step"].tolist(), rows["loss"].tolist(), strict=True))
                self._told_s += rows["at_s"].tolist()
            elif isinstance(message, StatusChanged):
                self._status = message.status
        return taken

    def _until(self, session: Session, done: Callable[[Message], object]) -> None:
        deadline_s = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline_s:
            if any(done(message) for message in self._read(session, 0.0)):
                return
        raise BrokenError(f"nothing came of it within {LIMIT_S:.0f} s; the status is {self._status}")

    def _check(self) -> None:
        if sorted(self._losses) != list(range(len(self._losses))):
            raise BrokenError("steps are missing")
        if not rising(np.array(self._told_s), 0.0).all() or self._told_s[-1] > 10 * LIMIT_S:
            raise BrokenError(f"times told do not rise, or run away: the last is {self._told_s[-1]} s")
        for step, expected in enumerate(self._reference[: len(self._losses)]):
            if abs(self._losses[step] - expected) > CLOSE * max(1.0, abs(expected)):
                raise BrokenError(f"the loss of step {step} is {self._losses[step]!r}, undisturbed {expected!r}")


def _spec(mode: str) -> RunSpec:
    return make_spec("digits-mlp", knobs={"hidden": 12, "layers": 4}, batch_size=24, mode=mode, hang_limit_s=1.0)


def undisturbed(starter: RankStarter, directory: Path, steps: int) -> list[float]:
    """Losses of the first steps of the same run on one thread, while the clock stands as it should."""
    losses: list[float] = []
    with contextlib.closing(Session(_spec("cpu,threads=1,precision=fp64"), starter, directory=directory)) as session:
        session.run_until(steps)
        while len(losses) < steps:
            session.wait(1.0)
            for message in session.take():
                losses += message.rows["loss"].tolist() if isinstance(message, StepBatch) else []
    return losses


# From the command line -----------------------------------------------------------------------------------------------


def attack_runs(count: int, seed: int, steps: int) -> int:
    """`count` runs, in this process, whose wall clock can be set; returns how many broke."""
    wall, broken = Wall(Path(os.environ["GEARSHIFT_WALL"])), 0
    with contextlib.closing(ForkServer()) as starter, tempfile.TemporaryDirectory() as home:
        os.environ["GEARSHIFT_HOME"] = home
        starter.wait_hardware()
        reference = undisturbed(starter, Path(home) / "reference", steps)
        for number in range(seed, seed + count):
            try:
                Round(number, starter, wall, reference).run()
            except Exception as error:
                broken += 1
                print(f"seed {number}: {type(error).__name__}: {error}", flush=True)
    wall.jump(1e9)
    print(f"{count} runs, {broken} broken; {wall.processes} processes had the clock, in {time.strftime('%Y')} at last")
    return broken + (wall.processes < 2 or time.localtime().tm_year < 2050)


def main() -> int:
    """Records in this process, then runs in one whose wall clock can be set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reference", type=int, default=3_000, help="steps whose losses are compared")
    options = parser.parse_args()
    if "GEARSHIFT_WALL" in os.environ:
        return min(1, attack_runs(options.runs, options.seed, options.reference))
    broken = attack_records(options.records, options.seed) if options.records else 0
    if options.runs:
        with tempfile.TemporaryDirectory() as place:
            shared = Path(place) / "wall"
            shared.write_bytes(bytes(SHARED_BYTES))
            command = [sys.executable, "-W", "ignore", "-m", "tests.attack.clock"]
            command += ["--runs", str(options.runs), "--seed", str(options.seed), "--reference", str(options.reference)]
            environment = os.environ | {"PYTHONPATH": str(WALL), "GEARSHIFT_WALL": str(shared)}
            broken += subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return min(1, broken)


if __name__ == "__main__":
    sys.exit(main())
