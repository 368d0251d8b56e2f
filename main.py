"""Gearshift's one entry: the window without a command, everything else with one. Imports only what is asked for."""

import contextlib
import errno
import gc
import importlib
import os
import sys

COMMANDS = {
    "train": "engine.cli.train",
    "runs": "engine.cli.runs",
    "modes": "engine.cli.listing",
    "workloads": "engine.cli.listing",
    "hardware": "engine.cli.listing",
    "data": "engine.cli.data",
    "preview": "gui.cli.preview",
    "bench parity": "engine.bench.parity",
    "bench overhead": "engine.bench.overhead",
    "bench workloads": "engine.bench.workloads",
    "bench looks": "engine.bench.looks",
    "bench tries": "engine.bench.tries",
    "bench evaluator": "engine.bench.evaluator",
    "bench shift": "engine.bench.shift",
    "bench large": "engine.bench.large",
    "bench parallel": "engine.bench.parallel",
    "bench gpu": "engine.bench.gpu",
    "bench telemetry": "gui.bench.telemetry",
    "bench window": "gui.bench.window",
    "bench plot": "gui.bench.plot",
    "bench live": "gui.bench.live",
}


UNREAD = 141
"""The exit status where whoever read the output has gone, as the shell gives it for SIGPIPE."""


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
    _open_standard_streams()
    try:
        status = _run(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        return _quietly(UNREAD)
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        with contextlib.suppress(OSError):  # it may be this very stream
            print(f"gearshift: the output cannot be written: {error.strerror}.", file=sys.stderr)
        return _quietly(3)
    return status


def _open_standard_streams() -> None:
    """Where one was closed by who started us, the first file opened would take its number, and get what is printed."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def _quietly(status: int) -> int:
    """Nothing is left for the interpreter to write, and to fail on, as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    return status


def _run(arguments: list[str]) -> int:
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
    gc.disable()  # nothing made while a window comes up is garbage, and looking for it takes a tenth of that time
    # What knows nothing of Qt comes first: PySide reads the source of every module that is imported after it.
    for name in ("gui.model.store", "engine.record.places"):
        importlib.import_module(name)
    return int(importlib.import_module("gui.cli.open").main(arguments))


if __name__ == "__main__":
    sys.exit(main())
