"""What a look costs is a core's time, told with what a text took of it; it makes what it is asked for, the last all."""

import itertools
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import torch

from engine.config.spec import make_spec
from engine.ipc.orders import Evaluate, Look
from engine.ipc.reports import Looked, Wrote
from engine.ipc.shared_memory import SharedMemory
from engine.rank.evaluator.evaluator import Evaluator
from engine.rank.state.canonical import Held
from engine.rank.state.snapshot import SnapshotWriter
from engine.rank.state.weights import Weights
from engine.rank.step.optimizer import make_optimizer
from engine.rank.workloads import text_attention
from tests.engine.rank.evaluator.test_format_of_a_look import Told

KNOBS = {"heads": 1, "head_width": 4, "context": 16}
SPEC = make_spec("text-attention", knobs=KNOBS, mode="cpu,threads=1")


@pytest.fixture
def evaluator() -> Iterator[Evaluator]:
    """Before a snapshot of fresh weights."""
    model = text_attention.build(SPEC.knobs, SPEC.seed).make_model()
    weights = Weights(model)
    held = Held(model, weights, make_optimizer("adam", list(weights.stepped.values()), 0.1, torch.device("cpu")))
    with closing(SharedMemory("snapshot", 0)) as memory:
        SnapshotWriter(memory.descriptor, held, is_wanted=True).write((0, 1), has_header=True)
        made = Evaluator(Evaluate(spec=SPEC, origin_s=0.0), Told(), memory.descriptor)
        yield made
        made._snapshot._memory = None


def looked(
    evaluator: Evaluator, step: int, *, writes: bool, validates: bool, gently: bool = True
) -> tuple[Looked, int]:
    """What a look tells, and how many texts were written to the end in it."""
    told: Any = evaluator._control
    told.reports.clear()
    evaluator.newest = step
    evaluator.look(Look(number=step, step=step, precision="fp32", gently=gently, writes=writes, validates=validates))
    (report,) = (report for report in told.reports if isinstance(report, Looked))
    return report, sum(isinstance(report, Wrote) and report.text.is_over for report in told.reports)


def test_a_look_writes_and_validates_as_it_is_asked_to_and_the_last_one_does_both_on_all(evaluator: Evaluator) -> None:
    both, texts = looked(evaluator, 0, writes=True, validates=True)
    assert both.units > 0
    assert texts == 1
    written, texts = looked(evaluator, 1, writes=True, validates=False)
    assert (written.units, written.held_back) == (0, both.held_back)
    assert texts == 1
    validated, texts = looked(evaluator, 2, writes=False, validates=True)
    assert (validated.units, validated.writing_s) == (both.units, 0.0)
    assert texts == 0
    last, texts = looked(evaluator, 3, writes=False, validates=True, gently=False)
    assert last.units == last.held_back
    assert texts == 1


def test_costs_are_times_of_a_core_whatever_the_clock_says(
    evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ages = itertools.count(0.0, 100.0)
    monkeypatch.setattr("engine.rank.evaluator.evaluator.perf_counter", lambda: next(ages))  # waits for a core
    begin_s = time.thread_time()
    report, _ = looked(evaluator, 0, writes=True, validates=True)
    most_s = time.thread_time() - begin_s
    assert report.seconds >= 100
    assert 0 < report.writing_s < report.work_s < most_s
