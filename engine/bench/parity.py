"""`gearshift bench parity`: every mode against the plain one-thread run, as a table. (The proof itself is a test.)"""

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

from engine.bench.loops import verdict
from engine.config.cards import workloads
from engine.config.catalogue import modes_that_fit
from engine.config.roles import is_exact
from engine.config.spec import make_spec
from engine.events.ranks import RankFailed
from engine.events.run import StatusChanged
from engine.packs.presence import trainable
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter, make_starter

KNOBS = {"hidden": 32, "layers": 8}
"""Of every workload that has them: enough layers for four ranks with two stages each."""
LIMITS = {"fp64": 1e-10, "fp32": 1e-4}


def main(arguments: list[str], _: str = "") -> int:
    """Print the largest relative difference of a step's loss, per workload, precision and mode."""
    parser = argparse.ArgumentParser(prog="gearshift bench parity")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--device", default="cpu", help="an accelerator is compared with the CPU in fp64 and fp32")
    parser.add_argument("--workload", choices=list(workloads()), help="this one alone")
    parser.add_argument("--precision", choices=list(LIMITS), help="this one alone")
    parser.add_argument("--ranks", type=int, action="append", help="modes with so many ranks (default: 1, 2, and 4)")
    options = parser.parse_args(arguments)
    ranks = options.ranks or [1, 2, 4]
    worst = dict.fromkeys(LIMITS, 0.0)
    with contextlib.closing(make_starter()) as starter, tempfile.TemporaryDirectory() as place:
        starter.wait_hardware()
        for workload in [options.workload] if options.workload else trainable():
            for precision in [options.precision] if options.precision else LIMITS:
                reference = _losses(
                    workload, f"cpu,threads=1,precision={precision}", options.steps, starter, Path(place)
                )
                for mode in _modes(workload, options.device, precision, ranks):
                    losses = _losses(workload, mode, options.steps, starter, Path(place))
                    assert len(losses) == len(reference) == options.steps
                    difference = max(abs(a - b) / abs(a) for a, b in zip(reference, losses, strict=True))
                    worst[precision] = max(worst[precision], difference)
                    print(f"{workload:<14} {precision} {mode:<48} {difference:.1e}", flush=True)
    kept = True
    for precision, limit in LIMITS.items():
        print(f"{precision}: largest difference {worst[precision]:.1e}")
        kept &= worst[precision] <= limit
    return 0 if verdict("largest difference / limit", max(worst[p] / LIMITS[p] for p in LIMITS), 1.0) and kept else 1


def _modes(workload: str, device: str, precision: str, ranks: list[int]) -> list[str]:
    """All that must agree: every exact mode on so many ranks that fits the workload; of an accelerator, itself."""
    if device != "cpu":
        return [f"{device},precision={precision}"]
    fitting = modes_that_fit(workload, make_spec(workload, knobs=_knobs(workload)).knobs, *ranks, precision=precision)
    return [f"cpu,threads=2,precision={precision}", *(mode.text for mode in fitting if is_exact(mode))]


def _knobs(workload: str) -> dict[str, int]:
    return {knob.name: KNOBS[knob.name] for knob in workloads()[workload].knobs if knob.name in KNOBS}


def _losses(workload: str, mode: str, steps: int, starter: RankStarter, place: Path) -> list[float]:
    directory = place / f"{workload}-{mode}-{time.monotonic_ns()}"
    losses: list[float] = []
    spec = make_spec(workload, mode=mode, steps=steps, batch_size=50, knobs=_knobs(workload))
    with contextlib.closing(Session(spec, starter, directory=directory)) as session:
        session.play()
        while True:
            session.wait(0.5)
            for message in session.take():
                if isinstance(message, StepBatch):
                    losses += message.rows["loss"].tolist()
                elif isinstance(message, RankFailed):
                    raise RuntimeError(message.reason)
                elif isinstance(message, StatusChanged) and message.status == "finished":
                    return losses
