"""Looks at a model that gives each sentence a place, and how it answers what somebody types.

    map         the two directions in which the sentences' places differ most (principal components)
    similarity  S[i, j] = q_i . a_j of the first held-back questions and answers; the right one is on the diagonal
    topics      p(topic) of a typed sentence, the likeliest first
    retrieval   the answers that lie nearest to a typed question; long lists are read a part at a time. The best one is
                near where it has the score that nine of ten right answers to held-back questions have, and more

Source of the map: Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space", 1901.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import msgspec
import torch
from torch import Tensor

from engine.pictures import AnyGiven, AnyPicture, Bars, Line, Phrase, Scatter
from engine.rank.data.subject import Subject, Try
from engine.rank.data.word_pieces import NOTHING, WordPieces
from engine.rank.looks.drawing import floats, heat_map

Look = Callable[[Subject], AnyPicture]
Spell = Callable[[Sequence[str]], Tensor]
"""Texts become numbers of pieces, (texts, t)."""
Places = Callable[[Subject, Tensor], Tensor]
"""Where a model puts lines of pieces, (lines, t): vectors of length 1, (lines, width)."""
TOLD, SHOWN, LETTERS, WORDS = 5, 12, 28, 32
"""Answers told, questions whose similarities are drawn, and letters of a question and of an answer that are shown."""
AT_ONCE = 64
REACHED = 0.9
"""Of right answers to held-back questions, so many have the score below which it is said that none is near."""


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


def tell_classes(names: Sequence[str], pieces: WordPieces, longest: int) -> Try:
    """What a typed sentence is about: the likeliest classes with their chances, the likeliest first.

    It is read in `pieces`, at most `longest` of these with both ends. How many are unknown is said, and what is cut.
    """

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        line, typed = pieces.numbers([given.text], longest), len(pieces.pieces(given.text))
        read, lacking = int((line != NOTHING).sum()) - 2, int((line == pieces.unknown).sum())  # but for both ends
        words = _ABOUT_CUT if read < typed else _ABOUT_ONE if read == 1 else _ABOUT
        chances = subject.forward(line)[0].double().softmax(0).nan_to_num(0.0)
        values, order = chances.topk(min(TOLD, len(names)))
        yield Bars(
            names=tuple(names[number] for number in order.tolist()),
            values=tuple(values.tolist()),
            is_lying=True,
            note=Phrase(words, {"n": read, "lacking": lacking, "all": typed}),
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
            nearness[:shown, :shown],
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


def retrieve(
    answers: Sequence[str],
    held_back: Sequence[tuple[str, str]],
    spell: Spell,
    read_of: Callable[[str], tuple[int, int]],
    placed: Places,
    turned: Places,
    *,
    is_fixed: bool,
) -> Try:
    """The answers nearest to a typed question, and whether they lie as near as right ones do to held-back questions.

    `placed` has where the model puts lines as answers, `turned` makes of such places those of lines as questions.
    `read_of` tells how many pieces of a text are read, and how many it has: of a question that is cut, it is said.
    `is_fixed`: no training moves what is placed, so what was read once is not read again at the next question.
    """
    kept: dict[int, Tensor] = {}
    own = torch.tensor([answers.index(answer) for _, answer in held_back])

    @cache
    def spelled() -> Tensor:
        """All answers in pieces, then held-back questions, (all, t): spelled when somebody asks, and only once."""
        return spell([*answers, *(question for question, _ in held_back)])

    def read(subject: Subject, begin: int, end: int) -> Tensor:
        if not is_fixed or begin not in kept:
            kept[begin] = placed(subject, spelled()[begin:end]).float()
        return kept[begin]

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        count, typed = read_of(given.text)
        for bars in compared(subject, given.text):
            cut = Phrase(_CUT, {"said": bars.note, "n": count, "all": typed})
            yield bars if count == typed else msgspec.structs.replace(bars, note=cut)

    def compared(subject: Subject, text: str) -> Iterator[Bars]:
        question = turned(subject, placed(subject, spell([text])))[0].float()
        places, found, count = [], torch.zeros(0), len(answers)
        for begin in range(0, count, AT_ONCE):
            places.append(read(subject, begin, min(begin + AT_ONCE, count)))
            found = torch.cat([found, places[-1] @ question])
            yield _nearest(answers, found, Phrase(), _COMPARED, {"count": len(found), "all": count})
        ends = range(count, len(spelled()), AT_ONCE)
        questions = torch.cat([read(subject, begin, min(begin + AT_ONCE, len(spelled()))) for begin in ends])
        nearness = turned(subject, questions).float() @ torch.cat(places).T
        best, right = float(found.max()), right_answers(nearness, own)
        as_near = right[nearness.max(1).values >= best]
        values = {"least": reached_by(nearness, right), "rights": int(right.sum()), "all": count}
        values |= {"as_near": len(as_near), "share": float(as_near.double().mean()) if len(as_near) else 1.0}
        if not values["rights"]:
            yield _nearest(answers, found, Phrase(), _NOBODY_KNOWS, values)
        elif best < values["least"]:
            yield _nearest(answers, found, Phrase("NO ANSWER IS NEAR: {score:.2f}", {"score": best}), _FAR, values)
        else:
            verdict = Phrase("Near, as right ones: {score:.2f}", {"score": best})
            yield _nearest(answers, found, verdict, _NEAR if len(as_near) else _NEAREST, values)

    return answer


_ABOUT = (
    "What it may be about, the likeliest first: all topics together make 100 %. Of {n:,} pieces the model lacks "
    "{lacking:,}."
)
_ABOUT_ONE = (
    "What it may be about, the likeliest first: all topics together make 100 %. Of one piece the model lacks "
    "{lacking:,}."
)
_ABOUT_CUT = (
    "What it may be about, the likeliest first: all topics together make 100 %. The model reads the first {n:,} of "
    "{all:,} pieces, and lacks {lacking:,} of these."
)
_CUT = "{said} The model reads the first {n:,} of the question's {all:,} pieces."
_COMPARED = "{score:.2f} of at most 1: “{answer}” ({count:,} of {all:,} answers compared)."
_FAR = (
    "The best has {score:.2f} of at most 1, right answers have {least:.2f} and more (nine of ten of those that "
    "{rights:,} held-back questions find first among all {all:,}). The best: “{answer}”"
)
_NEAR = (
    "“{answer}” Of {as_near:,} held-back questions whose best answer is as near, {share:.0%} found theirs. Right "
    "answers have {least:.2f} and more (nine of ten of {rights:,}, among all {all:,})."
)
_NEAREST = (
    "“{answer}” Nearer than the best answer to any held-back question. Right answers have {least:.2f} and more (nine "
    "of ten of {rights:,}, among all {all:,})."
)
_NOBODY_KNOWS = (
    "{score:.2f} of at most 1: “{answer}” No held-back question finds its own answer first among all {all:,}, so how "
    "near a right one lies is not known."
)


def right_answers(nearness: Tensor, own: Tensor) -> Tensor:
    """Tell of each question by answers, (n, answers), whether its own, (n,), lies nearer than all others, (n,)."""
    right: Tensor = (~(nearness < nearness.gather(1, own[:, None]))).sum(1) == 1
    return right


def reached_by(nearness: Tensor, right: Tensor) -> float:
    """The score that nine of ten right answers reach, of questions by answers; 0 where none is right."""
    return float(nearness[right].max(1).values.double().quantile(1 - REACHED)) if right.any() else 0.0


def _nearest(
    answers: Sequence[str], found: Tensor, verdict: Phrase, words: str, values: Mapping[str, float | int]
) -> Bars:
    """The nearest of those that were compared, and words on the best."""
    scores, order = found.topk(min(TOLD, len(found)))
    return Bars(
        names=tuple(_in_one_line(answers[number]) for number in order.tolist()),
        values=tuple(scores.tolist()),
        is_share=False,
        is_lying=True,
        verdict=verdict,
        note=Phrase(words, {"score": float(scores[0]), "answer": answers[int(order[0])], **values}),
    )


def _in_one_line(text: str, most: int = WORDS) -> str:
    """A text's beginning, with dots where it goes on."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
