"""What is validated on in passing: all of the split where that costs little, else the same few samples of all of it."""

import pytest
import torch

from engine.rank.data.flops import flops_per_unit, forward_flops
from engine.rank.evaluator.validation import PASSING_FLOPS, in_passing, validate, whole
from engine.rank.step.precision import Precision
from engine.rank.workloads import digits_mlp, spirals, text_gpt

FP64 = Precision("fp64", torch.device("cpu"))
MLP = {"hidden": 16, "layers": 3, "side": 8, "copies": 1}
GPT = {"size": 3.0, "tokens": "BPE"}


def test_a_small_model_is_validated_on_the_whole_split() -> None:
    workload = digits_mlp.build(MLP, 0)
    assert in_passing(workload).tolist() == whole(workload).tolist() == list(range(360))


def test_a_large_one_on_as_many_samples_as_cost_so_much_spread_over_the_split() -> None:
    workload = text_gpt.build(GPT, 0)
    samples = in_passing(workload).tolist()
    assert workload.validation is not None
    assert 1 < len(samples) < len(whole(workload)) == 64
    assert PASSING_FLOPS * 0.5 < len(samples) * forward_flops(workload) <= PASSING_FLOPS
    assert samples == [(2 * number + 1) * 64 // (2 * len(samples)) for number in range(len(samples))]


def test_one_sample_costs_a_third_of_what_forward_and_backward_do() -> None:
    workload = text_gpt.build({"size": 0.8}, 0)
    assert forward_flops(workload) == pytest.approx(flops_per_unit(workload) * 128 / 3, rel=1e-3)


def test_sums_are_over_those_samples_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = digits_mlp.build(MLP, 0).to(torch.device("cpu"), torch.float64)
    model = workload.make_model().double().eval()
    monkeypatch.setattr("engine.rank.evaluator.validation.PASSING_FLOPS", 7.5 * forward_flops(workload))
    samples = in_passing(workload)
    assert samples.tolist() == [(2 * number + 1) * 360 // 14 for number in range(7)]
    found = validate(model, workload, FP64, samples, lambda: True)
    assert workload.validation is not None
    inputs, targets = workload.validation.take(samples)
    assert found is not None
    assert found.units == 7
    assert found.loss_sum == pytest.approx(workload.loss_sum(model(inputs), targets).item(), rel=1e-12)
    assert validate(model, workload, FP64, samples, lambda: False) is None


def test_where_nothing_is_held_back_nothing_is_looked_at() -> None:
    workload = spirals.build({"hidden": 8, "layers": 3, "turns": 1.5, "noise": 0.02}, 0)
    bare = type(workload)(**{**vars(workload), "validation": None})
    found = validate(bare.make_model(), bare, Precision("fp32", torch.device("cpu")), in_passing(bare), lambda: True)
    assert found == (0.0, 0.0, 0)
