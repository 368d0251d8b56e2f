"""`gearshift bench evaluator`: what the evaluator costs training that has every core, and how often it is heard there.

    evaluator   looks | frozen | frozen | looks | looks | ...        one run, one crew: stretches of the clock
    ratio     = mean step of a stretch in which it looks  /  of the frozen stretch beside it

Frozen (SIGSTOP) it costs nothing, and no snapshot is copied for it: what is compared are the same ranks, in the same
memory, seconds apart. Going on, it makes up for what has come due; a stretch begins when it has, so that its looks are
those of its pace. How often texts and validations come is told of a last stretch of its own.
"""

import argparse
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from engine.bench.loops import median, verdict
from engine.config.cards import workloads
from engine.config.mode import cores
from engine.config.spec import RunSpec, make_spec
from engine.events.evaluator import TextSample, Validated
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter, make_starter

SETTLE_S = 3.0
"""After the first step: what is young, or is built, costs more once."""
LISTEN_S = 60.0
LIMIT = 1.02
TEXT_LIMIT_S, LOOK_LIMIT_S = 10.0, 15.0


def main(arguments: list[str], _: str = "") -> int:
    """Print each pair of stretches, and medians beside their limits; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench evaluator", description=__doc__)
    modes = [f"cpu,threads={cores()}", f"cpu,dp={cores()},transport=shm"]
    parser.add_argument("--workload", choices=list(workloads()), default="text-gpt", help="others with their defaults")
    parser.add_argument("--mode", nargs="*", default=modes, help="in which training has every core")
    parser.add_argument("--size", type=float, default=10.0, help="of the GPT, in million weights")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of stretches a mode")
    parser.add_argument("--seconds", type=float, default=20.0, help="of a stretch: long enough for some looks")
    options = parser.parse_args(arguments)
    kept = True
    with contextlib.closing(make_starter()) as starter:
        starter.wait_hardware()
        for mode in options.mode:
            spec = make_spec(options.workload, mode=mode)
            if options.workload == "text-gpt":
                knobs = {"size": options.size, "tokens": "BPE"}
                spec = make_spec("text-gpt", mode=mode, batch_size=2, lr=0.0004, knobs=knobs)
            kept &= beside(spec, options.rounds, options.seconds, starter)
    return 0 if kept else 1


def beside(spec: RunSpec, rounds: int, stretch_s: float, starter: RankStarter) -> bool:
    """Train with an evaluator that is frozen every other stretch; True if the limits are kept."""
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = Observed(stack.enter_context(contextlib.closing(Session(spec, starter, directory=directory))))
        run.watch(SETTLE_S)
        ratios = list[float]()
        for number in range(rounds):
            steps, others, worked = dict[bool, float](), [], dict[bool, float]()
            for is_frozen in (False, True) if number % 2 else (True, False):
                run.freeze(is_frozen)
                if not is_frozen:
                    run.catch_up()
                before_s, before_others_s = run.evaluator_s(), others_s()
                steps[is_frozen] = run.watch(stretch_s)
                worked[is_frozen] = run.evaluator_s() - before_s
                others.append((others_s() - before_others_s) / stretch_s)
            share = worked[False] / stretch_s
            ratios.append(steps[False] / steps[True])
            print(
                f"{spec.mode}: with {steps[False] * 1e3:7.1f} ms a step, frozen {steps[True] * 1e3:7.1f} ms "
                f"{ratios[-1]:>7.3f}; {share:.1%} of a core; others took {max(others):.2f} cores",
                flush=True,
            )
        kept = verdict(f"{spec.mode}: step with the evaluator / without, median of {rounds}", median(ratios), LIMIT)
        return run.tell(LISTEN_S) and kept


def others_s() -> float:
    """How long cores have computed for anybody but this process and its children."""
    whole = psutil.cpu_times()
    own = psutil.Process()
    ours = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return float(
        whole.user + whole.nice + whole.system + whole.softirq - sum(times.user + times.system for times in ours)
    )


class Observed:
    """A run that trains, and what its evaluator has told."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_frozen = False
        self._writes = "text" in workloads()[session.spec.workload].pictures
        self._told: list[Message] = []
        session.play()
        self._steps = np.zeros(0)
        while not len(self._steps):
            self._take()

    @property
    def _pid(self) -> int:
        process = self._session._run.evaluation.process
        assert process is not None
        assert process.pid is not None
        return process.pid

    def freeze(self, is_frozen: bool) -> None:
        """From now on it stands still, or goes on."""
        self._is_frozen = is_frozen
        os.kill(self._pid, signal.SIGSTOP if is_frozen else signal.SIGCONT)

    def catch_up(self) -> None:
        """Wait until it has looked once."""
        self._told = []
        while not any(isinstance(message, Validated) for message in self._told):
            self._take()

    def evaluator_s(self) -> float:
        """How long it has computed in all."""
        times = psutil.Process(self._pid).cpu_times()
        return float(times.user + times.system)

    def watch(self, seconds: float) -> float:
        """Let it train for so long; the mean seconds of a step."""
        self._take()
        self._steps = np.zeros(0)
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self._take()
        return float(self._steps[1:].mean())  # the first one began before

    def _take(self) -> None:
        self._session.wait(0.1)
        for message in self._session.take():
            if isinstance(message, RankFailed):
                raise RuntimeError(message.reason)
            if isinstance(message, StepBatch):
                self._steps = np.concatenate([self._steps, message.rows["seconds"]])
            elif isinstance(message, TextSample | Validated) and not self._is_frozen:
                self._told.append(message)

    def tell(self, looked_s: float) -> bool:
        """Print how often it is heard in the next `looked_s`; True if that is as often as it should be."""
        self.freeze(False)
        self.watch(SETTLE_S)
        self._told = []
        self.watch(looked_s)
        texts = [text for text in self._told if isinstance(text, TextSample) and text.is_over]
        looks = [look for look in self._told if isinstance(look, Validated)]
        for text in texts:
            print(f"  before step {text.step}, {len(text.text)} characters: {text.text[:60]!r}")
        for look in looks:
            print(f"  before step {look.step}, {look.work_s:.2f} s of a core in {look.seconds:.1f} s: {look.loss}")
        kept = verdict("  seconds to a validation", _gap_s(looks, looked_s), LOOK_LIMIT_S)
        if self._writes:
            kept &= verdict("  seconds to a text", _gap_s(texts, looked_s), TEXT_LIMIT_S)
        return kept


def _gap_s(told: Sequence[TextSample | Validated], looked_s: float) -> float:
    """The mean seconds from one to the next in the `looked_s` that were listened to; of fewer than two all of these.

    Two that came close together, in a long silence before and after, are not said to come often.
    """
    if len(told) < 2:
        return looked_s
    between_s = (told[-1].at_s - told[0].at_s) / (len(told) - 1)
    return max(between_s, looked_s / (len(told) + 1))
