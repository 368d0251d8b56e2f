"""Records in which times go backwards, far ahead, below zero, or are no numbers; `tests/attack/clock.py` tries them."""

import json
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.events.event import Event
from engine.events.message import Message
from engine.events.run import StatusChanged
from engine.record.form import HEADER_BYTES
from engine.record.replay import Replay
from engine.record.rising import rising
from engine.record.sound_rows import EARLY_S
from engine.rows import STEP_ROW, StepBatch
from gui.model.store import Store

SAMPLE = Path(__file__).parent.parent.parent / "resources" / "sample-run"

TIMES: tuple[Callable[[random.Random, float], float], ...] = (
    lambda _, at_s: -at_s,
    lambda _, __: 0.0,
    lambda _, at_s: at_s + 8e8,
    lambda _, __: 1e300,
    lambda _, __: float("nan"),
    lambda _, __: float("inf"),
    lambda rng, at_s: at_s + rng.uniform(-300.0, 300.0),
    lambda rng, _: rng.uniform(0.0, 9e8),
)


def disordered(whole: Path, run: Path, seed: int) -> None:
    """A copy of a record at `run`, in which times go backwards, far ahead, below zero, or are no numbers."""
    rng = random.Random(f"record {seed}")
    shutil.copytree(whole, run)
    steps = (run / "steps.bin").read_bytes()
    rows = np.frombuffer(steps[HEADER_BYTES:], STEP_ROW).copy()
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    some = rng.choice((1, 2, 20, len(rows)))
    make = rng.choice(TIMES)
    for index in rng.sample(range(len(rows)), min(some, len(rows))) if rng.random() < 0.7 else ():
        rows["at_s"][index] = make(rng, float(rows["at_s"][index]))
    for index in rng.sample(range(len(events)), min(some, len(events))) if rng.random() < 0.7 else ():
        events[index]["at_s"] = make(rng, events[index]["at_s"])
    if rng.random() < 0.2:
        rows["at_s"] = rows["at_s"][::-1]
    if rng.random() < 0.2:
        rng.shuffle(events)
    (run / "steps.bin").write_bytes(steps[:HEADER_BYTES] + rows.tobytes())
    (run / "events.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))


def watched(run: Path, seed: int) -> str:
    """What is wrong with how a record is read, shown and played; "" if nothing is."""
    shown = Replay(run, at_end=True).take()
    store = Store()
    store.feed(shown)
    if wrong := _wrong_order(shown):
        return wrong
    rng, now_s = random.Random(f"play {seed}"), 0.0
    replay = Replay(run, clock=lambda: now_s)
    replay.play()
    played = replay.take()
    for _ in range(40):
        now_s += rng.choice((0.01, 1.0, 60.0, 1e8))  # the machine may have slept
        played += replay.take()
    now_s += 1e10
    played += replay.take()
    return "" if _parts(played) == _parts(shown) else "played, it is not what is shown at once"


def _wrong_order(messages: list[Message]) -> str:
    steps_s = [at_s for m in messages if isinstance(m, StepBatch) for at_s in m.rows["at_s"].tolist()]
    events_s = [m.at_s for m in messages if isinstance(m, Event)][:-1]  # the last may be the replay's own
    if not np.isfinite([*steps_s, *events_s]).all() or min([*steps_s, *events_s], default=0.0) < 0.0:
        return "a time is no time"
    if not rising(np.array(steps_s), EARLY_S).all():
        return "times of steps fall"
    return "" if rising(np.array(events_s), 0.0).all() else "times of events fall"


def _parts(messages: list[Message]) -> tuple[list[int], list[Message]]:
    steps = [step for m in messages if isinstance(m, StepBatch) for step in m.rows["step"].tolist()]
    return steps, [m for m in messages if isinstance(m, Event) and not isinstance(m, StatusChanged)]


def attack_records(count: int, seed: int) -> int:
    """`count` records; returns how many broke."""
    broken = 0
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        shutil.copytree(SAMPLE, whole)
        lines = (whole / "events.jsonl").read_bytes().splitlines(keepends=True)
        (whole / "events.jsonl").write_bytes(b"".join(lines[:: max(1, len(lines) // 60)]))
        for number in range(seed, seed + count):
            run = Path(place) / "run"
            disordered(whole, run, number)
            try:
                wrong = watched(run, number)
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            if wrong:
                broken += 1
                print(f"record, seed {number}: {wrong}", flush=True)
            shutil.rmtree(run)
    print(f"{count:,} records, {broken} broken")
    return broken
