"""`gearshift bench workloads`: each workload's engine against the bare loop of the same model, one thread each.

The bare loop (`engine.rank.bench.bare`) has index tensors and a fused optimizer, and no logging; the engine records. It
may take 1.02 times as long at the median where a step takes more than 5 ms, else 1.05. No evaluator looks on (`bench
overhead` has that). The GPT is also held to a loop in
the manner of nanoGPT, with a model of its own: at least as many tokens a second, at two sizes.
"""

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.bench.loops import Engine, HandWritten, both, median, verdict
from engine.config.cards import workloads
from engine.config.spec import RunSpec, make_spec
from engine.packs.presence import trainable
from engine.session.starter import RankStarter, make_starter

LONG_STEP_S = 0.005
GPTS = (({"size": 0.1}, 16), ({"size": 3.0}, 4))
"""Knobs and batch size."""


def main(arguments: list[str], _: str = "") -> int:
    """Print step times and ratios; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench workloads")
    parser.add_argument("--workload", choices=list(workloads()), help="this one alone")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, both sides in each")
    parser.add_argument("--restarts", type=int, default=3, help="fresh processes: where memory lies matters by 5 %%")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a round, for each side")
    options = parser.parse_args(arguments)
    kept = True
    with contextlib.closing(make_starter()) as starter:
        starter.wait_hardware()
        for name in [options.workload] if options.workload else trainable():
            spec = make_spec(name, mode="cpu,threads=1", optimizer="adam")  # as the other loop has it
            pairs = _pairs("bare", spec, starter, options)
            limit = 1.02 if median([other_s for _, other_s in pairs]) > LONG_STEP_S else 1.05
            kept &= verdict(f"{name}: engine / bare, median", median([one / other for one, other in pairs]), limit)
        for knobs, batch_size in GPTS if options.workload in (None, "text-gpt") else ():
            spec = make_spec("text-gpt", mode="cpu,threads=1", batch_size=batch_size, knobs=knobs)
            pairs = _pairs("nanogpt", spec, starter, options)
            ratio = median([other / one for one, other in pairs])
            name = f"text-gpt {knobs}: tokens/s / those of a loop in the manner of nanoGPT, median"
            kept &= verdict(name, ratio, 1.0, at_least=True)
    return 0 if kept else 1


def _pairs(kind: str, spec: RunSpec, starter: RankStarter, options: argparse.Namespace) -> list[tuple[float, float]]:
    """Seconds a step of the engine and of the other loop, printed as they come."""
    found = []
    for _ in range(options.restarts):
        for pair in _rounds(kind, spec, starter, options.rounds, options.seconds):
            found.append(pair)
            one_s, other_s = pair
            print(
                f"{spec.workload:<16} engine {one_s * 1e3:>9.3f} ms   {kind} {other_s * 1e3:>9.3f} ms   "
                f"{one_s / other_s:>6.3f}",
                flush=True,
            )
    return found


def _rounds(
    kind: str, spec: RunSpec, starter: RankStarter, rounds: int, round_s: float
) -> Iterator[tuple[float, float]]:
    """One set of processes, `rounds` times both sides; who goes first alternates."""
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        other = stack.enter_context(HandWritten(kind, spec))
        engine = stack.enter_context(Engine(spec, starter, directory, is_evaluated=False))
        steps = max(2, round(round_s / other.run(5)))
        for number in range(rounds):
            other_s, engine_s = both(number, other, engine, steps)
            yield engine_s, other_s
