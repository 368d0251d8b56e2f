"""The GPT: each size is what its card says, no character sees the next, and it beats who knows pairs of characters."""

import math
import re
from collections.abc import Callable

import pytest
import torch

from engine.config.cards import workloads
from engine.config.fits import facts_of, why_not
from engine.config.mode_text import parse_mode
from engine.packs.presence import why_absent
from engine.pictures import Prompt, Text
from engine.rank.data import python_text
from engine.rank.data.flops import activation_bytes, flops_per_unit
from engine.rank.data.pieces import Pieces
from engine.rank.data.python_text import ALPHABET, TRAIN_CHARACTERS, documentation, text_of
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Workload
from engine.rank.workloads import text_gpt
from tests.conftest import ROOT, Watched
from tests.engine.rank.workloads.bars import reached
from tests.engine.rank.workloads.baselines import bigram_loss_of
from tests.engine.rank.workloads.layers import sees_only_what_came_before, through_layers

Watch = Callable[..., Watched]
CARD = workloads()["text-gpt"]
SIZES = CARD.knobs[0].choices


def test_no_help_calls_a_token_a_character_for_it_may_be_a_piece_of_a_word() -> None:
    texts = [CARD.summary, *(one.help for one in (*CARD.looks, *CARD.tries))]
    assert [text for text in texts if "character" in text] == []


@pytest.mark.parametrize("size", SIZES)
def test_its_card_is_true_of_each_size(size: float) -> None:
    workload = text_gpt.build({"size": size}, 0)
    assert workload.validation is not None
    assert (len(workload.train), len(workload.validation)) == (CARD.train_samples, CARD.validation_samples)
    facts = facts_of("text-gpt", {"size": size})
    assert facts.layers == len(workload.layers)
    assert facts.widths == (("heads", workload.heads),)
    with torch.device("meta"):
        weights = sum(parameter.numel() for parameter in workload.make_model().parameters())
    assert weights == pytest.approx(size * 1e6, rel=0.25)
    layers, width, _, context = (means[SIZES.index(size)] for means in CARD.knobs[0].means.values())
    matrices = 12 * (layers - 2) * width**2 + width * len(ALPHABET)
    assert flops_per_unit(workload) == 3 * 2 * (matrices + (layers - 2) * 2 * context * width)


def test_what_does_not_fit_a_size_fits_another() -> None:
    three = parse_mode("cpu,tp=3")
    reason = why_not(three, facts_of("text-gpt", {"size": 0.1}))
    assert reason == "heads = 4 does not divide by the 3 ranks that share each matrix."
    assert why_not(three, facts_of("text-gpt", {"size": 10.0})) is None
    assert why_not(parse_mode("cpu,pp=4,schedule=interleaved"), facts_of("text-gpt", {"size": 0.1})) is not None


def test_its_layers_one_after_the_other_are_the_model_and_no_character_sees_the_next() -> None:
    workload = text_gpt.build({"size": 0.1}, 0)
    torch.manual_seed(0)
    model = workload.make_model()
    inputs, _ = workload.train.first(3)
    assert torch.equal(through_layers(workload, model, inputs), model(inputs))
    assert sees_only_what_came_before(workload, model)


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]])
def test_no_character_that_is_asked_for_was_trained_on(size: float) -> None:
    workload = text_gpt.build({"size": size}, 0)
    assert workload.validation is not None
    last = workload.train.take(torch.tensor([len(workload.train) - 1]))[1][0]
    first = workload.validation.first(1)[1][0]
    text = documentation()
    end = TRAIN_CHARACTERS + len(last)
    assert text[end - len(last) : end] == text_of(last)
    begin = TRAIN_CHARACTERS + text_gpt.LONGEST + 1
    assert text[begin : begin + len(first)] == text_of(first)
    assert begin >= end


def test_the_text_says_nothing_twice() -> None:
    paragraphs = [paragraph for paragraph in documentation().split("\n\n") if len(paragraph) > 40]
    assert len(set(paragraphs)) > 0.99 * len(paragraphs) > 1_000


def test_scores_of_attention_take_no_memory() -> None:
    """They would be 16 heads x 512 x 512 numbers a block, four tensors of them and their gradients."""
    scores_bytes = 4 * 16 * 512**2 * 16
    assert activation_bytes(text_gpt.build({"size": 124.0}, 0), torch.float32) < 4 * scores_bytes


@pytest.mark.long
def test_it_beats_who_knows_how_often_each_character_follows_each(watch: Watch) -> None:
    """Within 400 steps: 410,000 tokens, some ten seconds of one thread."""
    last = reached(watch, "text-gpt", 400)
    baseline = bigram_loss_of(text_gpt.build({"size": 0.1}, 0))
    print(f"bigram: {baseline:.3f}")
    assert last.loss is not None
    assert last.samples == 64 * 64
    assert last.loss < baseline - 0.1


def test_bits_a_character_are_those_of_all_that_is_held_back_whatever_a_token_is() -> None:
    for knobs in ({"size": 0.1}, {"size": 0.1, "tokens": "BPE"}):
        workload = text_gpt.build(knobs, 0)
        assert workload.validation is not None
        assert workload.writing is not None
        inputs, wanted = workload.validation.first(8)
        every = workload.validation.first(len(workload.validation))[1]
        torch.manual_seed(0)
        scores = workload.make_model()(inputs)
        nats = -scores.log_softmax(2).gather(2, wanted[..., None]).sum()
        characters = len(workload.writing.text_of(every.flatten())) / every.numel()
        found = float(workload.score_sum(scores.detach(), wanted)) / wanted.numel()
        assert found == pytest.approx(float(nats.detach()) / math.log(2) / characters / wanted.numel(), rel=1e-5)
        last = list(workload.tries["continue"](subject_of(workload), Prompt(text="An object", tokens=5)))[-1]
        assert isinstance(last, Text)
        assert last.note.values["n"] == 5
        assert (len(last.text) > 5) is ("tokens" in knobs)


def subject_of(workload: Workload) -> Subject:
    """A fresh model of it."""
    model = workload.make_model().eval()
    return Subject(model, workload.validation, torch.no_grad()(model))


@pytest.mark.long
@pytest.mark.timeout(300)
def test_in_pieces_of_words_it_beats_who_knows_how_often_each_follows_each(watch: Watch) -> None:
    workload = text_gpt.build({"size": 0.1, "tokens": "BPE"}, 0)
    pieces = Pieces(python_text)
    assert workload.validation is not None
    wanted = workload.validation.first(len(workload.validation))[1]
    nats = pairs_and_singles(workload, pieces.typed(documentation()[:TRAIN_CHARACTERS]))
    baseline = nats / math.log(2) * wanted.numel() / pieces.characters(wanted)
    last = reached(watch, "text-gpt", 1_000, limit_s=200, tokens="BPE")
    print(f"pairs and singles of pieces: {nats:.3f} nats a piece, {baseline:.3f} bits a character")
    assert last.metric is not None
    assert last.metric < baseline - 0.07


def pairs_and_singles(workload: Workload, trained: torch.Tensor) -> float:
    """Nats a token, of who knows from those to train on, (tokens,), how often each comes, and how often after each."""
    characters = int(trained.max()) + 1
    singles = torch.bincount(trained, minlength=characters).double() + 1
    pairs = torch.bincount(characters * trained[:-1] + trained[1:], minlength=characters**2).view(characters, -1)
    assert workload.validation is not None
    before, wanted = (part.flatten() for part in workload.validation.first(len(workload.validation)))
    after = pairs[before].double()
    likely = 0.8 * after.gather(1, wanted[:, None])[:, 0] / after.sum(1).clamp(min=1.0)
    return -float((likely + 0.2 * (singles / singles.sum())[wanted]).log().mean())


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_chinese_novel_is_guessed_better_than_by_who_knows_its_pairs(watch: Watch) -> None:
    if reason := why_absent("classic"):
        pytest.skip(reason)
    workload = text_gpt.build({"size": 0.1, "text": "Three Kingdoms"}, 0)
    baseline = pairs_and_singles(workload, workload.train.first(len(workload.train))[0][:, 0])
    last = reached(watch, "text-gpt", 1_500, limit_s=800, text="Three Kingdoms")
    print(f"pairs and singles: {baseline:.3f}")
    assert last.loss is not None
    assert last.loss < baseline


@pytest.mark.parametrize("tokens", ["characters", "BPE"])
def test_the_dial_is_said_to_be_rough_and_how_many_weights_there_really_are(tokens: str) -> None:
    card = workloads()["text-gpt"]
    size = card.knobs[0]
    said = re.search(r"at (\d+) the model has (\d+)", size.help)
    assert said is not None
    knobs = {knob.name: knob.default for knob in card.knobs} | {"size": float(said[1]), "tokens": tokens}
    model = text_gpt.build(knobs, 0).make_model()
    assert round(sum(weights.numel() for weights in model.parameters()) / 1e6) == int(said[2])
    assert "about" in size.title
    assert f"a GPT of {said[2]} M weights (its dial *{size.title}* stands at {said[1]})" in " ".join(
        (ROOT / "README.md").read_text(encoding="utf-8").split()
    )
