"""A crew's state in memory, and what a saver makes of it and tells: for tests without ranks."""

import contextlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import torch
from torch import nn

from engine.ipc.control import Control
from engine.ipc.gate import GATE_BYTES, TALLY_BYTES
from engine.ipc.shared_memory import SharedMemory
from engine.rank.place.files import CrewFiles
from engine.rank.state.canonical import Held
from engine.rank.state.shared_state import SharedState
from engine.rank.state.weights import Weights
from engine.rank.step.optimizer import make_optimizer


class Told(Control):
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.reports: list[Any] = []

    def report(self, report: Any) -> None:
        self.reports.append(report)


@contextlib.contextmanager
def states_of_ranks(count: int, value: float = 1.0) -> Iterator[list[SharedState]]:
    """The state of a crew, as each of its ranks sees it; weights are all `value`. The first rank has written once."""
    model = nn.Linear(3, 2)
    nn.init.constant_(model.weight, value)
    weights = Weights(model)
    held = Held(model, weights, make_optimizer("sgd", list(weights.stepped.values()), 0.1, torch.device("cpu")))
    with closing(SharedMemory("gate", GATE_BYTES + TALLY_BYTES)) as gate, closing(SharedMemory("state", 0)) as memory:
        files = CrewFiles(gate=gate.descriptor, state=memory.descriptor, snapshot=-1, former=None, rendezvous="")
        ranks = [SharedState(files, held.layout, rank, count) for rank in range(count)]
        ranks[0].begin()
        held.write(ranks[0].views, (0, 1))
        ranks[0].end()
        yield ranks


@contextlib.contextmanager
def shared_state(value: float) -> Iterator[SharedState]:
    """The state of a crew of one rank, whose weights are all `value`, written once."""
    with states_of_ranks(1, value) as (state,):
        yield state
