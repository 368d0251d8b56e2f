"""`gearshift bench tries`: how soon a model answers a person while it trains.

Every try of every workload whose data is here, of a GPT of 10 M weights too, with a core free beside training, and with
none. An answer's time is from the question until something of it can be seen; of a text, its first ten characters.
"""

import argparse
import contextlib
import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.bench.loops import median, verdict
from engine.config.cards import workloads
from engine.config.mode import cores
from engine.config.spec import RunSpec, make_spec
from engine.events.evaluator import TryAnswered
from engine.events.message import Message
from engine.events.ranks import RankFailed, model_count
from engine.events.run import SegmentStarted
from engine.packs.presence import trainable
from engine.pictures import AnyGiven, Drawing, Line, Picks, Plane, Prompt, Stream, Text, Turned
from engine.session.session import Session
from engine.session.starter import RankStarter, make_starter

GPT = "text-gpt"
LARGE = {"size": 10.0}
FIRST_CHARACTERS = 10
"""Two words or so."""
LIMIT_S = 0.3
MOST_WEIGHTS = 12_000_000
"""The limit is of models up to 10 M; the GPT of that size has 11.1 M."""
PATIENCE_S = 60.0

SIDE = 32
STROKE = bytes(255 if 13 <= column <= 18 and 4 <= row <= 27 else 0 for row in range(SIDE) for column in range(SIDE))
"""A one, as a person would draw it."""
RING = tuple((0.6 * math.cos(0.3 * number), 0.6 * math.sin(0.3 * number), number % 2) for number in range(20))


def given(kind: str, number: int) -> AnyGiven:
    """What a person might give of this kind, a little other each time."""
    kinds: dict[str, AnyGiven] = {
        "prompt": Prompt(text="The ", tokens=60, temperature=1.0, seed=number),
        "line": Line(text="What is the price of a good book about computers?"),
        "drawing": Drawing(side=SIDE, ink=STROKE),
        "plane": Plane(points=RING, is_learned=number % 2 > 0),
        "turned": Turned(sample=number, feature=1, values={1: 0.5}),
        "picks": Picks(items=(number, 20, 30)),
        "stream": Stream(text="\n".join(["这本书很好", "房间太小，服务也差"] * 50)),
    }
    return kinds[kind]


class Answer(NamedTuple):
    """Seconds from the question until something is seen, and until nothing more comes; what the answer notes."""

    seen_s: float
    over_s: float
    note: str


def main(arguments: list[str], _: str = "") -> int:
    """Print what each try takes, and medians beside their limit; 0 if it is kept."""
    names = [name for name, card in workloads().items() if card.tries]
    parser = argparse.ArgumentParser(prog="gearshift bench tries", description=__doc__)
    parser.add_argument("--workload", choices=names, nargs="*", help="these alone")
    parser.add_argument("--rounds", type=int, default=8, help="questions of each try")
    options = parser.parse_args(arguments)
    kept = True
    with contextlib.closing(make_starter()) as starter:
        starter.wait_hardware()
        for name in options.workload or [name for name in trainable() if name in names]:
            for threads in sorted({1, cores()}):
                mode = f"cpu,threads={threads}"
                kept &= _asked(make_spec(name, mode=mode), options.rounds, starter)
                if name == GPT:
                    kept &= _asked(make_spec(name, mode=mode, batch_size=2, knobs=LARGE), options.rounds, starter)
    return 0 if kept else 1


def _asked(spec: RunSpec, rounds: int, starter: RankStarter) -> bool:
    """Ask each try of a workload, again and again, while it trains; True if the limit is kept."""
    kept = True
    with (
        tempfile.TemporaryDirectory() as directory,
        contextlib.closing(Session(spec, starter, directory=Path(directory))) as session,
    ):
        number, weights = 0, _begin(session)
        for card in workloads()[spec.workload].tries:
            answers = []
            for attempt in range(rounds + 1):
                answer = _ask(session, spec.workload, number, card.name, given(card.kind, attempt))
                number += 1
                if attempt:  # the first one waits for weights that were looked at
                    answers.append(answer)
            seen_s, over_s = median([one.seen_s for one in answers]), median([one.over_s for one in answers])
            longest_s = max(one.seen_s for one in answers)
            name = f"{spec.workload} {spec.knobs.get('size', '')} {spec.mode}: {card.name}"
            print(f"{name}: over after {over_s:.3f} s; seen after {longest_s:.3f} s at most; {answers[-1].note}")
            if weights > MOST_WEIGHTS:
                print(
                    f"{name}: seen after {seen_s:.3f} s, median of {rounds}; no limit for {weights / 1e6:.1f} M weights"
                )
            else:
                kept &= verdict(f"{name}: seconds until it is seen, median of {rounds}", seen_s, LIMIT_S)
    return kept


def _begin(session: Session) -> int:
    """Let it train; returns how many weights the model has.

    Raises:
        RuntimeError: a rank failed, or none began in a minute.
    """
    session.play()
    for message in _heard(session):
        if isinstance(message, SegmentStarted):
            count = model_count(message.ranks)
            assert count is not None
            return count.weights
    raise RuntimeError(f"no training began in {PATIENCE_S:.0f} s")


def _ask(session: Session, workload: str, number: int, name: str, question: AnyGiven) -> Answer:
    """Ask once, and wait for the answer's end.

    Raises:
        RuntimeError: a rank failed, or there was no answer in a minute.
    """
    begin_s, seen_s, note = time.perf_counter(), 0.0, ""
    session.try_out(number, name, question)
    for message in _heard(session):
        if not isinstance(message, TryAnswered) or message.number != number:
            continue
        if message.reason:
            raise RuntimeError(f"{workload}: {message.reason}")
        picture, now_s = message.picture, time.perf_counter() - begin_s
        if picture is not None:
            if (
                not isinstance(question, Prompt)
                or not isinstance(picture, Text)
                or len(picture.text) >= FIRST_CHARACTERS
            ):
                seen_s = seen_s or now_s
            note = str(picture.note)
        if message.is_over:
            return Answer(seen_s or now_s, now_s, note)
    raise RuntimeError(f"{workload}: {name} was not answered in {PATIENCE_S:.0f} s")


def _heard(session: Session) -> Iterator[Message]:
    """What the session tells, for a minute.

    Raises:
        RuntimeError: a rank failed.
    """
    deadline_s = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < deadline_s:
        session.wait(0.5)
        for message in session.take():
            if isinstance(message, RankFailed):
                raise RuntimeError(message.reason)
            yield message
