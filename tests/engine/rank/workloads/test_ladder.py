"""Rungs of the ladder: what each holds back, what it depends on, and the bar that it reaches over its baseline."""

import ast
import math
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine.config.cards import workloads
from engine.config.fits import facts_of, why_not
from engine.config.mode_text import parse_mode
from engine.packs.presence import why_no_data
from engine.rank.data import reviews
from engine.rank.data.digits import TRAIN_SAMPLES
from engine.rank.data.flops import flops_per_unit
from engine.rank.data.gaps import GAP, HIDDEN, NOT_ASKED
from engine.rank.data.workload import Workload
from engine.rank.workloads import (
    digits_two_views,
    tabular_mlp,
    tabular_regression,
    text_bert,
    text_lstm,
    vowels_lstm,
)
from tests.conftest import ROOT, Watched
from tests.engine.rank.workloads.bars import built, need, reached, whole
from tests.engine.rank.workloads.baselines import bigram_loss, bigram_loss_of, unigram_loss
from tests.engine.rank.workloads.layers import through_layers

Watch = Callable[..., Watched]


@pytest.mark.parametrize("name", list(workloads()))
def test_every_card_is_true_of_what_its_file_builds(name: str) -> None:
    card = workloads()[name]
    knobs = {knob.name: knob.default for knob in card.knobs}
    for asked in [
        knobs,
        *(knobs | {knob.name: choice} for knob in card.knobs if knob.means for choice in knob.choices),
        *(
            knobs | {knob.name: choice, other.name: across}
            for knob in card.knobs
            for other in card.knobs
            if knob.across == other.name
            for choice in knob.choices
            for across in other.choices
        ),
    ]:
        if why_no_data(name, asked):
            continue  # with the packs here (GEARSHIFT_PACKS) they are looked at, too
        workload = built(name, **asked)
        assert workload.validation is not None
        assert len(workload.train) == card.number("train_samples", asked)
        assert len(workload.validation) == card.number("validation_samples", asked)
        if workload.layers:
            assert facts_of(name, asked).layers == len(workload.layers)
        if workload.heads:
            assert facts_of(name, asked).widths == (("heads", workload.heads),)


def test_a_model_s_file_is_short_and_a_workload_s_names_the_paper_it_is_from() -> None:
    for room in ("workloads", "models", "plain"):
        for path in (ROOT / "engine" / "rank" / room).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert text.count("\n") < 150, path
            if text and room == "workloads":
                assert re.search(r"\b(19|20)\d\d\b", ast.get_docstring(ast.parse(text)) or ""), path


@pytest.mark.parametrize("name", ["digits-cnn", "text-bert", "text-lstm", "gpt-in-plain-python"])
def test_layers_one_after_the_other_are_the_model(name: str) -> None:
    workload = built(name)
    model = workload.make_model()
    inputs, _ = workload.train.first(3)
    assert torch.equal(through_layers(workload, model, inputs), model(inputs))


# The plane, and the lecture's own network ----------------------------------------------------------------------------


def test_two_spirals_are_parted_where_no_straight_line_can(watch: Watch) -> None:
    """Within 2,000 steps of 64 points, some 0.5 s of one thread."""
    inputs, targets, held_back, wanted = (part.double() for part in whole(built("spirals")))
    solved = torch.linalg.lstsq(torch.cat([inputs, torch.ones(len(inputs), 1)], 1), targets[:, None] - 0.5).solution
    said = torch.cat([held_back, torch.ones(len(held_back), 1)], 1) @ solved
    line = float(((said[:, 0] > 0) == (wanted > 0.5)).double().mean())
    last = reached(watch, "spirals", 2_000)
    print(f"the best straight line: {line:.3f}")
    assert line < 0.75
    assert last.metric is not None
    assert last.metric > 0.99


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_network_of_the_lecture_reads_more_digits_than_the_nearest_mean(watch: Watch) -> None:
    """Within 4,500 steps of 512 digits, some 150 s of one thread: it is to learn slowly, so that one can look on."""
    baseline = nearest_mean(built("digits-mlp", copies=1))
    last = reached(watch, "digits-mlp", 4_500, limit_s=500)
    print(f"nearest mean: {baseline:.3f}")
    assert last.metric is not None
    assert last.metric > baseline + 0.02


# Digits by convolution ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits-cnn", "digits-mlp"])
def test_a_digit_is_changed_by_seed_and_sample_alone_and_none_that_is_held_back(name: str) -> None:
    one, same, other = built(name), built(name), built(name, seed=1)
    inputs, targets, held_back, _ = whole(one)
    assert torch.equal(inputs, whole(same)[0])
    assert not torch.equal(inputs, whole(other)[0])
    assert torch.equal(held_back, whole(other)[2])
    assert torch.equal(targets[:TRAIN_SAMPLES], targets[TRAIN_SAMPLES : 2 * TRAIN_SAMPLES])  # the same digits again,
    assert not torch.equal(inputs[:TRAIN_SAMPLES], inputs[TRAIN_SAMPLES : 2 * TRAIN_SAMPLES])  # changed otherwise


def test_a_digit_that_is_there_once_is_as_it_was_written() -> None:
    once, _, held_back, _ = whole(built("digits-mlp", copies=1))
    assert once.unique(dim=0).mul(16).frac().count_nonzero() == 0  # pixels in sixteenths, none between two
    assert torch.equal(held_back, whole(built("digits-mlp"))[2])


def test_a_picture_that_is_not_to_be_changed_is_the_same_each_time() -> None:
    digits = TRAIN_SAMPLES
    held_back = whole(built("digits-cnn"))[2]
    plain = whole(built("digits-cnn", augment=0.0))[0]
    assert torch.allclose(plain[:digits], plain[digits : 2 * digits])
    assert not any((image == held_back).flatten(1).all(1).any() for image in plain[:digits])


def test_convolutions_take_as_many_operations_as_their_formula_says() -> None:
    c, hidden = 4, 8
    first = 9 * c * 64
    others = 9 * c * 2 * c * 64 + 9 * 2 * c * 4 * c * 16 + 16 * c * hidden + hidden * 10
    assert flops_per_unit(built("digits-cnn", channels=c, hidden=hidden)) == 6 * (first + others) - 2 * first


@pytest.mark.long
def test_the_network_of_convolutions_reads_985_digits_of_1000(watch: Watch) -> None:
    """Within 1,600 steps of 128 digits, some 8 s of one thread."""
    last = reached(watch, "digits-cnn", 1_600)
    assert last.metric is not None
    assert last.metric > 0.985


# Tables ---------------------------------------------------------------------------------------------------------------


def nearest_mean(workload: Workload) -> float:
    """The share of rows held back whose class has the nearest mean of all."""
    inputs, targets, held_back, wanted = whole(workload)
    means = torch.stack([inputs[targets == number].mean(0) for number in range(int(targets.max()) + 1)])
    return float((torch.cdist(held_back, means).argmin(1) == wanted).double().mean())


def test_tables_are_standardised_by_what_is_trained_on() -> None:
    for workload in (built("tabular-mlp"), built("tabular-mlp", table="wine"), built("tabular-regression")):
        inputs, _, held_back, _ = whole(workload)
        assert torch.allclose(inputs.mean(0), torch.zeros(inputs.shape[1]), atol=1e-5)
        assert torch.allclose(inputs.std(0, correction=0), torch.ones(inputs.shape[1]), atol=1e-4)
        assert float(held_back.mean(0).abs().max()) > 0.01  # had it a part in the means, they would lie nearer to it
    assert tabular_mlp.FILES.keys() == set(workloads()["tabular-mlp"].knobs[0].choices)


@pytest.mark.parametrize(("table", "margin"), [("breast cancer", 0.02), ("wine", 0.02)])
def test_tumours_and_wines_are_told_apart_better_than_by_the_nearest_mean(
    watch: Watch, table: str, margin: float
) -> None:
    baseline = nearest_mean(built("tabular-mlp", table=table))
    last = reached(watch, "tabular-mlp", 600, table=table)
    print(f"nearest mean: {baseline:.3f}")
    assert last.metric is not None
    assert last.metric > baseline + margin


def test_a_regression_explains_more_than_least_squares(watch: Watch) -> None:
    inputs, targets, held_back, wanted = (part.double() for part in whole(built("tabular-regression")))
    ones = torch.ones(len(inputs), 1)
    solved = torch.linalg.lstsq(torch.cat([inputs, ones], 1), targets[:, None]).solution
    left = torch.cat([held_back, ones[: len(held_back)]], 1) @ solved - wanted[:, None]
    linear = 1 - float((left**2).sum() / ((wanted - wanted.mean()) ** 2).sum())
    last = reached(watch, "tabular-regression", 900)
    print(f"least squares: {linear:.3f}")
    assert last.metric_name == "R²"
    assert last.metric is not None
    assert last.metric > linear
    assert last.loss is not None  # R2 is told of the variance of the rows held back
    assert last.metric == pytest.approx(1 - last.loss / float(wanted.var(correction=0)), rel=1e-4)
    assert len(inputs) == tabular_regression.TRAIN_SAMPLES


# Two views of a digit -------------------------------------------------------------------------------------------------


def test_a_picture_finds_its_name_in_its_language(watch: Watch) -> None:
    workload = built("digits-two-views")
    inputs, targets, held_back, wanted = whole(workload)
    pixels, names = inputs[:, : digits_two_views.PIXELS], inputs[:, digits_two_views.PIXELS :]
    english = (names == digits_two_views.spelled(digits_two_views.NAMES[0]).flatten()).all(1)
    chinese = (names == digits_two_views.spelled(digits_two_views.NAMES[1]).flatten()).all(1)
    assert (english ^ chinese).all()
    assert 0.45 < english.double().mean() < 0.55
    means = torch.stack([pixels[targets == number].mean(0) for number in range(10)])
    nearest = (torch.cdist(held_back[:, : digits_two_views.PIXELS], means).argmin(1) == wanted).double().mean()
    last = reached(watch, "digits-two-views", 600)
    print(f"nearest mean picture: {float(nearest):.3f}")
    assert last.metric is not None
    assert last.metric > float(nearest) + 0.04


def test_what_a_picture_is_compared_with_does_not_hang_on_the_batch() -> None:
    workload = built("digits-two-views")
    model, (inputs, _) = workload.make_model().double(), workload.train.first(8)
    together = model(inputs.double())
    for number in range(8):
        assert torch.allclose(model(inputs[number : number + 1].double())[0], together[number], rtol=1e-12)


# Reviews, and spoken vowels -------------------------------------------------------------------------------------------


def naive_bayes(workload: Workload) -> float:
    """The share of reviews held back that are filed rightly by how often each gram stands on each side."""
    grams, (praise, _), held_back, (wanted, _) = (
        part if part.dtype == torch.int32 else part.T for part in whole(workload)
    )
    buckets = max(int(grams.max()), int(held_back.max())) + 1
    sides = [grams[praise == side].flatten().long() for side in (0, 1)]
    often = torch.stack([torch.bincount(side[side > 0], minlength=buckets) for side in sides]).double() + 1
    says = (often / often.sum(1, keepdim=True)).log()
    says[:, 0] = 0.0  # behind the end
    score = torch.stack([side[held_back.long()].sum(1) for side in says], 1)
    return float((score.argmax(1) == wanted).double().mean())


@pytest.mark.long
@pytest.mark.parametrize(("about", "bar"), [("all", 0.85), ("books, computers", 0.88)])
def test_praise_is_told_better_than_by_naive_bayes(watch: Watch, about: str, bar: float) -> None:
    need("reviews")
    workload = built("sentiment", about=about)
    texts = [review.text for side in reviews.read_reviews(about) for review in side]
    assert len({"".join(filter(str.isalnum, text)) for text in texts}) == len(texts)  # nothing held back is trained on
    baseline = naive_bayes(workload)
    last = reached(watch, "sentiment", 1_500, about=about)
    print(f"naive Bayes: {baseline:.4f}")
    assert last.metric is not None
    assert last.metric > bar
    assert last.metric > baseline + 0.02


def test_reviews_are_kept_once_on_one_side_and_the_tenth_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = {"neg.txt": ["不好", "一般。", "不 好", "bad"], "pos.txt": ["很好！", "很好", "", "  OK ", "一般", "pool"]}
    begins = {"neg.txt": (0, 2, 3), "pos.txt": (0, 4, 5)}
    monkeypatch.setattr(reviews, "read_file", lambda _, name: "\n".join(sides[name]).encode())
    monkeypatch.setattr(reviews, "BEGINS", begins)
    assert reviews.read_reviews("all") == [[("不 好", 1), ("bad", 2)], [("很好", 0), ("ok", 0), ("pool", 2)]]
    parted = [[("不好", 0), ("一般。", 0), ("bad", 1)], [("很好", 0), ("ok", 0), ("pool", 1)]]
    assert reviews.read_reviews("books, computers") == parted
    assert reviews.topics_of("books, computers") == ("books", "computers")
    assert reviews.read_reviews("hotels") == [[("不 好", 0)], [("一般", 0)]]
    sides["pos.txt"] = [f"good {number}" for number in range(20)]
    workload = built("sentiment", about="all", buckets=16_384)
    assert (len(workload.train), len(workload.validation or ())) == (3 + 18, 2)
    rows, targets = workload.train.first(21)
    assert targets[:, 0].tolist() == [0] * 3 + [1] * 18
    assert targets[:, 1].unique().tolist() == [0, 1, 2]
    assert torch.equal(workload.make_model()(rows), torch.zeros(21, 4))


def test_grams_are_hashed_the_same_on_every_machine_and_in_no_order() -> None:
    grams = reviews.grams_of(["好", "不好", "好不", "好" * 999, ""], 131_072)
    assert grams.dtype == np.int32
    assert grams[0].nonzero()[0].tolist() == [0]
    assert grams[0, 0] == grams[3, 0] == grams[1, 1] == grams[2, 0] == 25_972
    assert grams[1, 0] == grams[2, 1]
    assert grams[1, 200] != grams[2, 200]
    assert grams[3].nonzero()[0].tolist() == [0, 200, 400]  # what stands again does not count
    assert not grams[4].any()


@pytest.mark.long
def test_who_speaks_is_told_better_than_by_the_nearest_mean(watch: Watch) -> None:
    need("vowels")
    workload = built("vowels-lstm")
    inputs, targets, held_back, wanted = whole(workload)
    means = [moments.sum(1) / (moments != 0).any(2).sum(1, keepdim=True) for moments in (inputs, held_back)]
    men = torch.stack([means[0][targets == man].mean(0) for man in range(vowels_lstm.MEN)])
    nearest = float((torch.cdist(means[1], men).argmin(1) == wanted).double().mean())
    neighbour = float((targets[torch.cdist(means[1], means[0]).argmin(1)] == wanted).double().mean())
    last = reached(watch, "vowels-lstm", 500)
    print(f"nearest mean: {nearest:.3f}; nearest utterance: {neighbour:.3f}")
    assert last.metric is not None
    assert last.metric > nearest + 0.03


def test_short_utterances_begin_with_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    curves = [
        ":".join(",".join(str(10 * curve + moment) for moment in range(length)) for curve in range(12))
        for length in (7, 29)
    ]
    text = "#words\n@classLabel true 1 2\n@data\n" + f"{curves[0]}:3\n{curves[1]}:9\n"
    monkeypatch.setattr(vowels_lstm, "read_file", lambda *_: text.encode())
    workload = built("vowels-lstm", width=4)
    inputs, targets = workload.train.first(2)
    assert targets.tolist() == [2, 8]
    assert not inputs[0, :22].any()
    assert inputs[0, 22:, 3].tolist() == [30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0]
    assert inputs[1, 28, 11] == 138.0
    model = workload.make_model()
    values = inputs
    for layer in workload.layers:
        values = model.get_submodule(layer)(values)
    assert torch.equal(values, model(inputs))
    assert values.shape == (2, 9)


# Text by an LSTM ------------------------------------------------------------------------------------------------------


def test_why_an_lstm_is_not_split_is_said_where_it_does_not_fit() -> None:
    facts = facts_of("text-lstm", {"width": 128})
    reason = why_not(parse_mode("cpu,tp=2"), facts)
    assert reason is not None
    assert reason.startswith("An LSTM needs each character for the next")
    assert why_not(parse_mode("cpu,pp=2"), facts) is None
    assert why_not(parse_mode("cpu,dp=2"), facts) is None


def test_an_lstm_takes_as_many_operations_as_its_gates_have_weights() -> None:
    width, context = 16, text_lstm.CONTEXT
    gates, head = 2 * 8 * width**2, width * 96
    nothing_before = 2 * 2 * 4 * width**2 / context  # no gradient is wanted of the zeros a line begins with
    assert flops_per_unit(built("text-lstm", width=width)) == 6 * (gates + head) - nothing_before


@pytest.mark.long
def test_an_lstm_beats_who_knows_how_often_each_character_follows_each(watch: Watch) -> None:
    """Within 250 steps, some 8 s of one thread."""
    baseline = bigram_loss_of(built("text-lstm"))
    last = reached(watch, "text-lstm", 250)
    print(f"bigram: {baseline:.3f}")
    assert last.loss is not None
    assert last.loss < baseline - 0.3
    assert last.metric == pytest.approx(math.exp(last.loss))


# Names ----------------------------------------------------------------------------------------------------------------


def who_knows_pairs(workload: Workload) -> tuple[float, float]:
    """Nats a character, each name weighing the same: who knows how often each comes, and how often after which."""
    inputs, targets, held_back, wanted = whole(workload)
    asked, characters = targets >= 0, int(targets.max()) + 1
    pairs = torch.bincount((characters * inputs + targets)[asked], minlength=characters**2).view(characters, -1) + 1.0
    found = []
    for chances in ((pairs.sum(0) / pairs.sum()).expand(characters, -1), pairs / pairs.sum(1, keepdim=True)):
        nats = -chances.log()[held_back, wanted.clamp(min=0)] * (wanted >= 0)
        found.append(float((nats.sum(1) / (wanted >= 0).sum(1)).mean()))
    return found[0], found[1]


def test_names_are_guessed_better_than_by_who_knows_how_often_each_character_follows_each(watch: Watch) -> None:
    """Within 500 steps of 16 names, some seconds of one thread."""
    unigram, bigram = who_knows_pairs(built("gpt-in-plain-python"))
    last = reached(watch, "gpt-in-plain-python", 500)
    print(f"unigram: {unigram:.3f}, bigram: {bigram:.3f}")
    assert last.loss is not None
    assert last.loss < bigram - 0.1
    assert last.metric == pytest.approx(math.exp(last.loss))


def test_a_short_name_weighs_as_much_as_a_long_one_and_nothing_behind_its_end_counts() -> None:
    workload = built("gpt-in-plain-python")
    torch.manual_seed(0)
    model = workload.make_model()
    inputs, targets, *_ = whole(workload)
    lengths = (targets >= 0).sum(1)
    rows = torch.stack([lengths.argmin(), lengths.argmax()])
    scores, wanted = model(inputs[rows]).detach(), targets[rows]
    by_hand = [
        -float(row.log_softmax(1)[range(count), of[:count]].mean())
        for row, of, count in zip(scores, wanted, lengths[rows].tolist(), strict=True)
    ]
    assert workload.loss_sum(scores, wanted).item() == pytest.approx(sum(by_hand), rel=1e-5)
    behind = inputs[rows].clone()
    behind[0, lengths.min() :] = 7
    assert workload.loss_sum(model(behind), wanted).item() == pytest.approx(sum(by_hand), rel=1e-5)


# Gaps in text ---------------------------------------------------------------------------------------------------------


def test_gaps_are_those_of_seed_and_sample_whoever_asks() -> None:
    source = built("text-bert").train
    together, wanted = source.take(torch.tensor([5, 77_777, 299_999, 5]))
    for number, sample in enumerate([5, 77_777, 299_999]):
        alone, _ = source.take(torch.tensor([sample]))
        assert torch.equal(alone[0], together[number])
    assert torch.equal(together[0], together[3])
    gaps = together == GAP
    assert (gaps.sum(1) == HIDDEN).all()
    assert torch.equal(gaps, wanted != NOT_ASKED)
    assert not torch.equal(gaps[0], gaps[1])
    assert not torch.equal(built("text-bert", seed=1).train.take(torch.tensor([5]))[0][0], together[0])
    hidden = (source.take(torch.arange(0, 300_000, 30))[0] == GAP).double().mean(0)
    even = HIDDEN / text_bert.CONTEXT
    assert hidden.sub(even).abs().max() < 5 * math.sqrt(even * (1 - even) / 10_000)  # no place is hidden more often


def gap_baselines(workload: Workload) -> tuple[float, float]:
    """Nats a gap: of who knows how often each character comes, and of who sees the one before it, too."""
    assert workload.validation is not None
    inputs, targets = workload.validation.first(len(workload.validation))
    asked = targets != NOT_ASKED
    text = torch.where(asked, targets, inputs)
    asked[:, 0] = False
    before = text.roll(1, 1)
    return unigram_loss(text[asked]), bigram_loss(before[asked], text[asked])


@pytest.mark.long
def test_gaps_are_guessed_better_than_by_how_often_each_character_comes(watch: Watch) -> None:
    """Within 400 steps, some 10 s of one thread."""
    unigram, _ = gap_baselines(built("text-bert"))
    last = reached(watch, "text-bert", 400)
    print(f"unigram: {unigram:.3f}")
    assert last.loss is not None
    assert last.loss < unigram - 0.2
    assert last.samples == 256 * HIDDEN


@pytest.mark.long
@pytest.mark.timeout(600)
def test_gaps_are_guessed_better_than_by_the_character_before(watch: Watch) -> None:
    _, bigram = gap_baselines(built("text-bert"))
    last = reached(watch, "text-bert", 2_500, limit_s=500)
    print(f"bigram: {bigram:.3f}")
    assert last.loss is not None
    assert last.loss < bigram - 0.1
