"""Looks at a stream of reviews: its mood, and an alert when that turns.

mood = mean of p(in praise) over the last 25 reviews; below the alarm's threshold there is an alert
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import torch

from engine.pictures import LONGEST_STREAM, AnyGiven, AnyPicture, Curve, Phrase, Stream
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import floats
from engine.rank.looks.opinions import Reading
from engine.rank.looks.undecided import praise_of

RECENT, ALARM, MOST_REVIEWS, MOST_PICTURES = 25, 0.5, 2_000, 100
STREAM = ((100, 0.8), (60, 0.15), (100, 0.8))
"""Reviews of the stream of held-back ones, and the share in praise among them: it turns, and turns back."""


def held_back_stream(subject: Subject) -> AnyPicture:
    """The mood of a stream of held-back reviews that turns on the way."""
    assert subject.validation is not None
    grams, targets = subject.validation.first(len(subject.validation))
    praise = targets[:, 0]
    generator = np.random.default_rng(0)
    sides = [generator.permutation(np.flatnonzero(praise.numpy() == side)).tolist() for side in (0, 1)]
    order = [
        sides[side].pop()
        for count, share in STREAM
        for side in (generator.uniform(size=count) < share).astype(int).tolist()
        if sides[side]
    ]
    chances = praise_of(subject.forward(grams[order])).tolist()
    return _mood(chances, ALARM)


def feed_stream(reading: Reading) -> Try:
    """The mood of texts that somebody feeds, one a line, as they come."""

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Stream)
        lines = [line.strip().lower() for line in given.text.split("\n") if line.strip()]
        texts = lines[:MOST_REVIEWS]
        read = len(texts) if len(lines) > MOST_REVIEWS or len(given.text) >= LONGEST_STREAM else None
        chances: list[float] = []
        for text in texts:
            if not subject.is_wanted():
                return
            chances.append(praise_of(subject.forward(reading.grams(text))).item())
            if len(chances) % max(1, len(texts) // MOST_PICTURES) == 0 or len(chances) == len(texts):
                yield _mood(chances, given.alarm, read)

    return answer


def _mood(chances: Sequence[float], alarm: float, read: int | None = None) -> Curve:
    """The mean of the last reviews after each, beside the alarm's threshold; where it first falls below, a mark.

    `read`: so many are read in all where there are more.
    """
    sums = [0.0, *accumulate(chances)]
    mood = [(sums[end] - sums[max(0, end - RECENT)]) / min(end, RECENT) for end in range(1, len(sums))]
    alerts = [place + 1 for place, one in enumerate(mood) if one < alarm and place + 1 >= RECENT]
    begins = [place for place in alerts if place == RECENT or mood[place - 2] >= alarm]
    words = {
        (False, False): "Reviews: {reviews:,}; mood: the mean of p(in praise) over the last {recent}, now {mood:.0%}.",
        (False, True): "Only the first {read:,} reviews are read. Reviews: {reviews:,}; mood: the mean of p(in praise) "
        "over the last {recent}, now {mood:.0%}.",
        (True, False): "The mood, the mean of p(in praise) over the last {recent}, fell below {alarm:.0%}. It was "
        "there for {alerts:,} of {reviews:,} reviews (alerts: {times}); now it is {mood:.0%}.",
        (True, True): "Only the first {read:,} reviews are read. The mood, the mean of p(in praise) over the last "
        "{recent}, fell below {alarm:.0%}. It was there for {alerts:,} of {reviews:,} reviews (alerts: {times}); now "
        "it is {mood:.0%}.",
    }
    return Curve(
        names=(Phrase("mood"), Phrase("alarm")),
        x=floats(torch.arange(1, len(mood) + 1)),
        y=floats(torch.tensor([mood, [alarm] * len(mood)])),
        x_title=Phrase("review"),
        y_title=Phrase("in praise"),
        highest=1.0,
        is_share=True,
        mark=float(begins[0]) if begins else None,
        verdict=_verdict(begins, len(mood)),
        note=Phrase(
            words[bool(alerts), read is not None],
            {
                "read": read or 0,
                "reviews": len(mood),
                "recent": RECENT,
                "mood": mood[-1],
                "alarm": alarm,
                "alerts": len(alerts),
                "times": len(begins),
            },
        ),
    )


def _verdict(begins: Sequence[int], reviews: int) -> Phrase:
    """Where the mood first fell below the alarm; of fewer reviews than a mood is of, that there can be no alert."""
    if begins:
        return Phrase("ALERT at review {first:,}", {"first": begins[0]})
    return Phrase("No alert") if reviews >= RECENT else Phrase("No alert before review {recent}", {"recent": RECENT})
