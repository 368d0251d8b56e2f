"""Gearshift's one entry: the window without a command, everything else with one. Imports only what is asked for."""

import importlib
import os
import sys

COMMANDS = {
    "train": "engine.train",
    "modes": "engine.listing",
    "workloads": "engine.listing",
    "hardware": "engine.listing",
    "preview": "gui.preview",
    "bench parity": "engine.bench.parity",
    "bench overhead": "engine.bench.overhead",
    "bench shift": "engine.bench.shift",
    "bench large": "engine.bench.large",
    "bench parallel": "engine.bench.parallel",
    "bench gpu": "engine.bench.gpu",
    "bench telemetry": "gui.bench_telemetry",
    "bench window": "gui.bench_window",
    "bench plot": "gui.bench_plot",
    "bench live": "gui.bench_live",
}


def look_nowhere_else() -> None:
    """Import nothing from the directory the user stands in: a `numpy.py` beside a record must not run.

    Python itself leaves it out, unless PYTHONPATH has an empty entry (`PYTHONPATH=$PYTHONPATH:...` makes one).
    """
    ours = os.path.dirname(os.path.abspath(__file__))
    try:
        here = os.getcwd()
    except OSError:
        return  # it is gone, and nothing can lie in it
    sys.path[:] = [place for place in sys.path if place == ours or os.path.abspath(place) != here]


def main() -> int:
    """Run one command; returns the exit status."""
    look_nowhere_else()
    arguments = sys.argv[1:]
    for length in (2, 1):
        command = " ".join(arguments[:length])
        if command in COMMANDS:
            module = importlib.import_module(COMMANDS[command])
            return int(module.main(arguments[length:], command))
    if arguments and not arguments[0].startswith("-"):
        known = ", ".join(dict.fromkeys(name.split()[0] for name in COMMANDS))
        benches = ", ".join(name.split()[1] for name in COMMANDS if " " in name)
        words = f"Commands: {known}. Benchmarks: {benches}. Without a command the window opens."
        if arguments[0] == "bench" and arguments[1:] in ([], ["-h"], ["--help"]):
            print(words)
            return 0
        print(f"gearshift: there is no command {' '.join(arguments[:2])!r}.\n{words}", file=sys.stderr)
        return 2
    return int(importlib.import_module("gui.app").main(arguments))


if __name__ == "__main__":
    sys.exit(main())
