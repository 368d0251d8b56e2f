"""What holds of every model that is built of layers, and of every one that foretells the next character."""

import torch
from torch import Tensor, nn

from engine.rank.data.workload import Workload


def through_layers(workload: Workload, model: nn.Module, inputs: Tensor) -> Tensor:
    """What the declared layers make of `inputs`, one after the other."""
    values = inputs
    for name in workload.layers:
        values = model.get_submodule(name)(values)
    return values


def sees_only_what_came_before(workload: Workload, model: nn.Module) -> bool:
    """Characters from the 20th on, changed, change nothing that is said of those before, and what is said of them."""
    inputs, targets = workload.train.first(3)
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    changed = inputs.clone()
    changed[:, 20:] = 7
    said, otherwise = model(inputs), model(changed)
    return torch.allclose(otherwise[:, :20], said[:, :20], atol=1e-6) and not torch.allclose(
        otherwise[:, 20:], said[:, 20:], atol=1e-2
    )
