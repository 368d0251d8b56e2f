"""What was drawn of a run's model, and what it answered last to what a person tried."""

from msgspec.structs import replace

from engine.events.evaluator import LookDrawn, TryAnswered
from engine.events.message import Message
from engine.events.run import RunStarted


class Looks:
    """The newest picture of each look, by its name, and the newest answer."""

    def __init__(self) -> None:
        self.drawn: dict[str, LookDrawn] = {}
        self.answer: TryAnswered | None = None
        """With the last picture there was, also when the answer is over."""

    def hear(self, event: Message) -> bool:
        """Take in a message; whether it changes anything here."""
        match event:
            case LookDrawn():
                self.drawn[event.look] = event
            case TryAnswered():
                before = self.answer
                if before is not None and event.number < before.number:
                    return False  # of what was tried before
                if before is not None and event.number == before.number and event.picture is None:
                    event = replace(event, picture=before.picture, step=before.step)
                self.answer = event
            case RunStarted():
                self.drawn = {name: drawn for name, drawn in self.drawn.items() if drawn.step <= event.step}
            case _:
                return False
        return True
