"""Where a model is cut: by what its layers compute, whatever else the machine does meanwhile."""

import time

import torch
from torch import Tensor, nn

from engine.rank.modes.pipeline_cuts import balance, measure_costs

WAIT_S = 0.2


class Kept(nn.Linear):
    """A layer whose rank has no core for a while, as beside other programs."""

    def forward(self, values: Tensor) -> Tensor:
        time.sleep(WAIT_S)
        return super().forward(values)


def test_that_a_layer_waits_for_a_core_is_no_cost_of_it() -> None:
    costs = measure_costs([[nn.Linear(64, 64)], [Kept(64, 64)]], torch.randn(32, 64))
    assert max(costs) < WAIT_S / 4


def test_the_costliest_stage_is_as_cheap_as_it_can_be() -> None:
    assert balance([1, 1, 1, 1], 2) == [0, 2, 4]
    assert balance([1, 1, 1, 3], 2) == [0, 3, 4]
    assert balance([3, 1, 1, 1], 2) == [0, 1, 4]
