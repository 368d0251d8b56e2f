"""Models as looks and tries are given them, with weights that are not trained but always the same."""

import importlib
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from engine.config.cards import workloads
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Workload


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small models on a crowded machine: threads would wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def subject_of(
    name: str, *chosen: int, spread: float | None = None, **knobs: int | float | str
) -> tuple[Workload, Subject]:
    """A workload by its card's defaults but for `knobs`, and its model; `spread`, if given, is that of its weights."""
    torch.manual_seed(3)
    card = workloads()[name]
    asked = {knob.name: knob.default for knob in card.knobs} | knobs
    workload = importlib.import_module(card.module).build(asked, 0)
    model = workload.make_model().eval()
    for parameter in model.parameters() if spread is not None else ():
        nn.init.normal_(parameter, std=spread)
    return workload, Subject(model, workload.validation, torch.no_grad()(model), chosen)
