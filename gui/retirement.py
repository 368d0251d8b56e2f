"""Sources that are not shown any more: each closes its files beside the window, and its last words are not lost."""

from PySide6.QtCore import QObject, Signal

from engine.events.run import Notice
from engine.session.source import Source
from gui.errand import Errand


class Retirement(QObject):
    """`told` is emitted with each warning that a source ends with: its record is not whole, say."""

    told = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._errands: list[Errand[list[str]]] = []

    def retire(self, source: Source) -> None:
        """Close it on a thread of its own: the window waits for no disk."""

        def end(sentences: list[str]) -> None:
            self._errands.remove(errand)
            self._tell(sentences)

        def fail(error: Exception) -> None:
            self._errands.remove(errand)
            raise error

        errand: Errand[list[str]] = Errand(self, lambda: last_words(source), done=end, failed=fail)
        self._errands.append(errand)

    def join(self) -> None:
        """Wait, on any thread, until all that retire now have closed: one of them may be of the same directory."""
        for errand in list(self._errands):
            errand.join()

    def release(self) -> None:
        """The window goes: wait for all of them, and tell what they had to say."""
        self.join()
        for errand in list(self._errands):
            errand.look()

    def _tell(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self.told.emit(sentence)


def last_words(source: Source) -> list[str]:
    """Close `source`; the sentences of warnings and errors that nobody has taken, each once, in order.

    What a session's record lacks for good is among them, said before or not.
    """
    source.close()
    sentences = [message.text for message in source.take() if isinstance(message, Notice) and message.level != "info"]
    problem = source.record_problem
    return list(dict.fromkeys([*sentences, *([problem] if problem is not None else [])]))
