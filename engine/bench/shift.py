"""`gearshift bench shift`: shifts as a class makes them, each asked for as soon as the last one is done.

seconds of a shift: from the request to the end of the first step in the new mode, less that step. Nothing is waited for
beforehand: what is warm, cold or under way is what a teacher would find.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import psutil

from engine.bench.loops import median, verdict
from engine.bench.set_up import timed_set_up
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.shift import Shifted, ShiftFailed
from engine.rows import StepBatch
from engine.session.local_rank import ROOT
from engine.session.session import Session
from engine.session.starter import make_starter

FLIPS = (
    "cpu,dp=2",
    "cpu,pp=2",
    "cpu,tp=2",
    "cpu,fsdp=2",
    "cpu,threads=2",
    "cpu,dp=4",
    "cpu,dp=2,tp=2",
    "cpu,threads=1",
)
MEDIAN_LIMIT_S, TWO_RANKS_LIMIT_S, FOUR_RANKS_LIMIT_S = 0.35, 0.8, 1.0
START_LIMIT = 1.2
RANK_LIMIT_BYTES = 120 * 2**20
STORM_SHIFTS, STORM_S = 50, 60.0
BARE = """
import time, torch
from torch import nn
torch.set_num_threads(1)
model = nn.Sequential(nn.Linear(64, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))
optimizer = torch.optim.Adam(model.parameters(), fused=True)
inputs, targets = torch.rand(256, 64), torch.randint(0, 10, (256,))
nn.functional.cross_entropy(model(inputs), targets).backward()
optimizer.step()
"""

Kind = TypeVar("Kind")


def main(arguments: list[str], _: str = "") -> int:
    """Print every shift and the medians; 0 if every limit is kept and no step was lost or repeated."""
    parser = argparse.ArgumentParser(prog="gearshift bench shift", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="times through the eight shifts; starts of `train`")
    parser.add_argument("--storm", type=int, default=STORM_SHIFTS, help="shifts asked for within a minute")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as directory:
        kept = flips(options.rounds, Path(directory) / "flips")
        kept &= storm(options.storm, Path(directory) / "storm")
        kept &= starts(options.rounds, Path(directory))
    return 0 if kept else 1


def measure(modes: Sequence[str], rounds: int, directory: Path) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Through `modes`, without a pause between two shifts: seconds of each, and the bytes a rank adds in it."""
    times: dict[str, list[float]] = {mode: [] for mode in modes}
    held: dict[str, float] = dict.fromkeys(modes, 0.0)
    with _running(directory) as run:
        for number in range(rounds):
            for mode in modes:
                run.session.shift(mode)
                shifted = run.until(Shifted)
                assert shifted.split.first_step_s is not None
                times[mode].append(shifted.at_s - shifted.requested_s - shifted.split.first_step_s)
                print(
                    f"{number + 1} {mode:<16} {times[mode][-1]:.3f} s: prepare {shifted.split.prepare_s:.3f} beside "
                    f"training, seam {shifted.seconds:.3f} (gather {shifted.split.gather_s:.3f}, "
                    f"start {shifted.split.start_s:.3f}, load {shifted.split.load_s:.3f})",
                    flush=True,
                )
        for mode in modes:  # once more, for the memory: to look takes time
            run.session.shift(mode)
            run.until(Shifted)
            run.until(StepBatch)  # by then the old crew is gone
            held[mode] = run.rank_bytes()
        run.check_steps()
    return times, held


def flips(rounds: int, directory: Path) -> bool:
    """Ask a run for the eight shifts, each as soon as the last one is done."""
    times, held = measure(FLIPS, rounds, directory)
    four = [mode for mode in FLIPS if "4" in mode or mode.count("2") == 2]
    medians = {mode: median(found) for mode, found in times.items()}
    for mode in FLIPS:
        print(f"{mode:<16} median {medians[mode]:.3f} s, a rank adds {held[mode] / 2**20:,.0f} MiB (PSS)")
    all_s = [value for found in times.values() for value in found]
    two_s = [value for mode in FLIPS if mode not in four for value in times[mode]]
    four_s = [value for mode in four for value in times[mode]]
    kept = verdict("flips, median seconds", statistics.median(all_s), MEDIAN_LIMIT_S)
    kept &= verdict("flips to at most 2 ranks, longest seconds", max(two_s), TWO_RANKS_LIMIT_S)
    kept &= verdict("flips to 4 ranks, longest seconds", max(four_s), FOUR_RANKS_LIMIT_S)
    return kept & verdict("memory a rank adds, largest MiB", max(held.values()) / 2**20, RANK_LIMIT_BYTES / 2**20)


def storm(count: int, directory: Path) -> bool:
    """Shifts asked for at even times within a minute, done or not: each is made, or gives way to a later one."""
    with _running(directory) as run:
        before = run.holds()
        begin_s = time.monotonic()
        made = 0
        for number in range(count):
            run.session.shift(FLIPS[number % len(FLIPS)])
            due_s = begin_s + (number + 1) * STORM_S / STORM_SHIFTS
            made += sum(isinstance(message, Shifted) for message in run.read_until(due_s))
        last = FLIPS[(count - 1) % len(FLIPS)]
        if run.session.mode != last:
            made += 1
            run.until(Shifted, lambda event: event.to_mode == last)
        if last != FLIPS[-1]:  # compared is what is held in one and the same mode
            run.session.shift(FLIPS[-1])
            run.until(Shifted)
        run.until(StepBatch)  # by then the old crew is gone
        after = run.holds()
        run.check_steps()
    seconds = time.monotonic() - begin_s
    print(f"{count} shifts asked for in {seconds:.0f} s: {made} made, the others gave way to later ones; none failed")
    print(f"this process before and after: {before[0]} and {after[0]} descriptors, {before[1]} and {after[1]} threads,")
    print(f"    {before[2] / 2**20:,.0f} and {after[2] / 2**20:,.0f} MiB (PSS, the run's own rows included)")
    return verdict("descriptors more than before", after[0] - before[0], 8)


def starts(rounds: int, directory: Path) -> bool:
    """`train` from its start to its first finished step, against a bare script that makes one."""
    ratios = []
    for number in range(rounds):
        begin_s = time.monotonic()
        subprocess.run([sys.executable, "-c", BARE], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        bare_s = time.monotonic() - begin_s
        begin_s = time.monotonic()
        command = [sys.executable, str(ROOT / "main.py"), "train", "--steps", "1000000", "--quiet", "--json", "-"]
        with subprocess.Popen(
            [*command, "--record", str(directory / f"start-{number}")], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            ours_s = time.monotonic() - begin_s
            process.terminate()
            process.stdout.read()
        ratios.append(ours_s / bare_s)
        print(f"first step: train {ours_s:.2f} s, bare script {bare_s:.2f} s", flush=True)
    return verdict("train / bare script to the first step, median", median(ratios), START_LIMIT)


class _Run:
    """A session that trains, and what it says."""

    def __init__(self, session: Session, rest_bytes: float) -> None:
        self.session = session
        self._rest_bytes = rest_bytes
        self._steps: list[int] = []

    def _read(self, wait_s: float) -> list[Message]:
        self.session.wait(wait_s)
        taken = self.session.take()
        for message in taken:
            if isinstance(message, StepBatch):
                self._steps += message.rows["step"].tolist()
            elif isinstance(message, RankFailed | ShiftFailed):
                raise RuntimeError(message.reason)
        return taken

    def read_until(self, due_s: float) -> list[Message]:
        """All messages up to a time of the monotonic clock."""
        found: list[Message] = []
        while (left_s := due_s - time.monotonic()) > 0:
            found += self._read(left_s)
        return found

    def until(self, kind: type[Kind], done: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Read on to the first message of a kind that is `done`."""
        deadline_s = time.monotonic() + 60
        while time.monotonic() < deadline_s:
            for message in self._read(0.5):
                if isinstance(message, kind) and done(message):
                    return message
        raise RuntimeError(f"no {kind.__name__} within a minute")

    def check_steps(self) -> None:
        """No step was lost, none repeated."""
        assert self._steps == list(range(len(self._steps))), "a step was lost or repeated"

    def rank_bytes(self) -> float:
        """What each rank adds to the memory in use: all that is there now less what is there without ranks."""
        crew = self.session._run.crews.crew
        assert crew is not None
        processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
        return (sum(map(_pss, processes)) - self._rest_bytes) / len(crew.processes)

    def holds(self) -> tuple[int, int, float]:
        """Descriptors, threads and memory of this process."""
        own = psutil.Process()
        return own.num_fds(), own.num_threads(), _pss(own)


def _pss(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error, AttributeError):
        return float(process.memory_full_info().pss)
    return 0.0


@contextlib.contextmanager
def _running(directory: Path) -> Iterator[_Run]:
    with contextlib.closing(make_starter()) as starter:
        with contextlib.closing(Session(timed_set_up(), starter, directory=directory)) as session:
            starter.wait_hardware()
            psutil.wait_procs(psutil.Process().children(recursive=True)[1:], timeout=10)  # who looked at the hardware
            run = _Run(session, sum(map(_pss, [psutil.Process(), *psutil.Process().children()])))
            session.play()
            run.until(StepBatch)
            yield run
