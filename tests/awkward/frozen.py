"""A chain with a frozen first layer and buffers that standardise its inputs. There is nothing to validate on."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, build_mlp

CARD = {
    "name": "frozen",
    "title": "Frozen",
    "summary": "A frozen first layer, buffers, no validation.",
    "batch_size": 24,
    "lr": 0.003,
    "train_samples": 300,
    "validation_samples": 0,
    "layers": "depth",
    "widths": ["hidden"],
    "knobs": [
        {"name": "hidden", "title": "Hidden", "help": "Width.", "default": 32, "minimum": 4, "maximum": 64},
        {"name": "depth", "title": "Depth", "help": "Layers.", "default": 8, "minimum": 2, "maximum": 16},
    ],
}


class Standardise(nn.Module):
    """Inputs with mean 0 and deviation 1, by what was measured once."""

    def __init__(self, inputs: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", inputs.mean(0))
        self.register_buffer("deviation", inputs.std(0))

    def forward(self, inputs: Tensor) -> Tensor:
        return (inputs - self.mean) / self.deviation


def build(knobs: Knobs, seed: int) -> Workload:
    """A regression of the distance from the origin."""
    inputs = 3 + torch.randn(300, 6, generator=torch.Generator().manual_seed(seed))
    targets = inputs.norm(dim=1)

    def make_model() -> nn.Module:
        chain = build_mlp([6, *[int(knobs["hidden"])] * (int(knobs["depth"]) - 1), 1], nn.Tanh)
        model = nn.Sequential(Standardise(inputs.to(torch.get_default_dtype())), *chain)
        model[1].requires_grad_(False)
        return model

    return Workload(
        train=Tensors(inputs, targets),
        make_model=make_model,
        loss_sum=lambda outputs, distances: functional.mse_loss(outputs[:, 0], distances, reduction="sum"),
        score_sum=lambda outputs, distances: ((outputs[:, 0] - distances).abs() < 0.1).sum(),
    )
