"""`gearshift bench overhead`: the whole engine against a hand-tuned loop, and against the lecture's own loop.

And against itself without an evaluator: what its looks cost beside training, where a core is free for them.
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

from engine.bench.loops import Engine, HandWritten, both, median, verdict
from engine.bench.set_up import timed_digits
from engine.config.spec import RunSpec
from engine.session.starter import RankStarter, make_starter

CASES = (
    ("MLP 64-128-128-10, batch 32", {"hidden": 128, "layers": 3}, 32, 2_000, 1.05),
    ("MLP 784-1024x4-10, batch 256", {"hidden": 1024, "layers": 5, "side": 28}, 256, 25, 1.02),
)
EVALUATOR_LIMIT = 1.02
ROUND_S = 3.0
"""A round with and without an evaluator: long enough for some looks."""


def main(arguments: list[str], _: str = "") -> int:
    """Print step times and ratios; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench overhead")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, both sides in each")
    parser.add_argument("--restarts", type=int, default=3, help="fresh processes: where memory lies matters by 5 %%")
    parser.add_argument("--only", choices=("loops", "evaluator"), help="one part of it")
    options = parser.parse_args(arguments)
    kept = True
    with contextlib.closing(make_starter()) as starter:
        starter.wait_hardware()
        for number, (title, knobs, batch_size, steps, limit) in enumerate(CASES):
            spec = timed_digits(knobs, mode="cpu,threads=1", batch_size=batch_size)
            if options.only != "loops":
                kept &= _beside_the_evaluator(title, spec, steps, options.rounds * options.restarts, starter)
            if options.only == "evaluator":
                continue
            print(f"\n{title}, one thread, {steps:,} steps a round, recording on")
            ratios: list[float] = []
            lecture_ratios: list[float] = []
            for _restart in range(options.restarts):
                lectures = lecture_ratios if number == 0 else None
                _measure(spec, steps, options.rounds, starter, ratios, lectures)
            if lecture_ratios:
                kept &= verdict("lecture's loop / engine, median", median(lecture_ratios), 1.4, at_least=True)
            kept &= verdict("engine / bare, median", median(ratios), limit)
    return 0 if kept else 1


def _measure(
    spec: RunSpec,
    steps: int,
    rounds: int,
    starter: RankStarter,
    ratios: list[float],
    lecture_ratios: list[float] | None,
) -> None:
    """One set of processes, `rounds` times all sides; adds to the ratios."""
    print(f"{'bare':>10} {'engine':>10} {'ratio':>7}" + ("    lecture   ratio" if lecture_ratios is not None else ""))
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare = stack.enter_context(HandWritten("bare", spec))
        lecture = stack.enter_context(HandWritten("lecture", spec)) if lecture_ratios is not None else None
        engine = stack.enter_context(Engine(spec, starter, directory))
        for number in range(rounds):
            bare_s, engine_s = both(number, bare, engine, steps)
            ratios.append(engine_s / bare_s)
            row = f"{bare_s * 1e6:>7.0f} us {engine_s * 1e6:>7.0f} us {ratios[-1]:>7.3f}"
            if lecture is not None and lecture_ratios is not None:
                lecture_s = lecture.run(steps)
                lecture_ratios.append(lecture_s / engine_s)
                row += f" {lecture_s * 1e6:>7.0f} us {lecture_ratios[-1]:>7.3f}"
            print(row, flush=True)


def _beside_the_evaluator(title: str, spec: RunSpec, steps: int, rounds: int, starter: RankStarter) -> bool:
    """Step times with it and without it, in turn, in processes that take turns too; True if the limit is kept."""
    print(f"\n{title}, one thread, with and without an evaluator beside it")
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        without = stack.enter_context(Engine(spec, starter, directory / "off", is_evaluated=False))
        with_it = stack.enter_context(Engine(spec, starter, directory / "on"))
        steps = max(1, round(ROUND_S / without.run(steps)))
        with_it.run(steps)
        ratios, on, seen = [], 0.0, len(with_it.validations)
        for number in range(rounds):
            on_s, off_s = both(number, with_it, without, steps)
            ratios.append(on_s / off_s)
            on += on_s * steps
            print(f"on {on_s * 1e6:>9.1f} us   off {off_s * 1e6:>9.1f} us {ratios[-1]:>7.3f}", flush=True)
        looks = with_it.validations[seen:]
        work_s = sum(look.work_s for look in looks)
        print(f"{len(looks)} looks took {work_s:.2f} s of a core in {on:.0f} s: {work_s / on:.1%} of one")
    return verdict("with an evaluator / without, median", median(ratios), EVALUATOR_LIMIT)
