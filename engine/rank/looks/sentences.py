"""Looks at a model that gives each sentence a place, and how it answers what somebody types.

    map         the two directions in which the sentences' places differ most (principal components)
    similarity  S[i, j] = q_i . a_j of the first held-back questions and answers; the right one is on the diagonal
    topics      p(topic) of a typed sentence, the likeliest first
    retrieval   the answers that lie nearest to a typed question; long lists are read a part at a time

Source of the map: Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space", 1901.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import torch
from torch import Tensor

from engine.pictures import AnyGiven, AnyPicture, Bars, Line, Phrase, Scatter
from engine.rank.data.subject import Subject, Try
from engine.rank.data.word_pieces import NOTHING
from engine.rank.looks.drawing import floats, heat_map

Look = Callable[[Subject], AnyPicture]
Spell = Callable[[Sequence[str]], Tensor]
"""Texts become numbers of pieces, (texts, t)."""
Places = Callable[[Subject, Tensor], Tensor]
"""Where a model puts lines of pieces, (lines, t): vectors of length 1, (lines, width)."""
TOLD, SHOWN, LETTERS, WORDS = 5, 12, 28, 32
"""Answers told, questions whose similarities are drawn, and letters of a question and of an answer that are shown."""
AT_ONCE = 64


def map_of_classes(groups: Sequence[str], texts: Sequence[str], places_of: Callable[[Subject, Tensor], Tensor]) -> Look:
    """Held-back sentences, by the class each is of; `places_of` has those of inputs, (b, width)."""

    def draw(subject: Subject) -> AnyPicture:
        parts = [(places_of(subject, inputs).double(), targets) for inputs, targets, _ in subject.slices()]
        plane, share = principal_plane(torch.cat([places for places, _ in parts]))
        classes = torch.cat([targets for _, targets in parts])
        return Scatter(
            names=tuple(text[:200] for text in texts),
            groups=tuple(map(Phrase, groups)),
            x=floats(plane[:, 0]),
            y=floats(plane[:, 1]),
            group=bytes(classes.tolist()),
            x_title=Phrase("first direction"),
            y_title=Phrase("second direction"),
            note=Phrase(
                "{count:,} held-back sentences by what the model makes of them; the plane shows {share:.0%} of how "
                "they differ.",
                {"count": len(texts), "share": share},
            ),
        )

    return draw


def principal_plane(places: Tensor) -> tuple[Tensor, float]:
    """Places, (n, width), in the plane in which they differ most, (n, 2), and the share of their variance in it.

    A direction is turned so that what is farthest out in it is so to the right, or above: a plane does not turn over
    from one look to the next.
    """
    centred = places - places.mean(0)
    u, s, _ = torch.linalg.svd(centred, full_matrices=False)
    plane = u[:, :2] * s[:2]
    farthest = plane.gather(0, plane.abs().argmax(0, keepdim=True))
    share = s[:2].square().sum() / s.square().sum().clamp(min=1e-30)
    return plane * torch.where(farthest < 0, -1.0, 1.0), float(share)


def tell_classes(names: Sequence[str], spell: Spell, unknown: int) -> Try:
    """What a typed sentence is about: the likeliest classes with their chances, the likeliest first.

    `unknown` is the number of a piece that a vocabulary lacks: how many of the sentence's are so, is said.
    """

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        line = spell([given.text])
        count, lacking = int((line != NOTHING).sum()) - 2, int((line == unknown).sum())  # but for both ends
        chances = subject.forward(line)[0].double().softmax(0)
        values, order = chances.topk(min(TOLD, len(names)))
        yield Bars(
            names=tuple(names[number] for number in order.tolist()),
            values=tuple(values.tolist()),
            is_lying=True,
            note=Phrase(
                "What it may be about, the likeliest first: all topics together make 100 %. Of {count:,} pieces the "
                "model lacks {lacking:,}.",
                {"count": count, "lacking": lacking},
            ),
        )

    return answer


def similarity(questions: Sequence[str]) -> Look:
    """How near held-back questions lie to the answers; the model gives them all, (1, n, n)."""

    def draw(subject: Subject) -> AnyPicture:
        (_, _, outputs), *_ = subject.slices()
        nearness = outputs[0].float()
        shown = min(SHOWN, len(nearness))
        first, among = (float(found.double().mean()) for found in found_within(nearness, 1, 5))
        return heat_map(
            nearness[:shown, :shown].clamp(min=0.0),
            [f"{number} {_in_one_line(text, LETTERS)}" for number, text in enumerate(questions[:shown], 1)],
            [str(number + 1) for number in range(shown)],
            row_title=Phrase("question"),
            column_title=Phrase("answer"),
            note=Phrase(
                "Of {count:,} held-back questions {first:.0%} find their answer first among all, {among:.0%} within "
                "the first five.",
                {"count": len(nearness), "first": first, "among": among},
            ),
            is_diagonal_right=True,
        )

    return draw


def found_within(nearness: Tensor, *places: int) -> Iterator[Tensor]:
    """Tell of each question, a row of (n, n), whether its answer, on the diagonal, is among so many nearest, (n,).

    What lies as near counts as nearer, and so does what is no number: who lays all in one place finds nothing.
    """
    as_near = (~(nearness < nearness.diagonal()[:, None])).sum(1)  # (n,), itself among them
    yield from (as_near <= place for place in places)


def retrieve(answers: Sequence[str], spell: Spell, asked: Places, answered: Places, *, is_fixed: bool) -> Try:
    """The answers nearest to a typed question: where the model puts it, and where it puts them.

    `is_fixed`: no training moves an answer, so what was read once is not read again at the next question.
    """
    kept: dict[int, Tensor] = {}

    @cache
    def spelled() -> Tensor:
        """All answers in pieces, (answers, t): spelled when somebody asks, and not again at the next question."""
        return spell(answers)

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        question, found = asked(subject, spell([given.text]))[0].float(), torch.zeros(0)
        for begin in range(0, len(answers), AT_ONCE):
            if not is_fixed or begin not in kept:
                kept[begin] = answered(subject, spelled()[begin : begin + AT_ONCE]).float()
            found = torch.cat([found, kept[begin] @ question])
            values, order = found.topk(min(TOLD, len(found)))
            yield Bars(
                names=tuple(_in_one_line(answers[number]) for number in order.tolist()),
                values=tuple(values.tolist()),
                is_share=False,
                is_lying=True,
                note=Phrase(
                    "{score:.2f} of at most 1: “{answer}” ({count:,} of {all:,} answers compared).",
                    {
                        "score": float(values[0]),
                        "answer": answers[int(order[0])],
                        "count": len(found),
                        "all": len(answers),
                    },
                ),
            )

    return answer


def _in_one_line(text: str, most: int = WORDS) -> str:
    """A text's beginning, with dots where it goes on."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
