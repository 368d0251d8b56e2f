"""What a model of language wrote while it trained: the first text, and the newest, so that progress is seen."""

from engine.events.evaluator import TextSample
from engine.events.message import Message
from engine.events.run import RunStarted

KEPT = 8


class Texts:
    """Texts in the order they were written: the first of the run and the newest, `KEPT` in all."""

    def __init__(self) -> None:
        self.all: list[TextSample] = []

    def __len__(self) -> int:
        return len(self.all)

    def hear(self, event: Message) -> bool:
        """Take in a message; whether it changes anything here."""
        match event:
            case TextSample():
                self.all = [*self.all[:1], *self.all[1:][2 - KEPT :], event]
            case RunStarted():
                self.all = [text for text in self.all if text.step <= event.step]
            case _:
                return False
        return True
