"""What a model of language wrote while it trained: the first text, and the newest, so that progress is seen.

A text that is still being written gives way to the next one that is told.
"""

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
                written = [text for text in self.all if text.is_over]
                self.all = [*written[:1], *written[1:][2 - KEPT :], event]
            case RunStarted():
                self.all = [text for text in self.all if text.step <= event.step]
            case _:
                return False
        return True
