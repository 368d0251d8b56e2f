"""How fast a run was made to go, for people to watch: each change where it was made, and what holds now."""

from engine.events.message import Message
from engine.events.run import Paced, RunStarted
from gui.model.segments import Position


class Paces:
    """Changes of pace. A run that goes on does so at full speed, until a pace is told."""

    def __init__(self) -> None:
        self.marks: list[tuple[Position, Paced]] = []
        """Each sets another pace than the one before."""

    @property
    def now(self) -> float | None:
        """The pace in force, in steps a second; None at full speed."""
        return self.marks[-1][1].steps_per_s if self.marks else None

    def hear(self, event: Message, at_s: float, samples: float) -> bool:
        """Take in a message, told `at_s` into the run and after so many samples; whether it changes anything here."""
        match event:
            case Paced():
                told = event
            case RunStarted():
                told = Paced(at_s=event.at_s, step=event.step, steps_per_s=None)
            case _:
                return False
        self.marks = [(at, mark) for at, mark in self.marks if at.step < told.step]
        if told.steps_per_s != self.now:
            self.marks.append((Position(step=told.step, at_s=at_s, samples=samples), told))
        return True
