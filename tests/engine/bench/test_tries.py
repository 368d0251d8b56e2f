"""`gearshift bench tries`: there is something to give to every try of every workload."""

import pytest

from engine.bench.tries import given
from engine.config.cards import workloads

TRIES = [(name, card.name, card.kind) for name, workload in workloads().items() for card in workload.tries]


@pytest.mark.parametrize(("workload", "name", "kind"), TRIES)
def test_every_try_can_be_asked(workload: str, name: str, kind: str) -> None:
    assert given(kind, 3).__struct_config__.tag == kind, f"{name} of {workload}"
