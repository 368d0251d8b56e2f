"""A stage: a run whose ranks, and whose clock, are a test's (`scripted.py`), and the way to where most tests begin.

test  --says-->  scripted ranks  --deliver-->  mailbox  --turn-->  Run  --tell-->  messages
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.message import Message
from engine.ipc.orders import Evaluate, TakeSnapshot
from engine.ipc.reports import Evaluating, Looked, Saved, SnapshotTaken
from engine.rows import StepBatch
from engine.session.outbox import Mailbox, Outbox
from engine.session.run import Run
from tests.scripted import ORIGIN_S, Clock, ScriptedRanks, ScriptedStarter

ONE, TWO, THREE = "cpu,threads=1", "cpu,dp=2", "cpu,dp=3"
M = TypeVar("M", bound=Message)


class Stage:
    """A run whose ranks, and whose clock, are a test's. Its fields are those of a spec; it is closed at the end."""

    def __init__(
        self,
        directory: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        is_evaluated: bool = False,
        next_segment: int = 0,
        resume_step: int | None = None,
        **fields: object,
    ) -> None:
        self.clock = Clock()
        for name, module in list(sys.modules.items()):
            if name.startswith("engine.session.") and hasattr(module, "perf_counter"):
                monkeypatch.setattr(module, "perf_counter", self.clock)
        self.spec = make_spec("digits-mlp", **({"batch_size": 32, "hang_limit_s": 10.0} | fields))
        self.directory = directory
        self.starter = ScriptedStarter()
        self.outbox = Outbox(ORIGIN_S)
        self._mailbox = Mailbox()
        self.run = Run(
            self.spec,
            self.starter,
            directory,
            self.outbox,
            self._mailbox,
            next_segment=next_segment,
            resume_step=resume_step,
            is_evaluated=is_evaluated,
        )
        self.messages: list[Message] = []

    def turn(self, seconds: float = 0.0) -> None:
        """As the session's thread does it, `seconds` later: what was said is heard, then what is due is done."""
        self.clock.now_s += seconds
        while not self._mailbox.empty():
            self._mailbox.get()()
        self.run.tick()
        self.messages += self.outbox.take()

    def wait_s(self, seconds: float, every_s: float = 0.5) -> None:
        """Turn after turn, until so long has passed."""
        for _ in range(round(seconds / every_s)):
            self.turn(every_s)

    # What has come of it ---------------------------------------------------------------------------------------------

    @property
    def crew(self) -> ScriptedRanks:
        """The ranks that were started last."""
        return self.starter.crews[-1]

    def of(self, kind: type[M]) -> list[M]:
        """All messages of a kind so far."""
        self.messages += self.outbox.take()
        return [message for message in self.messages if isinstance(message, kind)]

    @property
    def said(self) -> list[tuple[str, str]]:
        """(status, words) as they were told one after the other."""
        self.messages += self.outbox.take()
        return [(m.status, m.words) for m in self.messages if hasattr(m, "words") and hasattr(m, "status")]

    @property
    def steps(self) -> list[int]:
        """All steps, as they came."""
        return [step for batch in self.of(StepBatch) for step in batch.rows["step"].tolist()]  # type: ignore[type-var]

    # Where most tests begin ------------------------------------------------------------------------------------------

    def begin(self, *, steps: int = 5) -> ScriptedRanks:
        """The run has begun, and its ranks have made `steps`."""
        self.run.play()
        crew = self.crew
        crew.are_ready()
        self.turn()
        crew.have_loaded(self.run.step)
        self.turn()
        crew.make(self.clock, self.run.step, steps)
        self.turn()
        return crew

    def pause(self, crew: ScriptedRanks) -> None:
        """The run stands where it is."""
        self.run.pause()
        crew.have_paused(self.run.step)
        self.turn()

    @property
    def now_s(self) -> float:
        """Seconds since the run began."""
        return self.clock.now_s - ORIGIN_S


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stage]]:
    """Makes runs over scripted ranks; they are ended with the test."""
    made: list[Stage] = []

    def make(**fields: object) -> Stage:
        made.append(Stage(tmp_path / f"run-{len(made)}", monkeypatch, **fields))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.run.abort()
        each.outbox.close_record()


Set = Callable[..., Stage]


def starting(run: Stage) -> ScriptedRanks:
    """As far as the first crew builds."""
    run.run.play()
    run.turn()
    return run.crew


def shift_to(run: Stage, mode: str = TWO) -> tuple[ScriptedRanks, ScriptedRanks]:
    """(the crew that trains, the one that is asked for)."""
    old = next(crew for crew in reversed(run.starter.crews) if not crew.is_closed)
    run.run.shift_to(parse_mode(mode), run.now_s)
    run.turn()
    return old, run.crew


def gathering(run: Stage, mode: str = TWO) -> tuple[ScriptedRanks, ScriptedRanks]:
    """As far as the old crew's state is asked for."""
    old, new = shift_to(run, mode)
    new.are_ready()
    run.turn()
    return old, new


def loading(run: Stage, mode: str = TWO) -> tuple[ScriptedRanks, ScriptedRanks]:
    """As far as the new crew takes it up."""
    old, new = gathering(run, mode)
    old.have_handed_over(run.run.step, run.clock)
    run.turn()
    return old, new


def first_step(run: Stage, mode: str = TWO) -> tuple[ScriptedRanks, ScriptedRanks]:
    """As far as the new crew makes its first step."""
    old, new = loading(run, mode)
    new.have_loaded(run.run.step)
    run.turn()
    return old, new


REACH = (shift_to, gathering, loading, first_step)


def saved(step: int, problem: str = "") -> Saved:
    """A state is on disk."""
    return Saved(step=step, name="n", state_bytes=1, seconds=0.1, work_s=0.1, every_s=5.0, problem=problem)


def evaluated(stage: Set, **fields: object) -> tuple[Stage, ScriptedRanks]:
    """A run whose evaluator is built."""
    run = stage(mode=ONE, is_evaluated=True, **fields)
    starting(run)
    (evaluator,) = run.starter.evaluators
    assert [type(order) for order in evaluator.processes[0].told] == [Evaluate]
    evaluator.processes[0].say(Evaluating(has_looks=True, pictures=()))
    run.turn()
    return run, evaluator


def looked(number: int, step: int) -> Looked:
    """What the evaluator says of a snapshot."""
    return Looked(
        number=number,
        step=step,
        loss_sum=1.0,
        score_sum=1.0,
        units=1,
        held_back=1,
        pictures=(),
        seconds=0.0,
        work_s=0.0,
        writing_s=0.0,
    )


def look(run: Stage, crew: ScriptedRanks, evaluator: ScriptedRanks, step: int) -> None:
    """What was asked for last is copied, and looked at."""
    number = crew.last(TakeSnapshot).number
    crew.processes[0].say(SnapshotTaken(number=number, step=step, seconds=0.0))
    run.turn()
    evaluator.processes[0].say(looked(number, step))
    run.turn()


def trained_a_little(stage: Set, **fields: object) -> tuple[Stage, ScriptedRanks, ScriptedRanks]:
    """A run that was looked at once before its first step, and has made five; its crew and its evaluator."""
    run, evaluator = evaluated(stage, **fields)
    crew = run.crew
    crew.are_ready()
    run.turn()
    look(run, crew, evaluator, 0)
    crew.have_loaded(0)
    run.turn()
    crew.make(run.clock, 0, 5)
    return run, crew, evaluator
