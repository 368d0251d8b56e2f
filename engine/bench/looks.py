"""`gearshift bench looks`: what a look costs the training that is looked at, and how soon a try is answered.

One run, one thread, a core free beside it; validation goes on in all of it. Stretches with a look watched and without
one take turns, each first as often as second, and so do all looks that the workload has. A try is one of a GPT of 10 M
weights while it trains: from the question until its first characters are here, with a core free, and with none.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from engine.bench.loops import Engine, both, median, verdict
from engine.config.cards import workloads
from engine.config.mode import cores
from engine.config.spec import RunSpec, make_spec
from engine.events.evaluator import TryAnswered
from engine.events.ranks import RankFailed
from engine.pictures import Prompt, Text
from engine.session.session import Session
from engine.session.starter import RankStarter, make_starter

LOOKED_AT = ("text-gpt", "digits-cnn")
LIMIT = 1.02
LARGE = {"size": 10.0}
FIRST_CHARACTERS = 10
"""Two words or so."""
ANSWER_LIMIT_S = 0.3


def main(arguments: list[str], _: str = "") -> int:
    """Print each pair and each answer, and medians beside their limits; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench looks", description=__doc__)
    parser.add_argument("--workload", choices=[name for name, card in workloads().items() if card.looks], nargs="*")
    parser.add_argument("--rounds", type=int, default=8, help="pairs of stretches a workload; answers")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a stretch: long enough for some looks")
    parser.add_argument("--only", choices=("looks", "tries"), help="one part of it")
    options = parser.parse_args(arguments)
    kept = True
    with contextlib.closing(make_starter()) as starter:
        starter.wait_hardware()
        for name in (options.workload or LOOKED_AT) if options.only != "tries" else ():
            kept &= looked_at(name, options.rounds, options.seconds, starter)
        for threads in sorted({1, cores()}) if options.only != "looks" else ():
            kept &= tried(f"cpu,threads={threads}", options.rounds, starter, is_core_free=threads < cores())
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


def tried(mode: str, count: int, starter: RankStarter, *, is_core_free: bool) -> bool:
    """Ask a large GPT to continue a text, again and again, while it trains; True if the limit is kept."""
    spec = make_spec("text-gpt", mode=mode, batch_size=2, knobs=LARGE)
    with tempfile.TemporaryDirectory() as directory:
        answers = _answers(spec, count, starter, Path(directory))
    for first_s, words_s, note in answers:
        print(
            f"{mode}: first character after {first_s * 1e3:.0f} ms, {FIRST_CHARACTERS} after {words_s * 1e3:.0f} ms; "
            f"{note}"
        )
    where = "a core free" if is_core_free else "no core free"
    name = f"text-gpt {LARGE}, {where}: seconds to {FIRST_CHARACTERS} characters of an answer, median of {count}"
    return verdict(name, median([words_s for _, words_s, _ in answers]), ANSWER_LIMIT_S)


def _answers(spec: RunSpec, count: int, starter: RankStarter, directory: Path) -> Sequence[tuple[float, float, str]]:
    """Seconds from a question to the first character, and to the first ten, and what the end of the answer says."""
    found = []
    with contextlib.closing(Session(spec, starter, directory=directory)) as session:
        session.play()
        for number in range(count + 1):  # the first one waits for weights that were looked at
            begin_s, first_s, words_s, note = time.perf_counter(), 0.0, 0.0, ""
            session.try_out(number, "continue", Prompt(text="The ", tokens=60, temperature=1.0, seed=number))
            while not note:
                session.wait(0.5)
                for message in session.take():
                    if isinstance(message, RankFailed):
                        raise RuntimeError(message.reason)
                    if not isinstance(message, TryAnswered) or message.number != number:
                        continue
                    if isinstance(message.picture, Text):
                        now_s = time.perf_counter() - begin_s
                        first_s = first_s or now_s
                        if len(message.picture.text) >= FIRST_CHARACTERS:
                            words_s = words_s or now_s
                        last = str(message.picture.note)
                    note = last if message.is_over else ""
            found.append((first_s, words_s, note))
    return found[1:]
