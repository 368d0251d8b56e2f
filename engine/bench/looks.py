"""`gearshift bench looks`: what a look costs the training that is looked at.

One run, one thread, a core free beside it; validation goes on in all of it. Stretches with a look watched and without
one take turns, each first as often as second, and so do all looks that the workload has.
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

from engine.bench.loops import Engine, both, median, verdict
from engine.config.cards import workloads
from engine.config.spec import make_spec
from engine.session.starter import RankStarter, make_starter

LOOKED_AT = ("text-gpt", "digits-cnn")
LIMIT = 1.02


def main(arguments: list[str], _: str = "") -> int:
    """Print each pair, and medians beside their limit; 0 if it is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench looks", description=__doc__)
    parser.add_argument("--workload", choices=[name for name, card in workloads().items() if card.looks], nargs="*")
    parser.add_argument("--rounds", type=int, default=8, help="pairs of stretches a workload")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a stretch: long enough for some looks")
    options = parser.parse_args(arguments)
    kept = True
    with contextlib.closing(make_starter()) as starter:
        starter.wait_hardware()
        for name in options.workload or LOOKED_AT:
            kept &= looked_at(name, options.rounds, options.seconds, starter)
    return 0 if kept else 1


def looked_at(name: str, rounds: int, stretch_s: float, starter: RankStarter) -> bool:
    """Step times of a workload with one of its looks watched, and with none; True if the limit is kept."""
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        with Engine(make_spec(name, mode="cpu,threads=1"), starter, Path(directory), is_awaited=False) as engine:
            steps = max(1, round(stretch_s / engine.run(20)))
            engine.run(steps)
            alone, looks = _Stretch(engine, ""), workloads()[name].looks
            for number in range(rounds):
                look, before = looks[number // 2 % len(looks)].name, engine.drawn
                watched_s, alone_s = both(number, _Stretch(engine, look), alone, steps)
                ratios.append(watched_s / alone_s)
                print(
                    f"{name}: {look:<10} watched {watched_s * 1e3:8.3f} ms a step, {engine.drawn - before} drawn; "
                    f"unwatched {alone_s * 1e3:8.3f} ms {ratios[-1]:>7.3f}",
                    flush=True,
                )
    return verdict(f"{name}: step with a look watched / without, median of {rounds}", median(ratios), LIMIT)


class _Stretch:
    """A run's steps while a look is watched, or ("") none."""

    def __init__(self, engine: Engine, look: str) -> None:
        self._engine, self._look = engine, look

    def run(self, steps: int) -> float:
        """Make so many steps; returns seconds a step."""
        self._engine.session.watch(self._look)
        return self._engine.run(steps)
