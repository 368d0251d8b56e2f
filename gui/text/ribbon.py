"""What the ribbon of modes says: parts, stretches of them that are special, and marks, each with its place."""

from collections.abc import Iterable

import msgspec
from PySide6.QtCore import QObject

from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from gui.model.run_view import RunView
from gui.text.pace_words import pace_mark
from gui.text.seams import SeamWords, change_words, slowdown_words


class Part(msgspec.Struct, frozen=True):
    """A stretch of the run in one mode, from `begin` on to the next one; `forms` of its name, the fullest first."""

    begin: float
    number: int
    forms: tuple[str, ...]
    hint: str


class Stretch(msgspec.Struct, frozen=True):
    """Something that lasted: from `begin` to `end` (None: it goes on). `number`: of the mode it is about, if any.

    `rank`: those with a lower one have their text written first, where there is no room for all.
    """

    begin: float
    end: float | None
    text: str
    hint: str
    number: int | None = None
    rank: int = 0
    short: str = ""
    """Its text where there is no room for all of it; "" is none."""

    @property
    def is_mark(self) -> bool:
        """Whether it is a moment of the run, without a length."""
        return self.end == self.begin


def short_forms(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """The name, and its first words alone where no other mode begins with them."""
    others, words, forms = [other for other in others if other != name], name.split(), [name]
    for count in range(len(words) - 1, 0, -1):
        form = " ".join(words[:count])
        if form.isdigit() or any(other.startswith(form) for other in others):
            break  # it would be taken for the number of a mode, or for another one
        forms.append(form)
    return tuple(forms)


class RibbonWords(QObject):
    """Words of the ribbon; it is a QObject only for `tr`."""

    def __init__(self) -> None:
        super().__init__()
        self._seams = SeamWords()

    def parts(self, run: RunView, kind: str) -> list[Part]:
        """The modes of a run, one after the other."""
        return [
            Part(
                begin=segment.on(kind),
                number=segment.mode_number,
                forms=short_forms(segment.name, run.mode_numbers),
                hint=self._seams.hint(segment),
            )
            for segment in run.segments
        ]

    def stretches(self, run: RunView, kind: str) -> list[Stretch]:
        """What was slow on purpose, and when ranks of a next mode were prepared."""
        found = []
        for one in run.preparations:
            name = name_of(parse_mode(one.mode), run.workload)
            hint = self.tr("ranks of {mode} are prepared beside those that train, and take part of their cores")
            text, end = self.tr("preparing {mode}").format(mode=name), one.end.on(kind) if one.end else None
            number = run.mode_numbers.get(name)
            found.append(
                Stretch(one.begin.on(kind), end, text, hint.format(mode=parse_mode(one.mode).words), number, 1)
            )
        begins = [segment.step for segment in run.segments]
        for index, (at, event) in enumerate(run.slowdowns):
            if not (event.factor > 1 or event.delay_s or event.phase == "raise"):
                continue
            ends = [later for later, _ in run.slowdowns[index + 1 : index + 2]]
            ends += [segment for segment, step in zip(run.segments, begins, strict=True) if step > at.step][:1]
            end = min((later.on(kind) for later in ends), default=None)
            words = slowdown_words(self, event)
            text = self.tr("SLOWDOWN") if end is None else self.tr("SLOWDOWN, over")  # it may stand beside a short one
            if event.phase == "raise":
                text = self.tr("ON PURPOSE")
            found.append(Stretch(at.on(kind), end, text, words))
        return found

    def marks(self, run: RunView, kind: str) -> list[Stretch]:
        """Changes of learning rate, batch size and pace."""
        found = []
        for change in run.changes:
            text, short = change_words(self, change), change_words(self, change, is_short=True)
            hint = self._seams.change_hint(change)
            found.append(Stretch(change.on(kind), change.on(kind), text, hint, rank=2, short=short))
        for at, pace in run.paces.marks:
            text = pace_mark(self, pace.steps_per_s)
            found.append(Stretch(at.on(kind), at.on(kind), text, text, rank=2))
        return found
