"""Looks at a bag of grams that tells praise from complaint: what weighs, in general and in a sentence.

log p/(1 - p) = sum over the grams g of a review of  w_g (E[g, 1] - E[g, 0]) / |w|
weight of a character = what the grams it stands in add, each shared out among its characters: they sum up to that
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
from engine.rank.looks.drawing import floats

LISTED, NAMED, OFTEN = 15, 60, 30
"""Grams of each side that are listed; those that are named, for not all are words; how often each stands at least."""
Look = Callable[[Subject], AnyPicture]


class Reading(NamedTuple):
    """How texts become grams: the weight of each bucket, (buckets,); and what there is to train on, text and grams."""

    weights: Tensor
    texts: Sequence[str]
    train: np.ndarray  # (texts, 600)

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
        says = (_says(subject, reading)[buckets] / length).nan_to_num(0.0)
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
                "What a gram adds to log p/(1 − p) of a review of average length: of {grams:,} that stand {often} "
                "times and more, those that speak most for praise (blue) and against it (orange).",
                {"grams": len(buckets), "often": OFTEN},
            ),
        )

    return draw


def weigh_sentence(reading: Reading) -> Try:
    """How likely a sentence is in praise, and what each of its characters adds to that."""

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        text = given.text.lower() if len(given.text.lower()) == len(given.text) else given.text
        grams = reading.grams(text)
        praise = subject.forward(grams)[0].double().softmax(0)[1]
        length = reading.weights[grams].square().sum().sqrt().clamp(min=1e-9)
        adds = _says(subject, reading)[grams[0]] / length  # (600,); of nothing, 0
        weights = torch.zeros(len(text), dtype=adds.dtype)
        for size in range(1, GRAM + 1):
            for place in range(min(len(text), LONGEST)):
                weights[place : place + size] += adds[(size - 1) * LONGEST + place] / size
        yield Text(
            prompt="",
            text=given.text,
            weights=floats(weights),
            note=Phrase(
                "In praise with p = {praise:.1%}. Blue speaks for it, orange against: what each character adds to "
                "log p/(1 − p), {sum:+.2f} together.",
                {"praise": praise.nan_to_num(0.5).item(), "sum": weights.sum().item()},
            ),
        )

    return answer


def _says(subject: Subject, reading: Reading) -> Tensor:
    """What each bucket adds for praise, by its weight, (buckets,)."""
    table = subject.model.get_parameter("bag.grams.weight").detach().double()  # (buckets, 2)
    return reading.weights * (table[:, 1] - table[:, 0])
