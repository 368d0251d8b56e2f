"""What is written where one segment of the run ends and the next begins, the same on every plot."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject

from engine.events.ranks import SlowedDown
from engine.events.shift import Shifted
from gui.model.changes import Change
from gui.model.run_view import RunView
from gui.model.segments import SegmentView
from gui.text import figures
from gui.text.pace_words import pace_mark
from gui.text.setback_words import setback_forms, setback_words


class Seam(msgspec.Struct, frozen=True):
    """A vertical line: where it is, what it is, and what the mouse is told there."""

    position: float
    text: str
    hint: str = ""


def phase_words(tr: QObject, phase: str) -> str:
    """What a rank does in a step, in a sentence; "compute" is forward and backward together."""
    words = {
        "compute": tr.tr("compute"),
        "data": tr.tr("data"),
        "h2d": tr.tr("to device"),
        "forward": tr.tr("forward"),
        "backward": tr.tr("backward"),
        "communicate": tr.tr("communicate"),
        "wait": tr.tr("wait"),
        "optimizer": tr.tr("optimizer"),
    }
    return words.get(phase, phase)


def slowdown_words(tr: QObject, event: SlowedDown) -> str:
    """What was made slow, or to fail, on purpose."""
    if event.phase == "raise":
        return tr.tr("ON PURPOSE: rank {rank} is made to fail").format(rank=event.rank)
    slow = []
    if event.factor > 1:
        rank = tr.tr("rank {rank}, {phase} × {factor}")
        slow.append(rank.format(rank=event.rank, phase=phase_words(tr, event.phase), factor=f"{event.factor:g}"))
    if event.delay_s:
        slow.append(tr.tr("every message {delay} later").format(delay=figures.seconds(event.delay_s)))
    if not slow:
        return tr.tr("the slowdown is ended")
    return tr.tr("SLOWDOWN: {what}").format(what=" · ".join(slow))


def change_words(tr: QObject, change: Change) -> str:
    """From what to what a learning rate, or a batch size, was changed."""
    return change_forms(tr, change)[0]


def change_forms(tr: QObject, change: Change) -> list[str]:
    """A change in ever fewer words: the fewest say what is in force since."""
    forms = []
    for rate in (
        tr.tr("learning rate {before} → {lr}"),
        tr.tr("lr {before} → {lr}"),
        tr.tr("lr {lr}"),
    ):
        words = []
        if change.lr is not None:
            words.append(rate.format(before=figures.rate(change.lr_before), lr=figures.rate(change.lr)))
        if change.batch_size is not None:
            words.append(tr.tr("batch {n}").format(n=f"{change.batch_size:,}"))
        forms.append(", ".join(words))
    return list(dict.fromkeys(forms))


class SeamWords(QObject):
    """Words a seam; it is a QObject only for `tr`."""

    def seams(self, runs: Sequence[tuple[str, RunView]], kind: str) -> list[Seam]:
        """Where segments of these runs, each with its title, begin on the x axis `kind`: the mode, what the shift cost.

        Of several runs, each seam says of which it is.
        """
        seams = []
        for title, run in runs:
            own = self._of_one(run, kind)
            if len(runs) > 1:
                of = self.tr("{run}: ").format(run=title)
                own = [msgspec.structs.replace(seam, text=of + seam.text, hint=of + seam.hint) for seam in own]
            seams += own
        return sorted(seams, key=lambda seam: seam.position)

    def _of_one(self, run: RunView, kind: str) -> list[Seam]:
        seams = []
        for segment in run.segments:
            seams.append(Seam(segment.on(kind), f"{segment.mode}{self._cost(segment)}", self.hint(segment)))
        for at, event in run.slowdowns:
            text = slowdown_words(self, event)
            seams.append(Seam(at.on(kind), text, text))
        for change in run.changes:
            text = change_words(self, change)
            seams.append(Seam(change.on(kind), text, self.change_hint(change)))
        for setback in run.setbacks:
            text = setback_forms(self, setback)[0]
            seams.append(Seam(setback.on(kind), text, setback_words(self, setback) or text))
        for at, mark in run.paces.marks:
            text = pace_mark(self, mark.steps_per_s)
            seams.append(Seam(at.on(kind), text, text))
        return seams

    def change_hint(self, change: Change) -> str:
        """What was changed, and from which step on."""
        what = change_words(self, change)
        return self.tr("from step {step} on: {what}").format(step=f"{change.step:,}", what=what)

    def hint(self, segment: SegmentView) -> str:
        """The mode in words, and what the shift to it cost."""
        split = self.split(segment.shift) if segment.shift else []
        lines = f"{segment.words}{self._cost(segment)}", " · ".join(split[:2]), " · ".join(split[2:])
        return "\n".join(filter(None, lines))

    @staticmethod
    def _cost(segment: SegmentView) -> str:
        return f" · {figures.seconds(segment.shift.seconds)}" if segment.shift else ""

    def split(self, shift: Shifted) -> list[str]:
        """The parts of a shift's cost, in the order they are paid."""
        split = shift.split
        parts = [
            self.tr("state handed over in {time}").format(time=figures.seconds(split.gather_s)),
            self.tr("new ranks woken in {time}").format(time=figures.seconds(split.start_s)),
            self.tr("state taken up in {time}").format(time=figures.seconds(split.load_s)),
        ]
        if split.first_step_s is not None:
            parts.append(self.tr("first step in {time}").format(time=figures.seconds(split.first_step_s)))
        return parts
