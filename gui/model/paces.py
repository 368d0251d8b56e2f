"""How fast a run was made to go, for people to watch: each change where it was made, and what holds now."""

from engine.events.message import Message
from engine.events.run import Paced, RunStarted
from gui.model.segments import Position


class Paces:
    """Steps a second; `now` is None at full speed."""

    def __init__(self) -> None:
        self.now: float | None = None
        self.marks: list[tuple[Position, Paced]] = []

    def hear(self, event: Message, at_s: float, samples: float) -> bool:
        """Take in a message, told `at_s` into the run and after so many samples; whether it changes anything here."""
        match event:
            case Paced():
                self.now = event.steps_per_s
                self.marks.append((Position(step=event.step, at_s=at_s, samples=samples), event))
            case RunStarted():
                self.now = None
                self.marks = [(at, mark) for at, mark in self.marks if at.step < event.step]
            case _:
                return False
        return True
