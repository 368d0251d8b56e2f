"""Plain code: the same model in plain Python, in numpy and in torch, to rounding; and where it cannot be had."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from engine.config.cards import techniques, workloads
from engine.config.catalogue import every_mode, modes_that_fit
from engine.config.fits import facts_of, why_not
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.ranks import StepAnatomy
from engine.rank.data.workload import Code, Workload
from engine.rank.plain.number import Number, backward, dot, terms, total
from engine.rank.workloads import gpt_in_plain_python
from tests.conftest import Watched
from tests.engine.rank.test_parity import STEPS, furthest, train

NAME = "gpt-in-plain-python"
KNOBS = {"heads": 2, "head_width": 3}
Watch = Callable[..., Watched]


def built(dtype: torch.dtype = torch.float64) -> tuple[Workload, nn.Module]:
    workload = gpt_in_plain_python.build({**KNOBS}, 0).to(torch.device("cpu"), dtype)
    torch.manual_seed(5)
    return workload, workload.make_model().to(dtype)


def by_torch(workload: Workload, model: nn.Module, inputs: Tensor, targets: Tensor) -> tuple[float, dict[str, Tensor]]:
    loss_sum = workload.loss_sum(model(inputs), targets)
    found = torch.autograd.grad(loss_sum, list(model.parameters()))
    return loss_sum.item(), dict(zip(dict(model.named_parameters()), found, strict=True))


def by_code(code: Code, model: nn.Module, inputs: Tensor, targets: Tensor) -> tuple[float, Mapping[str, object]]:
    weights = {name: weight.detach().numpy() for name, weight in model.named_parameters()}
    loss_sum, gradients = code(weights, inputs.numpy(), targets.numpy())
    return loss_sum, gradients()


@pytest.mark.parametrize("code", workloads()[NAME].code)
def test_a_loss_and_all_its_gradients_are_those_of_torch(code: str) -> None:
    """Names of unequal length, weights far enough from fresh ones that no gradient is small by accident."""
    workload, model = built()
    for parameter in model.parameters():
        parameter.data *= 5.0
    inputs, targets = workload.train.first(7)
    loss_sum, gradients = by_torch(workload, model, inputs, targets)
    same_sum, same = by_code(workload.code[code], model, inputs, targets)
    assert abs(same_sum - loss_sum) < 1e-12 * loss_sum
    assert set(same) == set(gradients)
    for name, gradient in gradients.items():
        found = torch.as_tensor(same[name], dtype=torch.float64)
        assert float((found - gradient).norm() / gradient.norm()) < 1e-12, name


def test_numbers_know_the_slopes_of_what_they_are_computed_of() -> None:
    """Beside differences of the function itself: (f(x + h) - f(x - h)) / 2 h."""

    def computed(values: list[float]) -> tuple[Number, list[Number]]:
        tape: list[Number] = []
        a, b, c = (Number(value, tape) for value in values)
        d = dot([a, b, a], [b, c, c])
        return total([d.exp(), (a * b).log(), c.scaled(-3.0, 1.0).relu(), (b + c).power(-0.5), d]), [a, b, c]

    values, step = [0.3, 0.7, 0.2], 1e-6
    loss, numbers = computed(values)
    backward(loss)
    for place, number in enumerate(numbers):
        moved = [[value + (sign * step if at == place else 0.0) for at, value in enumerate(values)] for sign in (1, -1)]
        above, below = (computed(each)[0].value for each in moved)
        assert number.gradient == pytest.approx((above - below) / (2 * step), rel=1e-8)
        assert number.gradient == pytest.approx(sum(first * second for first, second in terms(number)), rel=1e-14)


def test_a_run_through_all_three_is_the_run_in_torch(watch: Watch, tmp_path: Path) -> None:
    """The curve goes on unbroken: weights and the optimizer's state are handed over from code to code."""
    spec = make_spec(NAME, mode="cpu,threads=1,precision=fp64", steps=STEPS, batch_size=3, knobs={**KNOBS})
    shifts = {
        30: "cpu,code=python,threads=1,precision=fp64",
        40: "cpu,code=numpy,threads=1,precision=fp64",
        80: spec.mode,
    }
    one = train(watch, spec, {}, tmp_path / "torch", {})
    other = train(watch, spec, shifts, tmp_path / "all", {})
    assert furthest(one, other) < 1e-12


class Operations(TorchDispatchMode):
    """How many operations of torch there are while it is active."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def test_one_sample_goes_through_as_many_operations_of_torch_and_a_rank_tells_how_many(watch: Watch) -> None:
    workload, model = built()
    counts = []
    for samples in (1, 16):
        with Operations() as seen:
            by_torch(workload, model, *workload.train.first(samples))
        counts.append(seen.count)
    assert counts[1] > 50
    assert abs(counts[1] - counts[0]) < 0.05 * counts[1]
    run = watch(make_spec(NAME, mode="cpu,code=numpy,threads=1", knobs={**KNOBS}))
    run.session.play()
    found = run.until(lambda message: isinstance(message, StepAnatomy))
    assert isinstance(found, StepAnatomy)
    assert found.ranks[0].calls is not None
    assert found.ranks[0].calls.operations is None, "it is not torch that computes"
    run.session.shift("cpu,threads=1")
    found = run.until(lambda message: isinstance(message, StepAnatomy) and message.segment == 1)
    assert isinstance(found, StepAnatomy)
    calls = found.ranks[0].calls
    assert calls is not None
    assert calls.operations is not None
    assert abs(calls.operations - counts[0]) < 0.05 * counts[0]
    told = found.ranks[0].operations
    assert told is not None
    assert counts[1] <= told < 1.2 * counts[1], "of the batch, and a few that keep the loss"
    assert 0 < calls.sample_s < 10 * calls.batch_s


def test_where_it_cannot_be_had_it_is_said_why() -> None:
    facts = facts_of(NAME, KNOBS)
    assert why_not(parse_mode("code=python"), facts) is None
    for text in ("code=python,threads=2", "code=numpy,dp=2", "code=numpy,accumulate=2", "code=python,pp=2"):
        assert str(why_not(parse_mode(text), facts)).startswith("Plain code computes in one process on one thread")
    reason = "Plain code does not compute in bf16: it has fp64, fp32."
    assert str(why_not(parse_mode("code=numpy,precision=bf16"), facts)) == reason
    assert str(why_not(parse_mode("cuda:0,code=numpy"), facts)) == "Plain code runs on cpu, not on cuda:0."
    elsewhere = facts_of("digits-mlp", make_spec("digits-mlp").knobs)
    reason = "This model is not written so. code = numpy is there for: Names · Plain GPT."
    for text in ("code=numpy", "code=numpy,threads=2", "code=numpy,dp=2", "cuda:0,code=numpy,precision=bf16"):
        assert str(why_not(parse_mode(text), elsewhere)) == reason, "first what no other choice would change"


def test_its_mode_has_one_thread_and_a_name() -> None:
    mode = parse_mode("code=python")
    assert mode.text == "cpu,code=python,threads=1"
    assert mode.name == "1 thread in python"
    assert mode.words == "Single process · CPU · 1 thread · Plain code python · fp32"
    assert parse_mode("code=torch,threads=2").text == "cpu,threads=2"


def test_every_code_is_a_mode_of_the_workloads_that_are_written_in_it_alone() -> None:
    """The parity test takes its modes from there."""
    codes = {f"cpu,code={code},threads=1" for code in workloads()[NAME].code}
    assert codes < {mode.text for mode in modes_that_fit(NAME, KNOBS, 1, precision="fp32")}
    modes = modes_that_fit("digits-mlp", make_spec("digits-mlp").knobs, 1, 2, precision="fp32")
    assert not any(card.alone for mode in [*modes, *every_mode(2)] for card in mode.cards)
    assert sum(card.alone for card in techniques().values()) == 1
