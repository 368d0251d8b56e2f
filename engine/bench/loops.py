"""Loops that can be asked for a number of steps and answer with the seconds: hand-written ones, and the engine."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np

from engine.config.spec import RunSpec
from engine.events.evaluator import LookDrawn, Validated
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import RunStarted, SegmentStarted, StatusChanged
from engine.rows import StepBatch
from engine.session.local_rank import ROOT
from engine.session.session import Session
from engine.session.starter import RankStarter


class HandWritten:
    """A loop of `engine.rank.bench.bare` in a process of its own."""

    def __init__(self, kind: str, spec: RunSpec, device: str = "cpu") -> None:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        arguments = [kind, spec.workload, json.dumps(spec.knobs), str(spec.batch_size), str(spec.lr), device]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine.rank.bench.bare", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._read()

    def run(self, steps: int) -> float:
        """Make so many steps; returns seconds a step."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        return float(self._read()) / steps

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the hand-written loop ended")
        return line

    def __enter__(self) -> "HandWritten":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Engine:
    """The whole engine as a loop that is asked for steps, recording on, with or without an evaluator beside it.

    `is_awaited`: before a call returns, the evaluator has looked at the last weights, and rests.
    """

    def __init__(
        self,
        spec: RunSpec,
        starter: RankStarter,
        directory: Path,
        *,
        is_evaluated: bool = True,
        is_awaited: bool = True,
    ) -> None:
        self.session = Session(spec, starter, directory=directory, is_evaluated=is_evaluated)
        self.made = 0
        self.validations: list[Validated] = []
        self.drawn = 0
        """Looks that were drawn for who watches."""
        self._is_awaited = is_evaluated and is_awaited
        self.told: list[Message] = []
        """What it has said of the run besides its steps, for who comes to watch later."""
        self.run(20)

    def run(self, steps: int) -> float:
        """Seconds a step, from the first step's begin to the last one's end: chores between them count.

        Raises:
            RuntimeError: a rank failed, or the steps were not made within ten minutes.
        """
        self.made += steps
        self.session.run_until(self.made)
        begin_s, end_s, is_paused, is_looked_at = None, 0.0, False, not self._is_awaited
        deadline_s = time.monotonic() + 600
        while time.monotonic() < deadline_s:
            self.session.wait(0.5)
            for message in self.session.take():
                if isinstance(message, StepBatch):
                    rows = message.rows
                    if begin_s is None:
                        begin_s = float(rows["at_s"][0] - rows["seconds"][0])
                    end_s = float(rows["at_s"][-1])
                elif isinstance(message, RankFailed):
                    raise RuntimeError(message.reason)
                elif isinstance(message, StatusChanged) and message.status == "paused" and message.step == self.made:
                    is_paused = True
                elif isinstance(message, Validated):
                    self.validations.append(message)
                    is_looked_at |= message.step == self.made
                elif isinstance(message, LookDrawn):
                    self.drawn += 1
                elif isinstance(message, RunStarted | SegmentStarted):
                    self.told.append(message)
            if is_paused and is_looked_at:
                assert begin_s is not None
                return (end_s - begin_s) / steps
        raise RuntimeError("the engine did not finish its steps")

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.session.close()


class Loop(Protocol):
    """Something that can be asked for steps."""

    def run(self, steps: int) -> float:
        """Make so many steps; returns seconds a step."""


def both(number: int, one: Loop, other: Loop, steps: int) -> tuple[float, float]:
    """Seconds a step of `one` and of `other`, in round `number`.

    Who comes first alternates, so that a machine that slows down or speeds up favours neither side.
    """
    if number % 2:
        one_s, other_s = one.run(steps), other.run(steps)
    else:
        other_s, one_s = other.run(steps), one.run(steps)
    return one_s, other_s


def median(values: list[float]) -> float:
    """The value in the middle; of an even number, the mean of the two there."""
    return float(np.median(values))


def verdict(name: str, value: float, limit: float, *, at_least: bool = False) -> bool:
    """Print one figure beside its limit; True if it is kept."""
    kept = value >= limit if at_least else value <= limit
    sign = "at least" if at_least else "at most"
    print(f"{name}: {value:.3f} ({sign} {limit:g}: {'kept' if kept else 'MISSED'})", flush=True)
    return kept
