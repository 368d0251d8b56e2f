"""A model that is no chain: two branches that are added up. Neither layers nor splits are declared."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload

CARD = {
    "name": "branched",
    "title": "Branched",
    "summary": "Two branches that are added up.",
    "batch_size": 24,
    "lr": 0.003,
    "train_samples": 300,
    "validation_samples": 40,
}


class Branched(nn.Module):
    """out(tanh(left(x)) * right(x) + x)."""

    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleDict({"left": nn.Linear(6, 6), "right": nn.Linear(6, 6)})
        self.out = nn.Linear(6, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.out(self.branches["left"](inputs).tanh() * self.branches["right"](inputs) + inputs)
        return outputs


def build(knobs: Knobs, seed: int) -> Workload:
    """Which of the first three numbers is the largest?"""
    inputs = torch.randn(340, 6, generator=torch.Generator().manual_seed(seed))
    targets = inputs[:, :3].argmax(1)
    return Workload(
        train=Tensors(inputs[:300], targets[:300]),
        validation=Tensors(inputs[300:], targets[300:]),
        make_model=Branched,
        loss_sum=lambda outputs, classes: functional.cross_entropy(outputs, classes, reduction="sum"),
        score_sum=lambda outputs, classes: (outputs.argmax(1) == classes).sum(),
    )
