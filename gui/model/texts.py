"""What a model of language wrote while it trained: the first text, the newest, some between: progress is seen.

A text that is still being written gives way to the next one that is told.
"""

from engine.events.evaluator import TextSample
from engine.events.message import Message
from engine.events.run import RunStarted

KEPT = 8


class Texts:
    """Texts in the order they were written, `KEPT` in all: the run's first, the newest, others spread over the run."""

    def __init__(self) -> None:
        self.all: list[TextSample] = []

    def __len__(self) -> int:
        return len(self.all)

    def hear(self, event: Message) -> bool:
        """Take in a message; whether it changes anything here."""
        match event:
            case TextSample():
                written = [text for text in self.all if text.is_over]
                self.all = [*_spread(written), event]
            case RunStarted():
                self.all = [text for text in self.all if text.step <= event.step]
            case _:
                return False
        return True


def _spread(written: list[TextSample]) -> list[TextSample]:
    """These, but for the one of too many that stands nearest to its neighbours, counted in steps."""
    if len(written) < KEPT:
        return written
    gaps = [after.step - before.step for before, after in zip(written, written[2:], strict=False)]
    nearest = 1 + gaps.index(min(gaps))
    return [*written[:nearest], *written[nearest + 1 :]]
