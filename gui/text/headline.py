"""What is read first: the mode in words, the rate, and where the run is. In the toolbar and in presenter layout."""

from dataclasses import dataclass

from PySide6.QtCore import QObject

from engine.config.mode_text import parse_mode
from gui.model.store import Store
from gui.text import figures
from gui.text.engine_text import engine_text


@dataclass(frozen=True)
class Headline:
    """`name` and `words` of the mode, which is the run's number `number` (None: it has not come to it yet)."""

    name: str
    words: str
    number: int | None
    rate: str
    below: str


class HeadlineWords(QObject):
    """Puts it into words; it is a QObject only for `tr`."""

    def of(self, store: Store) -> Headline:
        """What computes, or what will when Play is pressed, if another mode was chosen since."""
        run, ahead = store.live, store.next_play
        is_next = ahead is not None and bool(ahead.wish.mode)
        mode = parse_mode(ahead.mode if ahead is not None and is_next else run.mode or store.set_up.mode)
        name, words = mode.name, mode.words
        if is_next:
            name = self.tr("NEXT · {mode}").format(mode=name)
        else:
            words = run.mode_words or words
            words = self.tr("SLOWDOWN · {mode}").format(mode=words) if run.slowdown else words
            words = self.tr("REPLAY · {mode}").format(mode=words) if run.is_replay else words
        rate = run.samples_per_s
        speed = self.tr("{rate} {unit}/s").format(rate=figures.count(rate or 0), unit=engine_text(run.unit))
        return Headline(
            name=name,
            words=words,
            number=run.mode_numbers.get(mode.name),
            rate=speed if rate is not None else "",
            below=self.tr("step {n}").format(n=f"{run.step:,}"),
        )
