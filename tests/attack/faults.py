"""Random faults in random modes at random moments: each must be named, healed by Play, and leave nothing.

    python -m tests.attack.faults --count 500 --seed 1

One round: a run in a random mode, perhaps with a shift under way; then a rank of either crew, or the fork server, is
killed, frozen or made to raise, or the run is stopped, or shifted again. Afterwards Play. The losses must be those of
an undisturbed run, every step must be there once, and nothing may be left. What breaks is printed with the seed of its
round, with which it can be tried again: --seed N --count 1.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import psutil

from engine.config.spec import RunSpec, make_spec
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import Notice, RunFinished, StatusChanged
from engine.events.shift import Shifted, ShiftFailed
from engine.rows import StepBatch
from engine.session.fork_server import ForkServer
from engine.session.session import Session

MODES = (
    "cpu,threads=1",
    "cpu,threads=2",
    "cpu,dp=2",
    "cpu,dp=2,transport=shm",
    "cpu,dp=3",
    "cpu,fsdp=2",
    "cpu,tp=2",
    "cpu,pp=2",
    "cpu,dp=2,tp=2",
    "cpu,pp=2,dp=2",
)
FAULTS = ("kill", "freeze", "exception", "kill next", "freeze next", "kill server", "stop", "shift again", "none")
CLOSE = 1e-9
LIMIT_S = 30.0


class BrokenError(AssertionError):
    """A round did not go as it must."""


class Round:
    """One session, attacked once."""

    def __init__(self, number: int, starter: ForkServer, reference: list[float], directory: Path) -> None:
        self._random = random.Random(number)
        self._starter = starter
        self._reference = reference
        self._losses: dict[int, float] = {}
        self._seen: list[Message] = []
        self.start, self.target, self.next = (f"{self._random.choice(MODES)},precision=fp64" for _ in range(3))
        self.fault = self._random.choice(FAULTS)
        self.shifts = "next" in self.fault or self._random.random() < 0.5
        self.delay_s = self._random.uniform(0.0, 0.4)
        self._directory = directory

    def __str__(self) -> str:
        words = f", shifting to {self.target}" if self.shifts else ""
        return f"{self.fault} after {self.delay_s:.3f} s in {self.start}{words}"

    def run(self) -> str:
        """What became of it, in a word.

        Raises:
            BrokenError: something is not as it must be; the sentence says what.
        """
        with closing(Session(_spec(self.start), self._starter, directory=self._directory)) as session:
            session.play()
            self._until(session, lambda m: isinstance(m, StepBatch))
            if self.shifts and self.target != self.start:
                session.shift(self.target)
            self._read_for(session, self.delay_s)
            self._inject(session)
            outcome = self._settle(session)
            if outcome == "failed":
                session.play()
                self._until(session, lambda m: isinstance(m, StepBatch))
            if outcome != "finished":
                self._read_for(session, 0.1)
                session.stop()
                self._until(session, lambda m: isinstance(m, RunFinished))
        steps = sorted(self._losses)
        if steps != list(range(len(steps))):
            raise BrokenError(f"steps are missing: {len(steps)} of {steps[-1] + 1}")
        for step in steps[: len(self._reference)]:
            expected = self._reference[step]
            if abs(self._losses[step] - expected) > CLOSE * max(1.0, abs(expected)):
                raise BrokenError(f"the loss of step {step} is {self._losses[step]!r}, undisturbed it is {expected!r}")
        return outcome

    def _inject(self, session: Session) -> None:
        crews = session._run.crews
        crew, shift = crews.crew, crews.shift
        victims = shift.crew if "next" in self.fault and shift is not None else crew
        rank = self._random.randrange(len(victims.processes)) if victims is not None else 0
        match self.fault.split()[0]:
            case "kill" if self.fault == "kill server":
                for pid in self._starter.labels:
                    psutil.Process(pid).kill()
            case "kill" if victims is not None:
                victims.processes[rank].kill()
            case "freeze" if victims is not None:
                victims.processes[rank].freeze()
            case "exception":
                session.break_rank(rank, "exception")
            case "stop":
                session.stop()
            case "shift":
                session.shift(self.next)

    def _settle(self, session: Session) -> str:
        """Read on until it is clear what came of the fault: the run goes on for a while, has failed, or has ended."""
        quiet_s, made = time.monotonic(), len(self._losses)
        deadline_s = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline_s:
            for message in self._read(session):
                if isinstance(message, StatusChanged) and message.status == "failed":
                    if not any(isinstance(m, RankFailed) and m.reason for m in self._seen):
                        raise BrokenError("it failed without a reason")
                    return "failed"
                if isinstance(message, StatusChanged) and message.status == "finished":
                    return "finished"
                if isinstance(message, Shifted | ShiftFailed):
                    quiet_s, made = time.monotonic(), len(self._losses)
            is_calm = session._run.crews.shift is None and time.monotonic() - quiet_s > self._calm_s
            if is_calm and len(self._losses) > made + 5:
                return "went on"
        raise BrokenError(f"nothing came of it within {LIMIT_S:.0f} s; the last words were {self._words()}")

    def _words(self) -> list[str]:
        """What was said last."""
        return [str(m) for m in self._seen if isinstance(m, StatusChanged | RankFailed | ShiftFailed | Notice)][-6:]

    @property
    def _calm_s(self) -> float:
        """How long a run that goes on is watched: a frozen rank is found within the hang limit and two seconds."""
        return 4.0 if "freeze" in self.fault else 0.6

    def _read(self, session: Session) -> list[Message]:
        session.wait(0.05)
        taken = session.take()
        for message in taken:
            if isinstance(message, StepBatch):
                self._losses |= dict(zip(message.rows["step"].tolist(), message.rows["loss"].tolist(), strict=True))
            else:
                self._seen.append(message)
        return taken

    def _read_for(self, session: Session, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            self._read(session)

    def _until(self, session: Session, done: object) -> None:
        deadline_s = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline_s:
            if any(done(message) for message in self._read(session)):  # type: ignore[operator]
                return
        raise BrokenError(f"not within {LIMIT_S:.0f} s; the last words were {self._words()}")


def _spec(mode: str) -> RunSpec:
    knobs = {"hidden": 12, "layers": 4}
    return make_spec("digits-mlp", knobs=knobs, batch_size=24, mode=mode, hang_limit_s=1.0)


def reference(starter: ForkServer, directory: Path, steps: int) -> list[float]:
    """Losses of the first steps of the same run on one thread, undisturbed."""
    losses: list[float] = []
    with closing(Session(_spec("cpu,threads=1,precision=fp64"), starter, directory=directory)) as session:
        session.run_until(steps)
        while len(losses) < steps:
            session.wait(1.0)
            for message in session.take():
                if isinstance(message, StepBatch):
                    losses += message.rows["loss"].tolist()
    return losses


def attack(count: int, seed: int, steps: int) -> int:
    """Make `count` rounds with the seeds from `seed` on; returns how many broke."""
    outcomes: Counter[str] = Counter()
    broken = 0
    with closing(ForkServer()) as starter, tempfile.TemporaryDirectory() as place:
        starter.wait_hardware()
        losses = reference(starter, Path(place) / "reference", steps)
        rest = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number counts
        for number in range(seed, seed + count):
            attempt = Round(number, starter, losses, Path(place) / f"run-{number}")
            try:
                outcome = attempt.run()
                left = [p for p in psutil.Process().children(recursive=True) if p.pid not in starter.labels]
                _, left = psutil.wait_procs(left, timeout=3.0)
                if left:
                    raise BrokenError(f"processes are left: {left}")
                if (now := len(os.listdir("/proc/self/fd"))) > rest + 8:  # noqa: PTH208
                    raise BrokenError(f"{now - rest} descriptors are left")
            except (BrokenError, Exception) as error:
                outcome, broken = "BROKEN", broken + 1
                print(f"seed {number}: {attempt}: {type(error).__name__}: {error}", flush=True)
            outcomes[f"{attempt.fault}: {outcome}"] += 1
    for words, times in sorted(outcomes.items()):
        print(f"{times:>5}  {words}")
    print(f"{count} rounds, {broken} broken")
    return broken


def main() -> int:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reference", type=int, default=12_000, help="steps whose losses are compared")
    options = parser.parse_args()
    return 1 if attack(options.count, options.seed, options.reference) else 0


if __name__ == "__main__":
    sys.exit(main())
