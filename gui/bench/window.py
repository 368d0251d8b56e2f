"""`gearshift bench window`: how fast the window is there, beside a plain one, and what it costs when nothing happens.

start     from the start of the process to a painted window that answers; each start is paired with that of a plain
          pyqtgraph window of the same size (`gui.bench.plain`)
shift     the first one, two seconds after the window answered and training began (`gui.bench.first_shift`)
at rest   processor time and memory (PSS: what is shared is counted once) of the window and of all its children, from
          10 s after the start on: as it opens for the first time, and with a finished run shown
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time

import psutil

from engine.bench.loops import median, verdict
from engine.session.local_rank import ROOT
from gui.bench.screen import screen
from gui.cli.preview import SAMPLE_RUN
from gui.window.settings import Settings

REST_FROM_S = 10.0


def main(arguments: list[str], _: str = "") -> int:
    """Print starts and rests; 0 if all limits are kept and torch is never loaded in the window's process."""
    parser = argparse.ArgumentParser(prog="gearshift bench window")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rest", type=float, default=10.0, help="seconds of rest that are measured, twice; 0: none")
    options = parser.parse_args(arguments)
    times, ratios = [], []
    with screen() as where, tempfile.TemporaryDirectory() as home:
        os.environ["GEARSHIFT_HOME"] = home
        for number in range(options.rounds + 1):
            took_s, torch_loaded = start([str(ROOT / "main.py"), "--time-start"])
            plain_s, _torch = start(["-m", "gui.bench.plain"])
            if torch_loaded != ["no-torch"]:
                print("torch is among the window's modules: MISSED")
                return 1
            if number:  # the first start reads everything from disk
                times.append(took_s)
                ratios.append(took_s / plain_s)
            print(f"{number or 'first'}: {took_s:.3f} s, plain {plain_s:.3f} s on screen {where}", flush=True)
        kept = verdict("process start to a painted window that answers, median seconds", median(times), 1.0)
        kept &= verdict("the same / a plain pyqtgraph window, median of the pairs", median(ratios), 1.5)
        print(f"the pairs' ratios: {min(ratios):.2f} to {max(ratios):.2f}")
        kept &= verdict("first shift, 2 s after the window answered, median seconds", median(first_shifts()), 0.5)
        if options.rest:
            kept &= rests("no run", options.rest)
            Settings().last_run = SAMPLE_RUN
            kept &= rests("a finished run shown", options.rest)
    return 0 if kept else 1


def start(arguments: list[str]) -> tuple[float, list[str]]:
    """Run a Python process that tells by the monotonic clock when it answered: (seconds, what else it said)."""
    begin_s = time.monotonic()
    said = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()
    at = next(index for index, word in enumerate(said) if word.replace(".", "").isdigit())
    return float(said[at]) - begin_s, said[at + 1 :]


def first_shifts(rounds: int = 3) -> list[float]:
    """Seconds of the first shift of so many windows, each in a home of its own."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as home:
            process = subprocess.run(
                [sys.executable, "-m", "gui.bench.first_shift"],
                cwd=ROOT,
                env=os.environ | {"GEARSHIFT_HOME": home},
                capture_output=True,
                text=True,
                timeout=90,
                check=True,
            )
        found.append(float(process.stdout.split()[-1]))
        print(f"first shift: {found[-1]:.3f} s", flush=True)
    return found


def rests(what: str, seconds: float) -> bool:
    """Open the window, let it be, and print what it and its children use; True if the limit is kept."""
    with subprocess.Popen([sys.executable, str(ROOT / "main.py")], stdout=subprocess.DEVNULL) as process:
        time.sleep(REST_FROM_S)
        window = psutil.Process(process.pid)
        before, begin_s = used(window), time.monotonic()
        time.sleep(seconds)
        after, took_s = used(window), time.monotonic() - begin_s
        held_mib = held(window) / 2**20
        process.terminate()
    own = (after[process.pid] - before[process.pid]) / took_s
    rest = sum(after[pid] - before.get(pid, 0.0) for pid in after if pid != process.pid) / took_s
    print(f"at rest, {what}: window {own:.1%} of a core, its children {rest:.1%}", flush=True)
    kept = verdict(f"at rest, {what}: all of it, percent of a core", 100 * (own + rest), 3.0)
    return kept & verdict(f"at rest, {what}: all of it, MiB (PSS)", held_mib, 450.0)


def used(window: psutil.Process) -> dict[int, float]:
    """Seconds of processor time by process: the window's, and those below it."""
    found = {}
    for process in [window, *window.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue  # it has just ended
        found[process.pid] = times.user + times.system
    return found


def held(window: psutil.Process) -> int:
    """Bytes of memory of the window and of those below it; pages that several of them have are counted once."""
    found = 0
    for process in [window, *window.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):  # it has just ended
            found += process.memory_full_info().pss
    return found
