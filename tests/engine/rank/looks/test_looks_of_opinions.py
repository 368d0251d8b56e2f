"""What weighs in reviews, and the mood of a stream of them, beside sums made by hand over grams written out."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from engine.pictures import Bars, Curve, Line, Stream, Text
from engine.rank.data.reviews import grams_of
from engine.rank.data.source import Tensors
from engine.rank.data.subject import Subject
from engine.rank.looks.mood import feed_stream, held_back_stream
from engine.rank.looks.opinions import Reading, heavy_grams, weigh_sentence
from engine.rank.workloads.sentiment import Bag

BUCKETS = 1 << 20
TEXTS = ["很好。好书", "不好！坏书", "书很好", "坏"] * 30


def bucket(gram: str) -> int:
    """The bucket of one gram alone."""
    return int(grams_of([gram], BUCKETS)[0, (len(gram) - 1) * 200])


def grams(text: str) -> list[str]:
    return [text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1)]


def made() -> tuple[Subject, Reading, torch.Tensor, torch.Tensor]:
    """A bag of weights by chance; what it has of each bucket: weight, and what it says for praise."""
    generator = torch.Generator().manual_seed(3)
    weights = torch.rand(BUCKETS, generator=generator) + 0.1
    weights[0] = 0.0
    bag = Bag(weights)
    nn.init.normal_(bag.grams.weight, std=1.0, generator=generator)
    model = nn.Sequential()
    model.add_module("bag", bag)
    train = grams_of(TEXTS, BUCKETS)
    held_back = Tensors(torch.from_numpy(grams_of(TEXTS * 3, BUCKETS)), torch.arange(360) % 2)
    table = bag.grams.weight.detach()
    subject = Subject(model, held_back, torch.no_grad()(model))
    return subject, Reading(weights, TEXTS, train), weights, table[:, 1] - table[:, 0]


def likely(text: str, weights: torch.Tensor, says: torch.Tensor) -> float:
    """The probability of praise, gram by gram."""
    found = [bucket(gram) for gram in grams(text)]
    length = math.sqrt(sum(float(weights[one]) ** 2 for one in found))
    return 1 / (1 + math.exp(-sum(float(weights[one] * says[one]) for one in found) / length))


def test_what_weighs_most_is_what_its_grams_say_by_their_weight() -> None:
    subject, reading, weights, says = made()
    picture = heavy_grams(reading)(subject)
    assert isinstance(picture, Bars)
    counts = Counter(gram for text in TEXTS for gram in grams(text))
    lengths = [math.sqrt(sum(float(weights[bucket(gram)]) ** 2 for gram in grams(text))) for text in TEXTS]
    adds = {
        gram: float(weights[bucket(gram)] * says[bucket(gram)]) / np.mean(lengths)
        for gram, count in counts.items()
        if count >= 30 and gram.isalnum()
    }
    assert len(adds) < 30
    assert dict(zip(picture.names, picture.values, strict=True)) == pytest.approx(adds, rel=1e-4)
    assert list(picture.values) == sorted(picture.values, reverse=True)


def test_the_weights_of_a_sentence_s_characters_sum_up_to_what_the_model_says_of_it() -> None:
    subject, reading, weights, says = made()
    text = "好书，不"
    (picture,) = list(weigh_sentence(reading)(subject, Line(text=text)))
    assert isinstance(picture, Text)
    chance = likely(text, weights, says)
    assert picture.note.values["praise"] == pytest.approx(chance, rel=1e-4)
    found = np.frombuffer(picture.weights, np.float32)
    assert found.sum() == pytest.approx(math.log(chance / (1 - chance)), rel=1e-3)
    length = math.sqrt(sum(float(weights[bucket(gram)]) ** 2 for gram in grams(text)))
    first = sum(float(weights[bucket(gram)] * says[bucket(gram)]) / len(gram) for gram in ("好", "好书", "好书，"))
    assert found[0] == pytest.approx(first / length, rel=1e-3)
    (long,) = list(weigh_sentence(reading)(subject, Line(text="好" * 300)))
    assert isinstance(long, Text)
    assert not np.frombuffer(long.weights, np.float32)[200:].any()


def test_the_mood_of_a_stream_is_the_mean_of_the_last_and_the_alert_comes_where_it_falls() -> None:
    subject, reading, weights, says = made()
    both = sorted(("很好。好书", "不好！坏书"), key=lambda text: likely(text, weights, says))
    texts = [both[1]] * 40 + [both[0]] * 30 + [both[1]] * 40
    chances = [likely(text, weights, says) for text in texts]
    alarm = (chances[0] + chances[50]) / 2
    answers = list(feed_stream(reading)(subject, Stream(text="\n".join([*texts, "", " "]), alarm=alarm)))
    assert len(answers) == len(texts)
    last = answers[-1]
    assert isinstance(last, Curve)
    mood, threshold = np.frombuffer(last.y, np.float32).reshape(2, -1)
    expected = [np.mean(chances[max(0, at - 24) : at + 1]) for at in range(len(texts))]
    assert mood == pytest.approx(expected, abs=1e-5)
    assert threshold == pytest.approx([alarm] * len(texts))
    alerts = [at + 1 for at, one in enumerate(expected) if one < alarm]
    assert last.mark == alerts[0] == last.note.values["first"] == 53
    assert last.note.values["alerts"] == len(alerts)
    assert str(last.note).startswith("ALERT at review 53")
    before = answers[45]
    assert isinstance(before, Curve)
    assert before.mark is None
    assert "No alert" in str(before.note)


def test_the_stream_of_held_back_reviews_turns_and_turns_back() -> None:
    subject, _, _, _ = made()
    inputs, praise = subject.validation.first(360)  # type: ignore[union-attr]
    sides = {tuple(row.tolist()): int(side) for row, side in zip(inputs, praise, strict=True)}

    def knows(rows: torch.Tensor) -> torch.Tensor:
        sure = torch.tensor([sides[tuple(row.tolist())] for row in rows])
        return 50.0 * torch.nn.functional.one_hot(sure, 2).float()

    picture = held_back_stream(Subject(subject.model, subject.validation, knows))
    assert isinstance(picture, Curve)
    mood = np.frombuffer(picture.y, np.float32).reshape(2, -1)[0]
    assert len(mood) == 260
    assert mood[99] > 0.6
    assert mood[159] < 0.4
    assert mood[259] > 0.6
    assert picture.mark is not None
    assert 100 < picture.mark < 160
