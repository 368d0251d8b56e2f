"""What weighs in reviews, and the mood of a stream of them, beside sums made by hand over grams written out."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from engine.pictures import LONGEST_STREAM, Bars, Curve, HeatMap, Line, Stream, Text
from engine.rank.data.reviews import grams_of
from engine.rank.data.source import Tensors
from engine.rank.data.subject import Subject
from engine.rank.looks import mood as streams
from engine.rank.looks.mood import feed_stream, held_back_stream
from engine.rank.looks.opinions import Reading, heavy_grams, told_topics, weigh_sentence
from engine.rank.looks.undecided import decided
from engine.rank.workloads.sentiment import Bag

BUCKETS = 1 << 20
TEXTS = ["很好。好书", "不好！坏书", "书很好", "坏"] * 30


def bucket(gram: str) -> int:
    """The bucket of one gram alone."""
    return int(grams_of([gram], BUCKETS)[0, (len(gram) - 1) * 200])


def grams(text: str) -> list[str]:
    """Each once."""
    return list({text[at : at + size]: None for size in (1, 2, 3) for at in range(len(text) - size + 1)})


def made(*chosen: int) -> tuple[Subject, Reading, torch.Tensor, torch.Tensor]:
    """A bag of weights by chance, for two topics; its weights, and its table, (buckets, 5)."""
    generator = torch.Generator().manual_seed(3)
    weights = torch.rand(BUCKETS, generator=generator) + 0.1
    weights[0] = 0.0
    bag = Bag(weights, 2)
    nn.init.normal_(bag.grams.weight, std=1.0, generator=generator)
    model = nn.Sequential()
    model.add_module("bag", bag)
    train = grams_of(TEXTS, BUCKETS)
    targets = torch.stack([torch.arange(360) % 2, torch.arange(360) // 2 % 2], 1)
    held_back = Tensors(torch.from_numpy(grams_of(TEXTS * 3, BUCKETS)), targets)
    subject = Subject(model, held_back, torch.no_grad()(model), chosen)
    return subject, Reading(weights, TEXTS, train, ("a", "b")), weights, bag.grams.weight.detach()


def said(text: str, weights: torch.Tensor, table: torch.Tensor) -> tuple[float, float]:
    """The probabilities of praise, and of the second topic, gram by gram."""
    found = [bucket(gram) for gram in grams(text)]
    length = math.sqrt(sum(float(weights[one]) ** 2 for one in found))
    sums = [sum(float(weights[one] * table[one, column]) for one in found) / length for column in range(5)]
    second = 1 / (1 + math.exp(sums[3] - sums[4]))
    return 1 / (1 + math.exp(-(sums[0] + (1 - second) * sums[1] + second * sums[2]))), second


def likely(text: str, weights: torch.Tensor, table: torch.Tensor) -> float:
    return said(text, weights, table)[0]


@pytest.mark.parametrize("topic", [0, 1, 2])
def test_what_weighs_most_is_what_its_grams_say_by_their_weight_of_a_topic_or_of_any(topic: int) -> None:
    subject, reading, weights, table = made(topic)
    says = table[:, 0] + (table[:, topic] if topic else table[:, 1:3].mean(1))
    picture = heavy_grams(reading)(subject)
    assert isinstance(picture, Bars)
    counts = Counter(gram for text in TEXTS for gram in grams(text))
    lengths = [math.sqrt(sum(float(weights[bucket(gram)]) ** 2 for gram in grams(text))) for text in TEXTS]
    adds = {
        gram: float(weights[bucket(gram)] * says[bucket(gram)]) / np.mean(lengths)
        for gram, count in counts.items()
        if count >= 30 and gram.isalnum()
    }
    assert [choice.options for choice in picture.choices] == [("anything", "a", "b")]
    assert len(adds) < 30
    assert dict(zip(picture.names, picture.values, strict=True)) == pytest.approx(adds, rel=1e-4)
    assert list(picture.values) == sorted(picture.values, reverse=True)


def test_the_weights_of_a_sentence_s_characters_sum_up_to_what_the_model_says_of_it() -> None:
    subject, reading, weights, table = made()
    text = "好书，不好"
    (picture,) = list(weigh_sentence(reading)(subject, Line(text=text)))
    assert isinstance(picture, Text)
    chance, second = said(text, weights, table)
    says = table[:, 0] + (1 - second) * table[:, 1] + second * table[:, 2]
    assert picture.note.values["about"] == f"a {1 - second:.0%}, b {second:.0%}"
    assert picture.verdict.values["praise"] == pytest.approx(chance, rel=1e-4)
    found = np.frombuffer(picture.weights, np.float32)
    assert found.sum() == pytest.approx(math.log(chance / (1 - chance)), rel=1e-3)
    length = math.sqrt(sum(float(weights[bucket(gram)]) ** 2 for gram in grams(text)))
    first = sum(float(weights[bucket(gram)] * says[bucket(gram)]) / len(gram) for gram in ("好", "好书", "好书，"))
    assert found[0] == pytest.approx(first / length, rel=1e-3)
    last = sum(float(weights[bucket(gram)] * says[bucket(gram)]) / len(gram) for gram in ("不好", "，不好"))
    assert found[-1] == pytest.approx(last / length, rel=1e-3)  # what stands again adds nothing
    (long,) = list(weigh_sentence(reading)(subject, Line(text="好" * 300)))
    assert isinstance(long, Text)
    assert not np.frombuffer(long.weights, np.float32)[200:].any()
    assert long.text == "好" * 200 + "…"  # the rest is not read


def test_the_mood_of_a_stream_is_the_mean_of_the_last_and_the_alert_comes_where_it_falls() -> None:
    subject, reading, weights, table = made()
    both = sorted(("很好。好书", "不好！坏书"), key=lambda text: likely(text, weights, table))
    texts = [both[1]] * 40 + [both[0]] * 30 + [both[1]] * 40
    chances = [likely(text, weights, table) for text in texts]
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
    assert last.mark == alerts[0] == 53
    assert last.note.values["alerts"] == len(alerts)
    assert str(last.verdict) == "ALERT at review 53"
    before = answers[45]
    assert isinstance(before, Curve)
    assert before.mark is None
    assert str(before.verdict) == "No alert"
    assert str(answers[23].verdict) == "No alert before review 25"


@pytest.mark.parametrize("alarm", [0.0, 1.0])
def test_of_a_stream_longer_than_is_read_it_says_so(monkeypatch: pytest.MonkeyPatch, alarm: float) -> None:
    subject, reading, _, _ = made()
    monkeypatch.setattr(streams, "MOST_REVIEWS", 30)

    def told(text: str) -> str:
        return str(list(feed_stream(reading)(subject, Stream(text=text, alarm=alarm)))[-1].note)

    assert "Only" not in told("好\n" * 30)
    assert told("好\n" * 31).startswith("Only the first 30 reviews are read. ")
    cut = "好" * (LONGEST_STREAM // 20 - 1)
    assert "Only" not in told("\n".join([cut] * 19))
    assert told("\n".join([cut] * 21)[:LONGEST_STREAM]).startswith("Only the first 20 reviews are read. ")


def test_the_stream_of_held_back_reviews_turns_and_turns_back() -> None:
    subject, _, _, _ = made()
    inputs, targets = subject.validation.first(360)  # type: ignore[union-attr]
    sides = {tuple(row.tolist()): int(side) for row, side in zip(inputs, targets[:, 0], strict=True)}

    def knows(rows: torch.Tensor) -> torch.Tensor:
        sure = torch.tensor([sides[tuple(row.tolist())] for row in rows])
        return torch.stack([100.0 * sure - 50.0, torch.zeros(len(rows)), torch.zeros(len(rows))], 1)

    picture = held_back_stream(Subject(subject.model, subject.validation, knows))
    assert isinstance(picture, Curve)
    mood = np.frombuffer(picture.y, np.float32).reshape(2, -1)[0]
    assert len(mood) == 260
    assert mood[99] > 0.6
    assert mood[159] < 0.4
    assert mood[259] > 0.6
    assert picture.mark is not None
    assert 100 < picture.mark < 160


def knowing(outputs: torch.Tensor, targets: torch.Tensor) -> Subject:
    """A model that says these outputs of samples 0, 1, 2, …"""
    numbers = torch.arange(len(outputs))[:, None]
    return Subject(nn.Identity(), Tensors(numbers, targets), lambda rows: outputs[rows[:, 0]])


def test_topics_are_counted_as_said_and_praise_is_told_of_each() -> None:
    praise, about = torch.tensor([2.0, -1.0, 3.0, -2.0, 1.0]), torch.tensor([0, 0, 1, 2, 1])
    outputs = torch.cat([praise[:, None], torch.eye(3)[about]], 1)
    targets = torch.tensor([[1, 0], [1, 0], [0, 1], [0, 2], [1, 2]])
    picture = told_topics(("a", "b", "c"))(knowing(outputs, targets))
    assert isinstance(picture, HeatMap)
    assert np.frombuffer(picture.values, np.float32).reshape(3, 3).tolist() == [[2, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert picture.note.values == {"topics": 0.8, "samples": 5, "praise": "a 50.0%, b 0.0%, c 100.0%"}


def test_what_is_left_undecided_is_chosen_on_one_half_and_told_of_the_other() -> None:
    generator = torch.Generator().manual_seed(1)
    sure = torch.rand(400, generator=generator) / 2 + 0.5
    is_right = torch.rand(400, generator=generator) < sure
    side = torch.arange(400) // 2 % 2
    praise = torch.where(is_right == (side == 1), sure, 1 - sure)
    outputs = torch.stack([praise.logit(), torch.zeros(400)], 1)
    picture = decided(knowing(outputs, torch.stack([side, 0 * side], 1)))
    assert isinstance(picture, Curve)
    places = np.arange(50) / 100 + 0.5
    right = [float(is_right[::2][sure[::2] >= place].double().mean()) for place in places]
    chosen = next(number for number, share in enumerate(right) if share >= 0.9)
    assert 0.5 < places[chosen] < 0.9
    assert picture.mark == pytest.approx(places[chosen])
    shares, told = np.frombuffer(picture.y, np.float32).reshape(2, -1)
    others = sure[1::2] >= places[chosen]
    assert shares[chosen] == pytest.approx(float(others.double().mean()))
    assert told[chosen] == pytest.approx(float(is_right[1::2][others].double().mean()))
    assert told[0] == pytest.approx(float(is_right[1::2].double().mean()))
