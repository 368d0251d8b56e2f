"""Looks at a bag of grams that tells praise from complaint, and what of: what weighs, in general and in a sentence.

log p/(1 - p) = sum over the grams g of a review of  w_g (P[g, all] + sum_t p(t) P[g, t]) / |w|
weight of a character = what the grams it stands in add, each shared out among its characters: they sum up to that

A gram that stands in a text again adds nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.pictures import AnyGiven, AnyPicture, Bars, Line, Phrase, Text
from engine.rank.data.reviews import GRAM, LONGEST, grams_of
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import floats, heat_map
from engine.rank.looks.undecided import praise_of, threshold, topics_of

LISTED, NAMED, OFTEN = 15, 60, 30
"""Grams of each side that are listed; those that are named, for not all are words; how often each stands at least."""
ANY = "anything"
Look = Callable[[Subject], AnyPicture]


class Reading(NamedTuple):
    """How texts become grams: the weight of each bucket, (buckets,); what there is to train on, and its topics."""

    weights: Tensor
    texts: Sequence[str]
    train: np.ndarray  # (texts, 600)
    topics: Sequence[str]

    def grams(self, text: str) -> Tensor:
        """A text as the model's inputs, (1, 600)."""
        return torch.from_numpy(grams_of([text], len(self.weights))).long()


def heavy_grams(reading: Reading) -> Look:
    """The grams that speak most for praise, and those that speak most against it."""
    names: dict[int, str] = {}

    @cache
    def known() -> tuple[Tensor, float]:
        """Buckets that stand often enough, and the length |w| of a review on average."""
        counts = np.bincount(reading.train.ravel(), minlength=len(reading.weights))
        counts[0] = 0
        lengths = reading.weights[torch.from_numpy(reading.train).long()].square().sum(1).sqrt()
        return torch.from_numpy(np.flatnonzero(counts >= OFTEN)), float(lengths.mean())

    def name(buckets: list[int]) -> None:
        """Call each bucket by the gram that stands there most often."""
        found: dict[int, Counter[str]] = defaultdict(Counter)
        for row, column in np.argwhere(np.isin(reading.train, buckets)).tolist():
            place, size = column % LONGEST, column // LONGEST + 1
            found[int(reading.train[row, column])][reading.texts[row][place : place + size]] += 1
        names.update({bucket: grams.most_common(1)[0][0] for bucket, grams in found.items()})

    def draw(subject: Subject) -> AnyPicture:
        buckets, length = known()
        of = subject.choice(0, "Reviews of", (ANY, *reading.topics))
        count = len(reading.topics)
        share = torch.full((count,), 1 / count) if of.chosen == 0 else torch.eye(count)[of.chosen - 1]
        says = (_says(subject, reading, share)[buckets] / length).nan_to_num(0.0)
        order = buckets[says.argsort(descending=True)].tolist()
        if unknown := [bucket for bucket in {*order[:NAMED], *order[-NAMED:]} if bucket not in names]:
            name(unknown)
        above, below = (
            [bucket for bucket in side if names[bucket].isalnum()][:LISTED]
            for side in (order[:NAMED], order[: -NAMED - 1 : -1])
        )
        shown = dict.fromkeys(above + below[::-1])
        by_bucket = dict(zip(buckets.tolist(), says.tolist(), strict=True))
        values = [by_bucket[bucket] for bucket in shown]
        return Bars(
            names=tuple(names[bucket] for bucket in shown),
            values=tuple(values),
            highest=max(*map(abs, values), 1e-9),
            is_share=False,
            is_lying=True,
            note=Phrase(
                "What a gram adds to log p/(1 − p) of a review of average length: of {grams:,} that stand in {often} "
                "and more, those that speak most for praise (blue) and against it (orange).",
                {"grams": len(buckets), "often": OFTEN},
            ),
            choices=(of,),
        )

    return draw


def told_topics(topics: Sequence[str]) -> Look:
    """How often each topic is taken for each, over the held-back reviews, and how many of each are told by praise."""

    def draw(subject: Subject) -> AnyPicture:
        counts = torch.zeros(len(topics), len(topics), dtype=torch.int64)
        praise = torch.zeros(len(topics), dtype=torch.int64)
        for _, targets, outputs in subject.slices():
            is_right = (outputs[:, 0] > 0) == (targets[:, 0] > 0)
            praise += torch.bincount(targets[is_right, 1], minlength=len(topics))
            pairs = targets[:, 1] * len(topics) + outputs[:, 1:].argmax(1)
            counts += torch.bincount(pairs, minlength=len(topics) ** 2).view_as(counts)
        shares = praise / counts.sum(1).clamp(min=1)
        return heat_map(
            counts,
            topics,
            topics,
            row_title=Phrase("is about"),
            column_title=Phrase("said to be"),
            note=Phrase(
                "{topics:.1%} of {samples:,} held-back reviews are told by topic. Whether they are in praise is told "
                "rightly of so many: {praise}.",
                {
                    "topics": int(counts.trace()) / max(1, int(counts.sum())),
                    "samples": int(counts.sum()),
                    "praise": _in_words(topics, shares, 1),
                },
            ),
            has_numbers=True,
            is_diagonal_right=True,
        )

    return draw


def weigh_sentence(reading: Reading) -> Try:
    """What a sentence is about, how likely it is in praise, and what each of its characters adds to that.

    Of what is longer than reviews are read, as much is shown, and that it goes on.
    """

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        shown = given.text if len(given.text) <= LONGEST else given.text[:LONGEST] + "…"
        text = shown.lower() if len(shown.lower()) == len(shown) else shown
        grams = reading.grams(text)
        outputs = subject.forward(grams)
        praise, about, least = praise_of(outputs).item(), topics_of(outputs)[0], threshold(subject)
        length = reading.weights[grams].square().sum().sqrt().clamp(min=1e-9)
        adds = _says(subject, reading, about)[grams[0]] / length  # (600,); of nothing, 0
        weights = torch.zeros(len(text), dtype=adds.dtype)
        for size in range(1, GRAM + 1):
            for place in range(min(len(text), LONGEST)):
                weights[place : place + size] += adds[(size - 1) * LONGEST + place] / size
        yield Text(
            prompt="",
            text=shown,
            weights=floats(weights),
            verdict=Phrase(_verdict(praise, least), {"praise": praise}),
            note=Phrase(
                "In praise with p = {praise:.1%}; a side is said where it has {least:.0%}. About: {about}. Blue is for "
                "praise, orange against: what each character adds to log p/(1 − p), {sum:+.2f} together.",
                {
                    "praise": praise,
                    "least": least,
                    "about": _in_words(reading.topics, about, 0),
                    "sum": weights.sum().item(),
                },
            ),
        )

    return answer


def _verdict(praise: float, least: float) -> str:
    """The side that the model is sure enough of to say it."""
    if max(praise, 1 - praise) < least:
        return "UNDECIDED: {praise:.0%} praise"
    return "POSITIVE: {praise:.0%} praise" if praise > 0.5 else "NEGATIVE: {praise:.0%} praise"


def _in_words(names: Sequence[str], shares: Tensor, digits: int) -> str:
    """Shares by name."""
    return ", ".join(f"{name} {share:.{digits}%}" for name, share in zip(names, shares.tolist(), strict=True))


def _says(subject: Subject, reading: Reading, about: Tensor) -> Tensor:
    """What each bucket adds for praise, by its weight, (buckets,), of reviews about each topic with these chances."""
    table = subject.model.get_parameter("bag.grams.weight").detach().double()  # (buckets, 1 + 2 topics)
    return reading.weights * (table[:, 0] + table[:, 1 : 1 + len(about)] @ about.double())
