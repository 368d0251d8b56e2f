"""What a window can watch and steer: a live session, or the replay of a recorded one. They answer to the same verbs."""

from pathlib import Path
from typing import Protocol

from engine.config.spec import RunSpec
from engine.errors import Sentence
from engine.events import Message


class Source(Protocol):
    """All verbs return at once (`close` excepted); what comes of them is told in messages."""

    spec: RunSpec
    directory: Path
    is_replay: bool

    @property
    def record_problem(self) -> Sentence | None:
        """Why part of the record is not on disk; after `close`, why it never will be. None: all of it is."""

    def play(self) -> None:
        """Go on until paused, stopped, or at the end."""

    def pause(self) -> None:
        """Hold before the next step; nothing is lost."""

    def step(self, count: int = 1) -> None:
        """Make `count` more steps, and pause."""

    def run_until(self, step: int) -> None:
        """Go on, and pause before `step`."""

    def shift(self, mode: str) -> None:
        """Compute in another mode from the next boundary on."""

    def change(self, *, lr: float | None = None, batch_size: int | None = None) -> None:
        """Another learning rate or batch size from the next step on; None leaves one as it is."""

    def stop(self) -> None:
        """Finish: no step is made after this one."""

    def take(self) -> list[Message]:
        """The messages since the last call, in the order in which things happened."""

    def close(self) -> None:
        """End everything that is left, and let go of files; waits until that is done."""
