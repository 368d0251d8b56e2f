"""Text by one attention block: it is what its layers are, it beats who knows pairs of characters, and it computes in
every format."""

import re
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import torch

from engine.anatomy import ModelCount
from engine.cli.terminal import Terminal
from engine.config.cards import workloads
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from engine.events.ranks import StepAnatomy
from engine.events.run import RunFinished, SegmentStarted
from engine.explain.verdicts import Verdicts
from engine.rank.data.python_text import TRAIN_CHARACTERS, documentation, text_of
from engine.rank.memory_need import bytes_needed, sizes_of
from engine.rank.workloads import text_attention
from engine.rows import StepBatch
from gui.exports import export_curves
from tests.conftest import Watched
from tests.engine.rank.workloads.baselines import bigram_loss_of
from tests.engine.rank.workloads.layers import sees_only_what_came_before, through_layers

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
    inputs, _ = workload.train.first(3)
    assert torch.equal(through_layers(workload, model, inputs), model(inputs))
    assert sees_only_what_came_before(workload, model)


def test_no_line_that_is_validated_on_was_trained_on() -> None:
    for context in (16, 128):
        workload = text_attention.build(KNOBS | {"context": context}, 0)
        text = documentation()
        assert workload.validation is not None
        _, asked = workload.train.take(torch.tensor([len(workload.train) - 1]))
        end = TRAIN_CHARACTERS + context  # behind the last character that is trained on
        assert text_of(asked[0]) == text[end - context : end]
        first, _ = workload.validation.first(1)
        begin = TRAIN_CHARACTERS + text_attention.APART
        assert text_of(first[0]) == text[begin : begin + context]
        assert begin >= end


def test_it_beats_who_knows_how_often_each_character_follows_each(watch: Watch) -> None:
    run = watch(make_spec("text-attention", mode="cpu,threads=1", steps=300))
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    last = run.of(Validated)[-1]
    assert isinstance(last, Validated)
    assert last.loss is not None
    baseline = bigram_loss_of(text_attention.build(run.session.spec.knobs, 0))
    print(f"held back: {last.loss:.2f} nats a character, {last.metric:.0%} right; bigram {baseline:.2f}")
    assert last.samples == 6_400
    assert last.loss < baseline - 0.1


@pytest.mark.slow
@pytest.mark.parametrize("precision", [pytest.param("fp32", marks=pytest.mark.long), "bf16"])
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


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["dp=2", "tp=2", "pp=2", "fsdp=2"])
def test_what_it_sends_is_what_the_formulas_say(watch: Watch, mode: str) -> None:
    """fp32, 6 lines of 32 characters, width 32: so many bytes has a vector for each character."""
    run = watch(make_spec("text-attention", mode=mode, batch_size=6, knobs=KNOBS))
    run.session.play()
    step = run.until(lambda m: isinstance(m, StepAnatomy))
    assert isinstance(step, StepAnatomy)
    vectors = 4 * 6 * 32 * 32
    weights = 4 * sum(p.numel() for p in text_attention.build(KNOBS, 0).make_model().parameters())
    for rank in step.ranks:
        sent = {entry.kind: (entry.count, entry.payload_bytes) for entry in rank.traffic}
        if mode == "dp=2":
            assert sent == {"all-reduce": (1, weights)}
        elif mode == "tp=2":
            # Forward adds up the embedding's rows, O's and W2's; backward what comes before Q K V, W1 and W3. Scores of
            # characters are gathered: 96 of them, half on each rank.
            assert sent == {"all-reduce": (6, 6 * vectors), "all-gather": (1, 4 * 6 * 32 * 48)}
        elif mode == "pp=2":
            padded = vectors * 8 // 6  # four micro-batches of two lines each
            assert sent == {"send": (4, padded), "receive": (4, padded)}
        else:  # all rows divide by two: nothing is padded
            assert sent.keys() == {"all-gather", "reduce-scatter"}
            assert sent["reduce-scatter"][1] == weights
            assert sent["all-gather"][1] == weights  # four layers, half of each gathered twice
    (started,) = run.of(SegmentStarted)
    whole = ModelCount(weights=weights // 4, trained=weights // 4, number_bytes=4)
    assert started.ranks[0].model == whole  # type: ignore[attr-defined]
    held = sum(rank.held.parameter_bytes for rank in step.ranks if rank.held)
    named = text_attention.build(KNOBS, 0).make_model().named_parameters()
    replicated = sum(4 * parameter.numel() for name, parameter in named if alike(name))
    assert held == {"dp=2": 2 * weights, "tp=2": weights + replicated}.get(mode, weights)


def alike(name: str) -> bool:
    """What every rank of a tensor-parallel mode has whole: norms, places, biases that are added to a sum."""
    return "norm" in name or "places" in name or name in ("attention.out.bias", "feed.shrink.bias")


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode",
    ["cpu,threads=1", *(pytest.param(f"cpu,{m}", marks=pytest.mark.long) for m in ("dp=2", "tp=2", "fsdp=2"))],
)
def test_no_more_memory_is_taken_than_was_stated(watch: Watch, mode: str) -> None:
    knobs = {"heads": 8, "head_width": 32, "context": 128}
    run = watch(make_spec("text-attention", knobs=knobs, batch_size=128, mode=mode))
    run.session.play()
    for _ in range(2):
        run.until(lambda m: isinstance(m, StepBatch))
    crew = run.session._run.crews.crew
    assert crew is not None
    taken = sum(psutil.Process(process.pid).memory_full_info().pss for process in crew.processes)
    sizes = sizes_of(text_attention.build(knobs, 0), torch.float32)
    stated = bytes_needed(sizes, parse_mode(mode), "adam", 128)
    print(f"{mode}: {stated / 2**20:,.0f} MiB stated, {taken / 2**20:,.0f} MiB taken")
    assert taken < stated + 300 * 2**20  # the fork server's pages, which were there before
    assert taken > stated / 4


def test_tokens_are_what_is_counted_in_csv_and_in_the_terminal(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = make_spec("text-attention", mode="cpu,threads=1", steps=8, batch_size=6, knobs=KNOBS)
    run = watch(spec)
    run.session.play()
    finished = run.until(lambda m: isinstance(m, RunFinished))
    run.session.close()
    export_curves(run.session, tmp_path / "curves.csv")
    header, first, *_ = (tmp_path / "curves.csv").read_text().splitlines()
    assert header.split(",")[header.split(",").index("seconds") + 1] == "tokens"
    assert str(6 * 32) in first.split(",")
    terminal = Terminal(spec, Verdicts(), quiet=False)
    for message in [*run.of(SegmentStarted), finished]:
        terminal.show(message)
    assert re.search(r" tokens/s  median step \S+ ms  \S+ GFLOP/s", capsys.readouterr().err)
