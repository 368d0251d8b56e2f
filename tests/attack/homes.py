"""Damaged homes: `train --resume`, and the window, over runs and settings to which something has happened.

    python -m tests.attack.homes --runs 1000 --windows 1000 --seed 1
    python -m tests.attack.homes --runs 1 --windows 0 --seed 17 --only 0,2 --keep /tmp/broken

Bytes are flipped; files are cut, emptied, gone, swapped for pipes, directories, links, other files, very large ones.
One attempt in ten is a process of its own, started as a user starts it; the others call the same `main` (of
`train`), or make the same application (of the window), in a worker, with one fork server for all of them. A worker
that dies or hangs is replaced, and the attempt under way is what broke it. What breaks is tried again with ever fewer
accidents, and the least that still breaks is printed, with the options that make it happen again.
"""

import argparse
import contextlib
import faulthandler
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

from engine.session.fork_server import ForkServer
from engine.session.starter import RankStarter
from tests.attack.home import accidents, copy_home, gone, make_home
from tests.attack.home_runs import LIMIT_S, ROOT, Attempt, open_files

PROCESS_ONE_IN = 10
A_WORKER = 100
"""Attempts a worker makes: what it leaks is seen by then, and what it has grown by is let go."""
MORE_FILES = 8


class Worker:
    """Makes attempts in this process. `whole` is the undamaged home that each begins with a copy of."""

    def __init__(self, what: str, whole: Path, starter: RankStarter) -> None:
        self._what, self._whole, self._starter = what, whole, starter
        self._losses = {int(step): loss for step, loss in json.loads((whole / "losses.json").read_text()).items()}
        self._files: int | None = None
        if what == "windows":
            from tests.attack.home_windows import Desk

            self._desk = Desk(starter)

    def attempt(self, seed: int, only: list[int] | None, home: Path) -> str:
        """What is wrong, or "". Of the accidents of `seed`, those numbered in `only` happen (None: all) at `home`."""
        copy_home(self._whole, home)
        drawn = accidents(seed, with_window=self._what == "windows")
        happened = [accident for number, accident in enumerate(drawn) if only is None or number in only]
        for accident in happened:
            accident.befall(home)
        if self._what == "windows":
            return self._window(home, seed) or self._left()
        attempt = Attempt(home, happened, self._losses)
        wrong = attempt.as_command() if seed % PROCESS_ONE_IN == 0 else attempt.in_process(self._starter)
        return wrong or self._left()

    def _window(self, home: Path, seed: int) -> str:
        from tests.attack.home_windows import PLAYS_ONE_IN, as_command

        if seed % PROCESS_ONE_IN == 0:
            return as_command(home)
        return self._desk.attempt(home, plays=seed % PLAYS_ONE_IN == 0)

    def _left(self) -> str:
        """Processes and descriptors that should be gone."""
        children = [p for p in psutil.Process().children(recursive=True) if p.pid not in self._starter.labels]
        _, left = psutil.wait_procs(children, timeout=5.0)
        if left:
            return f"processes are left: {left}"
        gc.collect()  # a closed session is a cycle, and holds its files until then
        now = open_files()
        if self._files is None:
            self._files = now
        return f"{now - self._files} descriptors are left" if now > self._files + MORE_FILES else ""


def work(what: str, whole: Path, first: int, count: int, only: list[int] | None, keep: Path | None) -> None:
    """The worker's side: a line of JSON for each attempt, on stdout; where it hangs it ends itself, and says where."""
    with contextlib.closing(ForkServer()) as starter:
        starter.wait_hardware()
        worker = Worker(what, whole, starter)
        for seed in range(first, first + count):
            faulthandler.dump_traceback_later(2 * LIMIT_S, exit=True)
            place = Path(tempfile.mkdtemp(prefix="home-"))
            try:
                wrong = worker.attempt(seed, only, keep or place / "home")
            finally:
                remove(place)
            faulthandler.cancel_dump_traceback_later()
            print(json.dumps({"seed": seed, "wrong": wrong}), flush=True)


def remove(place: Path) -> None:
    """A damaged home, which may not let go of everything at once."""
    for path in [place, *place.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    gone(place)


# The side that has workers -------------------------------------------------------------------------------------------


def answers(what: str, whole: Path, first: int, count: int, *options: str) -> Iterator[tuple[int, str]]:
    """(seed, what is wrong or "") of each attempt, made by workers."""
    seed, end = first, first + count
    while seed < end:
        command = [sys.executable, "-W", "ignore", "-m", "tests.attack.homes", "--work", what, "--whole", str(whole)]
        command += ["--seed", str(seed), "--count", str(min(A_WORKER, end - seed)), *options]
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        with tempfile.TemporaryFile("w+", errors="replace") as errors:
            worker = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
            )
            assert worker.stdout is not None
            last = min(seed + A_WORKER, end)
            for line in worker.stdout:
                if line.startswith("{"):
                    told = json.loads(line)
                    yield told["seed"], told["wrong"]
                    seed = told["seed"] + 1
            status = worker.wait()
            if seed < last:
                errors.seek(0)
                yield seed, f"the worker ended with status {status}: {errors.read()[-1_500:]}"
                seed += 1


def least(what: str, whole: Path, seed: int) -> list[int]:
    """Numbers of the fewest accidents of `seed` that still break something: one after the other is left out."""
    kept = list(range(len(accidents(seed, with_window=what == "windows"))))
    for number in [*kept]:
        fewer = [n for n in kept if n != number]
        if fewer and next(answers(what, whole, seed, 1, "--only", ",".join(map(str, fewer))))[1]:
            kept = fewer
    return kept


def attack(what: str, whole: Path, first: int, count: int, only: list[int] | None, keep: Path | None) -> int:
    """`count` attempts; prints what broke, and the figures. Returns how many broke."""
    begin_s, broken = time.monotonic(), 0
    kinds: Counter[str] = Counter()
    options = ["--only", ",".join(map(str, only))] if only is not None else []
    options += ["--keep", str(keep)] if keep is not None else []
    for seed, wrong in answers(what, whole, first, count, *options):
        drawn = accidents(seed, with_window=what == "windows")
        kinds.update(accident.kind for accident in drawn)
        if wrong:
            broken += 1
            numbers = least(what, whole, seed) if only is None else only
            again = f"--{what} 1 --{OTHER[what]} 0 --seed {seed} --only {','.join(map(str, numbers))} --keep DIRECTORY"
            print(f"{what}, seed {seed}: {'; '.join(str(drawn[n]) for n in numbers)}\n  {wrong}\n  again: {again}")
            sys.stdout.flush()
    processes = len([seed for seed in range(first, first + count) if seed % PROCESS_ONE_IN == 0])
    seconds = time.monotonic() - begin_s
    print(f"{what}: {count:,} attempts ({processes} as processes of their own) in {seconds:.0f} s, {broken} broken")
    print("  " + ", ".join(f"{kind} {times}" for kind, times in kinds.most_common()), flush=True)
    return broken


OTHER = {"runs": "windows", "windows": "runs"}


def main() -> int:
    """Make a home, damage copies of it, print what broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000, help="attempts of `train --resume`")
    parser.add_argument("--windows", type=int, default=1_000, help="attempts of the window")
    parser.add_argument("--seed", type=int, default=1, help="of the first attempt")
    parser.add_argument("--only", help="only these accidents, by their numbers")
    parser.add_argument("--keep", type=Path, help="damage a home there, and leave it")
    for hidden in ("--work", "--whole", "--count"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    only = [int(number) for number in options.only.split(",")] if options.only else None
    if options.work:
        work(options.work, Path(options.whole), options.seed, int(options.count), only, options.keep)
        return 0
    broken = 0
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        with contextlib.closing(ForkServer()) as starter:
            make_home(whole, starter)
        for what, count in (("runs", options.runs), ("windows", options.windows)):
            if count:
                broken += attack(what, whole, options.seed, count, only, options.keep)
    return min(1, broken)


if __name__ == "__main__":
    sys.exit(main())
