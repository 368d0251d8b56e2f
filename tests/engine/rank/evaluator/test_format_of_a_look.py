"""The last look of a run may come while one in idle time has its format built: each computes in its own."""

from contextlib import closing
from typing import Any

import pytest
import torch

from engine.config.spec import make_spec
from engine.ipc.control import Control
from engine.ipc.orders import Evaluate, Look
from engine.ipc.reports import Looked
from engine.ipc.shared_memory import SharedMemory
from engine.rank.evaluator.evaluator import Evaluator
from engine.rank.state.canonical import Held
from engine.rank.state.snapshot import SnapshotWriter
from engine.rank.state.weights import Weights
from engine.rank.step.optimizer import make_optimizer
from engine.rank.workloads import spirals

KNOBS = {"hidden": 8, "layers": 3, "turns": 1.5, "noise": 0.02}
SPEC = make_spec("spirals", knobs=KNOBS, mode="cpu,threads=1,precision=fp64")


class Told(Control):
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.reports: list[Any] = []

    def report(self, report: Any) -> None:
        self.reports.append(report)


def test_a_look_that_comes_while_another_format_is_built_computes_in_its_own() -> None:
    torch.manual_seed(5)
    workload = spirals.build(KNOBS, SPEC.seed).to(torch.device("cpu"), torch.float64)
    model = workload.make_model().double()
    weights = Weights(model)
    held = Held(model, weights, make_optimizer("adam", list(weights.stepped.values()), 0.1, torch.device("cpu")))
    told = Told()
    with closing(SharedMemory("snapshot", 0)) as memory:
        SnapshotWriter(memory.descriptor, held, is_wanted=True).write((0, 1), has_header=True)
        evaluator = Evaluator(Evaluate(spec=SPEC, origin_s=0.0), told, memory.descriptor)
        build = evaluator._in_format

        def interrupted(dtype: torch.dtype) -> Any:
            evaluator._in_format = build  # type: ignore[method-assign]
            evaluator.newest = 1
            evaluator.look(Look(number=1, step=100, precision="fp64", gently=False, writes=False, validates=True))
            return build(dtype)

        evaluator._in_format = interrupted  # type: ignore[method-assign]
        evaluator.look(Look(number=0, step=0, precision="fp64", gently=True, writes=False, validates=True))
    (looked,) = (report for report in told.reports if isinstance(report, Looked))
    assert workload.validation is not None
    inputs, targets = workload.validation.first(len(workload.validation))
    with torch.no_grad():
        expected = float(workload.loss_sum(model(inputs), targets))
    assert (looked.number, looked.step) == (1, 100)
    assert looked.loss_sum == pytest.approx(expected, rel=1e-13)
