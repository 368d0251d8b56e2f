"""What the ribbon of modes says: parts, stretches of them that are special, and marks, each with its place."""

from collections.abc import Iterable, Sequence

import msgspec
from PySide6.QtCore import QObject

from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.events.run import RankBroken
from gui.model.run_view import RunView
from gui.model.segments import Position, SegmentView
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.text.pace_words import pace_mark
from gui.text.seams import SeamWords, change_forms, slowdown_words
from gui.text.setback_words import setback_forms, setback_words


class Part(msgspec.Struct, frozen=True):
    """A stretch of the run in one mode, from `begin` on to the next one; `forms` of its name, the fullest first."""

    begin: float
    number: int
    forms: tuple[str, ...]
    hint: str


class Stretch(msgspec.Struct, frozen=True):
    """Something that lasted: from `begin` to `end` (None: it goes on). `number`: of the mode it is about, if any.

    `rank`: those with a lower one have their text written first, where there is no room for all; `is_passing`: it takes
    no line of a window that has few.
    """

    begin: float
    end: float | None
    text: str
    hint: str
    number: int | None = None
    rank: int = 0
    shorts: tuple[str, ...] = ()
    """Its text where there is no room for all of it, in ever fewer words."""
    before: str = ""
    """Its text where none of them has room: it stands before the stretch, and so says what it is about."""
    is_passing: bool = False

    @property
    def is_mark(self) -> bool:
        """Whether it is a moment of the run, without a length."""
        return self.end == self.begin


BRIEF = {"threads": "thr.", "thread": "thr.", "Pipeline": "Pipe"}
"""Words of names, and what is written of them where there is little room."""
IN = "in"
"""The word before a language: no name ends with it."""


def short_forms(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """The name, and ever shorter ones that are no other mode's: words in brief, the first words, the last ones.

    The first words keep the number of ranks, or of threads: a bare "Pipe" is any pipeline there may be.
    """
    others, words = [other for other in others if other != name], name.split()
    forms = [name, _in_brief(words)]
    for count in range(len(words) - 1, 0, -1):
        form = " ".join(words[:count])
        if form.isdigit() or any(other.startswith(form) for other in others):
            break  # it would be taken for the number of a mode, or for another one
        if not _has_number(form) and _has_number(name):
            break
        if words[count - 1] != IN:
            forms += [form, _in_brief(words[:count])]
    rest = _what_differs(words, [other.split() for other in others])
    if rest and not any(rest in other for other in others):
        forms.append(rest)
    return tuple(dict.fromkeys(form for form in forms if len(form) <= len(name)))


def _what_differs(words: Sequence[str], others: Iterable[Sequence[str]]) -> str:
    """The words of a name behind those that it begins with as another one does, as many as can be; "" is none."""
    same = ([one == another for one, another in zip(words, other, strict=False)] for other in others)
    alike = max((pairs.index(False) if False in pairs else len(pairs) for pairs in same), default=0)
    rest = " ".join(words[alike:]) if alike else ""
    return rest if rest[:1].isalpha() else ""


def _has_number(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _in_brief(words: Sequence[str]) -> str:
    return " ".join(BRIEF.get(word, word) for word in words)


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
        """What was slow on purpose, and when ranks of a next mode were prepared: once it has come, what that cost."""
        found, began = [], {segment.step: segment for segment in run.segments}
        for one in run.preparations:
            name = name_of(parse_mode(one.mode), run.workload)
            hint = self.tr("ranks of {mode} are prepared beside those that train, and take part of their cores")
            text, end = self.tr("preparing {mode}").format(mode=name), one.end.on(kind) if one.end else None
            number, hint = run.mode_numbers.get(name), hint.format(mode=parse_mode(one.mode).words)
            come = began.get(one.end.step) if one.end is not None else None
            forms, before = [text], ""
            if come is not None and come.name == name:
                forms = self._came_forms(come) or [text, self.tr("preparing")]  # beneath that mode's name
                if come is run.segments[-1] and come.shift is not None:  # told at once, while the mode has no room
                    before = self.tr("{mode}: {words}").format(mode=name, words=forms[1])
            text, shorts = forms[0], tuple(forms[1:])
            found.append(Stretch(one.begin.on(kind), end, text, hint, number, 1, shorts, before, is_passing=True))
        for setback in run.setbacks:
            text, *fewer = setback_forms(self, setback)
            end = setback.end.on(kind) if setback.end is not None else None
            hint = setback_words(self, setback) or text
            found.append(Stretch(setback.on(kind), end, text, hint, shorts=tuple(fewer)))
        begins = [segment.step for segment in run.segments]
        for index, (at, event) in enumerate(run.slowdowns):
            if not (event.factor > 1 or event.delay_s or event.phase == "raise"):
                continue
            ends = [later for later, _ in run.slowdowns[index + 1 : index + 2]]
            ends += [segment for segment, step in zip(run.segments, begins, strict=True) if step > at.step][:1]
            end = min((later.on(kind) for later in ends), default=None)
            words = slowdown_words(self, event)
            text = self.tr("SLOWDOWN") if end is None else self.tr("SLOWDOWN (over)")  # it may stand beside a short one
            if event.phase == "raise":
                text = self.tr("ON PURPOSE")
            found.append(Stretch(at.on(kind), end, text, words))
        return found

    def _came_forms(self, segment: SegmentView) -> list[str]:
        """How long training stood still for the shift to a mode, in ever fewer words; [] where that is not known."""
        if segment.shift is None:
            return []
        time, brief = (figures.seconds(float(f"{segment.shift.seconds:.{digits}g}")) for digits in (3, 2))
        return [self.tr("stood still {time}").format(time=time), self.tr("stood {time}").format(time=time), time, brief]

    def marks(self, run: RunView, kind: str) -> list[Stretch]:
        """Ranks that were made to fail on purpose, and changes of learning rate, batch size and pace."""
        found = [self._broken(event, step, run, kind) for step, event in run.health.broken]
        for change in run.changes:
            text, *shorts = change_forms(self, change)
            hint = self._seams.change_hint(change)
            found.append(Stretch(change.on(kind), change.on(kind), text, hint, rank=2, shorts=tuple(shorts)))
        for at, pace in run.paces.marks:
            text = pace_mark(self, pace.steps_per_s)
            found.append(Stretch(at.on(kind), at.on(kind), text, text, rank=2, is_passing=True))
        return found

    def _broken(self, event: RankBroken, step: int, run: RunView, kind: str) -> Stretch:
        at = Position(step=step, at_s=event.at_s, samples=run.loss.samples_before(step)).on(kind)
        is_frozen, shorts = event.how == "freeze", (self.tr("ON PURPOSE: rank {rank}"), self.tr("ON PURPOSE"))
        text = self.tr("ON PURPOSE: rank {rank} frozen") if is_frozen else self.tr("ON PURPOSE: rank {rank} ended")
        text, *shorter = (form.format(rank=event.rank) for form in (text, *shorts))
        hint = self.tr("before step {step}, at {time}: {what}").format(
            step=f"{event.step:,}", time=figures.seconds(event.at_s), what=engine_text(event.text)
        )
        return Stretch(at, at, text, hint, shorts=tuple(shorter))
