"""Text by one attention block: it is what its layers are, it learns more than how often a character comes, and it
computes in every format."""

import math
from collections import Counter
from collections.abc import Callable

import pytest
import torch

from engine.config.cards import workloads
from engine.config.spec import make_spec
from engine.events import RunFinished, Validated
from engine.rank.workloads import text_attention
from tests.conftest import Watched

Watch = Callable[..., Watched]
KNOBS = {"heads": 4, "head_width": 8, "context": 32}


def test_its_card_is_true() -> None:
    card = workloads()["text-attention"]
    workload = text_attention.build({knob.name: knob.default for knob in card.knobs}, 0)
    assert workload.validation is not None
    assert (len(workload.train), len(workload.validation)) == (card.train_samples, card.validation_samples)
    assert len(workload.layers) == card.layers


def test_its_layers_one_after_the_other_are_the_model_and_no_character_sees_the_next() -> None:
    workload = text_attention.build(KNOBS, 0)
    model = workload.make_model()
    inputs, targets = workload.train.first(3)
    values = inputs
    for name in workload.layers:
        values = model.get_submodule(name)(values)
    assert torch.equal(values, model(inputs))
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    changed = inputs.clone()
    changed[:, 20:] = 7
    assert torch.allclose(model(changed)[:, :20], values[:, :20], atol=1e-6)
    assert not torch.allclose(model(changed)[:, 20:], values[:, 20:], atol=1e-2)


def test_no_line_that_is_validated_on_was_trained_on() -> None:
    for context in (16, 128):
        workload = text_attention.build(KNOBS | {"context": context}, 0)
        text = text_attention.TEXT.read_text()
        known = sorted(set(text))
        assert workload.validation is not None
        last, _ = workload.train.take(torch.tensor([len(workload.train) - 1]))
        assert "".join(known[number] for number in last[0]) == text[119_999 : 119_999 + context]
        first, _ = workload.validation.first(1)
        assert "".join(known[number] for number in first[0]) == text[120_128 : 120_128 + context]


def unigram_loss() -> float:
    """Of who knows how often each character comes, and no more: nats a character of the text held back."""
    text = text_attention.TEXT.read_text()
    counts = Counter(text[:120_000])
    held_back = text[120_128:]
    return -sum(math.log(counts[character] / 120_000) for character in held_back) / len(held_back)


def test_it_learns_more_than_how_often_a_character_comes(watch: Watch) -> None:
    run = watch(make_spec("text-attention", mode="cpu,threads=1", steps=300))
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    last = run.of(Validated)[-1]
    assert isinstance(last, Validated)
    assert last.loss is not None
    print(f"held back: {last.loss:.2f} nats a character, {last.accuracy:.0%} right; unigram {unigram_loss():.2f}")
    assert last.samples == 6_400
    assert last.loss < unigram_loss() - 0.7
    assert last.accuracy > 0.25


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_it_computes_in_every_format_and_mode(watch: Watch, precision: str) -> None:
    modes = ["threads=1", "tp=2", "pp=2,schedule=zero-bubble", "fsdp=2", "dp=2,tp=2", "hogwild=2"]
    run = watch(make_spec("text-attention", mode=f"cpu,{modes[0]},precision={precision}", steps=60, knobs=KNOBS))
    for number, mode in enumerate(modes[1:], 1):
        run.session.run_until(10 * number)
        run.until(lambda m, at=10 * number: getattr(m, "status", "") == "paused" and m.step == at)
        run.session.shift(f"cpu,{mode},precision={precision}")
        run.until(lambda m: getattr(m, "event", m.__class__.__name__) == "Shifted")
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    losses = run.losses()
    assert list(losses) == list(range(60))
    assert losses[59] < losses[0] - 0.5
