"""A session, with its own thread and clock, over scripted ranks (`scripted.py`), and the way to where tests begin."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import pytest

from engine.config.spec import RunSpec, make_spec
from engine.events.message import Message
from engine.rows import StepBatch
from engine.session.session import Session
from tests.scripted import Clock, ScriptedRanks, ScriptedStarter

SPEC = make_spec("digits-mlp", batch_size=32, mode="cpu,threads=1")
LIMIT_S = 20.0


class Led:
    """A session over scripted ranks; `acts` are all that its thread was given to do."""

    def __init__(self, directory: Path, *, spec: RunSpec = SPEC, **options: Any) -> None:
        self.starter = ScriptedStarter()
        self.session = Session(spec, self.starter, directory=directory, **options)
        self.messages: list[Message] = []
        self.clock = Clock()

    def settle(self) -> None:
        """All that was asked for, and said, until now is done."""
        done = threading.Event()
        self.session._mailbox.put(done.set)
        assert done.wait(LIMIT_S)

    def of(self, kind: type) -> list[Any]:
        """All messages of a kind so far."""
        self.messages += self.session.take()
        return [message for message in self.messages if isinstance(message, kind)]

    def until(self, done: Callable[[Message], bool]) -> Message:
        """The first message that is `done`, from the beginning on."""
        deadline_s = monotonic() + LIMIT_S
        while monotonic() < deadline_s:
            self.messages += self.session.take()
            if (found := next((message for message in self.messages if done(message)), None)) is not None:
                return found
            self.session.wait(0.1)
        raise AssertionError(f"not seen within {LIMIT_S} s; the last were {self.messages[-8:]}")

    def begin(self) -> ScriptedRanks:
        """A crew computes, and has made its first step."""
        self.session.play()
        self.settle()
        crew = self.starter.crews[-1]
        crew.are_ready()
        crew.have_loaded(0)
        self.settle()
        self.clock.now_s = perf_counter()  # a step before its run has begun would be superseded
        crew.make(self.clock, 0)
        self.until(lambda m: isinstance(m, StepBatch))
        return crew


@pytest.fixture
def lead(tmp_path: Path) -> Iterator[Callable[..., Led]]:
    """Makes such sessions, and closes them."""
    made: list[Led] = []

    def make(name: str = "run", **options: Any) -> Led:
        made.append(Led(tmp_path / name, **options))
        return made[-1]

    yield make
    for each in made:
        each.session.close()


Lead = Callable[..., Led]
