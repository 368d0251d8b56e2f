"""A run to a bar: what a workload's own defaults reach on one thread, as the window and the terminal would train it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from torch import Tensor

from engine.config.cards import workloads
from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from engine.events.run import RunFinished
from engine.packs.presence import why_absent
from engine.rank.data.workload import Workload
from tests.conftest import Watched

Watch = Callable[..., Watched]


def reached(watch: Watch, workload: str, steps: int, limit_s: float = 110, **knobs: Any) -> Validated:
    """The validation of the last weights, after so many steps."""
    run = watch(make_spec(workload, mode="cpu,threads=1", steps=steps, knobs=knobs))
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished), limit_s=limit_s)
    last = run.of(Validated)[-1]
    assert isinstance(last, Validated)
    assert last.step == steps
    assert last.loss is not None
    assert last.metric is not None
    print(f"{workload}, {steps:,} steps: held back, loss {last.loss:.3f}, {last.metric_name} {last.metric:.4g}")
    return last


def built(name: str, seed: int = 0, **knobs: Any) -> Workload:
    """The workload with its defaults but for these knobs."""
    card = workloads()[name]
    made: Workload = import_module(card.module).build({knob.name: knob.default for knob in card.knobs} | knobs, seed)
    return made


def whole(workload: Workload) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Inputs and targets to train on and to validate on."""
    assert workload.validation is not None
    return *workload.train.first(len(workload.train)), *workload.validation.first(len(workload.validation))


def need(pack: str) -> None:
    """The pack is here (GEARSHIFT_PACKS says where), or the test is skipped."""
    if reason := why_absent(pack):
        pytest.skip(reason)
