"""`gearshift bench window`: from the start of the process to a painted window that answers."""

import argparse
import os
import subprocess
import sys
import tempfile
import time

from engine.bench.loops import median, verdict
from engine.process import ROOT
from gui.bench_screen import screen


def main(arguments: list[str], _: str = "") -> int:
    """Start the application several times; 0 if the median is within a second and torch is never loaded."""
    parser = argparse.ArgumentParser(prog="gearshift bench window")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args(arguments).rounds
    times = []
    with screen() as where, tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"GEARSHIFT_HOME": home}
        for number in range(rounds + 1):
            begin_s = time.monotonic()
            out = subprocess.run(
                [sys.executable, str(ROOT / "main.py"), "--time-start"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            ).stdout
            answered_s, torch_loaded = out.split()[-2:]
            if torch_loaded != "no-torch":
                print("torch is among the window's modules: MISSED")
                return 1
            took_s = float(answered_s) - begin_s
            if number:  # the first start reads everything from disk
                times.append(took_s)
            print(f"{number or 'first'}: {took_s:.3f} s on screen {where}", flush=True)
    return 0 if verdict("process start to a painted window that answers, median seconds", median(times), 1.0) else 1
