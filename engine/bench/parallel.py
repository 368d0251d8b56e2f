"""`gearshift bench parallel`: the parallel modes against the same thing by hand, and all-reduce by size and transport.

Both sides are there at once and take turns, so that a noisy machine is noisy for both. Figures are medians of ratios.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from engine.bench.loops import Engine, HandWritten, both, median, verdict
from engine.bench.set_up import timed_digits
from engine.config.fits import why_not
from engine.config.hardware import combine, without_accelerators
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.record.whole_file import whole_file
from engine.session.local_rank import ROOT
from engine.session.starter import RankStarter, make_starter
from engine.sizes import size

SMALL = ("MLP 784-512-512-10, batch 64", {"hidden": 512, "layers": 3, "side": 28}, 64, 200)
LARGE = ("MLP 784-1024x4-10, batch 256", {"hidden": 1024, "layers": 5, "side": 28}, 256, 20)
CASES = (
    ("dp=2,transport=shm", "ddp", SMALL, 0.67),
    ("dp=2,transport=shm", "ddp", LARGE, 1.0),
    ("dp=2,transport=mpi", "ddp", SMALL, None),
    ("dp=2,transport=mpi", "ddp", LARGE, None),
    ("dp=2,transport=gloo", "ddp", SMALL, None),
    ("dp=2,transport=gloo", "ddp", LARGE, None),
    ("tp=2", "tp", SMALL, 1.05),
    ("tp=2", "tp", LARGE, 1.05),
    ("pp=2", "pp", SMALL, 1.05),
    ("pp=2", "pp", LARGE, 1.05),
)
SIZES = tuple(4_096 * 4**n for n in range(8))
"""4 KiB to 64 MiB."""


def transports() -> tuple[str, ...]:
    """The transports that this machine has between its own CPU ranks."""
    here = combine(without_accelerators("", "", "not looked for"))
    modes = {name: parse_mode(f"cpu,dp=2,transport={name}") for name in ("gloo", "shm", "mpi")}
    return tuple(name for name, mode in modes.items() if not why_not(mode, hardware=here))


class Torchrun(HandWritten):
    """A loop of `engine.rank.bench.bare_parallel` on several ranks."""

    def __init__(self, kind: str, spec: RunSpec, ranks: int) -> None:
        arguments = [kind, spec.workload, json.dumps(spec.knobs), str(spec.batch_size), str(spec.lr)]
        self._process = _torchrun(arguments, ranks)
        self._read()


def _torchrun(arguments: list[str], ranks: int) -> "subprocess.Popen[str]":
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "GLOO_SOCKET_IFNAME": "lo"}
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)]
    return subprocess.Popen(
        [sys.executable, *launcher, "-m", "engine.rank.bench.bare_parallel", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )


def main(arguments: list[str], _: str = "") -> int:
    """Print ratios and the table; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench parallel")
    parser.add_argument("--rounds", type=int, default=7, help="repetitions, both sides in each")
    parser.add_argument("--only", choices=["steps", "links"], help="one half of it")
    parser.add_argument("--ranks", type=int, default=2, help="ranks of the all-reduce table")
    parser.add_argument("--json", metavar="FILE", help="also write the all-reduce table")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is ended on the way out
    kept = True
    if options.only != "links":
        with contextlib.closing(make_starter()) as starter:
            hardware = starter.wait_hardware()
            for mode, kind, (title, knobs, batch_size, steps), limit in CASES:
                if reason := why_not(parse_mode(mode), hardware=hardware):
                    print(f"\n{mode}: not measured. {reason}")
                    continue
                spec = timed_digits(knobs, mode=f"{mode},threads=1", batch_size=batch_size)
                ratios = _compare(spec, kind, title, steps, options.rounds, starter)
                name = f"{mode} / {kind} by hand, {title}, median"
                if limit is None:
                    print(f"{name}: {median(ratios):.3f} (no limit)")
                else:
                    kept &= verdict(name, median(ratios), limit)
    if options.only != "steps":
        table = measure_links(options.ranks)
        print_links(table)
        if options.json:
            with whole_file(Path(options.json), text=True) as file:
                json.dump(table, file)
    return 0 if kept else 1


def _compare(spec: RunSpec, kind: str, title: str, steps: int, rounds: int, starter: RankStarter) -> list[float]:
    print(
        f"\n{spec.mode} against {kind} by hand, {title}, {steps} steps a round\n{'by hand':>13} {'engine':>13}   ratio"
    )
    ratios = []
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        by_hand = stack.enter_context(Torchrun(kind, spec, 2))
        engine = stack.enter_context(Engine(spec, starter, directory))
        engine.run(steps)
        by_hand.run(steps)
        for number in range(rounds):
            hand_s, engine_s = both(number, by_hand, engine, steps)
            ratios.append(engine_s / hand_s)
            print(f"{hand_s * 1e6:>10.0f} us {engine_s * 1e6:>10.0f} us {ratios[-1]:>7.3f}", flush=True)
    return ratios


def measure_links(ranks: int) -> list[dict[str, object]]:
    """Median seconds of an all-reduce by transport and size, and the line fitted: seconds = alpha + bytes / beta.

    Raises:
        RuntimeError: a process of the benchmark failed, or told too few figures.
    """
    with tempfile.TemporaryDirectory() as place:
        arguments = ["allreduce", str(Path(place) / "meet"), ",".join(map(str, SIZES)), ",".join(transports())]
        process = _torchrun(arguments, ranks)
        try:
            output, _ = process.communicate(timeout=300)
        finally:
            process.terminate()  # torchrun then ends its ranks; of no effect once it has ended
            process.wait()
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if process.returncode or len(lines) != len(SIZES) * len(transports()):
        raise RuntimeError(f"the all-reduce benchmark ended with {process.returncode} after {len(lines)} figures")
    table: list[dict[str, object]] = []
    for transport in transports():
        points = [(line["bytes"], median(line["seconds"])) for line in lines if line["transport"] == transport]
        alpha_s, beta = fit([num_bytes for num_bytes, _ in points], [seconds for _, seconds in points])
        table.append(
            {"transport": transport, "ranks": ranks, "points": points, "alpha_s": alpha_s, "bytes_per_s": beta}
        )
    return table


def fit(sizes: list[int], seconds: list[float]) -> tuple[float, float]:
    """(alpha in s, beta in bytes/s) of seconds = alpha + bytes / beta, by least squares of relative errors."""
    weight = 1 / np.array(seconds)
    columns = np.stack([weight, np.array(sizes) * weight], axis=1)
    (alpha_s, per_byte), *_ = np.linalg.lstsq(columns, np.ones(len(sizes)), rcond=None)
    return max(0.0, float(alpha_s)), 1 / max(float(per_byte), 1e-18)


def print_links(table: list[dict[str, object]]) -> None:
    """Print what each transport measured, one line a message size."""
    print("\nall-reduce, median of 12, slowest rank")
    print(f"{'bytes':>12}" + "".join(f"{row['transport']!s:>12}" for row in table))
    for index, num_bytes in enumerate(SIZES):
        cells = [row["points"][index][1] for row in table]  # type: ignore[index]
        print(f"{num_bytes:>12,}" + "".join(f"{cell * 1e3:>9.3f} ms" for cell in cells))
    for row in table:
        print(
            f"{row['transport']}: alpha (latency) {float(row['alpha_s']) * 1e6:.0f} us, "  # type: ignore[arg-type]
            f"beta (bandwidth) {size(float(row['bytes_per_s']))}/s"  # type: ignore[arg-type]
        )
