"""What a window can watch and steer: a live session, or the replay of a recorded one. They answer to the same verbs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from engine.config.spec import RunSpec
from engine.errors import Sentence
from engine.events.message import Message
from engine.pictures import AnyGiven


class Source(Protocol):
    """A run that is shown. All verbs return at once (`close` excepted); what comes of them is told in messages.

    Verbs that a source cannot follow are answered with a notice, not refused by raising. What nobody could follow (no
    text of a mode, a number out of its range) is refused with a RequestError.
    """

    spec: RunSpec
    directory: Path
    is_replay: bool
    """It shows what was recorded: no verb reaches a rank, nothing is computed, and nobody samples the machine."""

    @property
    def record_problem(self) -> Sentence | None:
        """Why part of the record is not on disk; after `close`, why it never will be. None: all of it is."""

    def play(self) -> None:
        """Start, or go on until paused, stopped, or at the end."""

    def pause(self) -> None:
        """Pause before the next step; nothing is lost."""

    def step(self, count: int = 1) -> None:
        """Make `count` steps more, then pause."""

    def run_until(self, step: int) -> None:
        """Go on until `step` steps are made in all, then pause."""

    def shift(self, mode: str) -> None:
        """Compute in another mode from the next step on."""

    def change(self, *, lr: float | None = None, batch_size: int | None = None) -> None:
        """Learning rate and batch size from the next step on."""

    def slow_down(self, *, rank: int = 0, phase: str = "compute", factor: float = 1.0, delay_s: float = 0.0) -> None:
        """Make a rank, or every message, slow on purpose; with the defaults, nothing any more."""

    def keep_pace(self, steps_per_s: float | None) -> None:
        """Make at most so many steps a second; None: as many as there can be."""

    def break_rank(self, rank: int, how: str = "kill") -> None:
        """Let one rank fail: "kill", "freeze" or "exception"."""

    def cancel_shift(self) -> None:
        """Give up the shift that is under way, or the start: the run is as before."""

    def end_silent(self) -> None:
        """Wait no longer for ranks that give no sign of life."""

    def go_back(self, step: int) -> None:
        """Give up what was made since the saved state before `step`; `play` goes on from there."""

    def evaluate(self, *, on: bool) -> None:
        """Have validation and pictures computed from now on, beside training; or no more."""

    def ask(self, samples: Sequence[int]) -> int:
        """Ask what the model says of samples of the validation split, by index; an `Answer` of that number will tell.

        Raises:
            RequestError: no sample, or too many at once.
        """

    def watch(self, look: str, chosen: tuple[int, ...] = ()) -> None:
        """Have a look of the workload drawn as often as the model is looked at; "": none any more."""

    def try_out(self, number: int, name: str, given: AnyGiven | None) -> None:
        """Have the model answer what is given it; what it was answering before ends, with "" for good."""

    def stop(self) -> None:
        """End in good order: no step is made after the one under way."""

    def take(self) -> list[Message]:
        """All messages since the last take, in the order in which things happened."""

    def close(self) -> None:
        """End everything that is left, and let go of files; waits until that is done."""
