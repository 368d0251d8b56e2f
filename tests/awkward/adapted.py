"""A frozen encoder of sentences with low-rank adapters beside attention's matrix; groups of lines of unequal length."""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload
from engine.rank.models import minilm
from engine.rank.workloads.answer_matching import Match

CARD = {
    "name": "adapted",
    "title": "Adapted",
    "summary": "Adapters.",
    "batch_size": 12,
    "lr": 0.001,
    "train_samples": 60,
    "validation_samples": 0,
    "layers": 5,
    "widths": ["heads"],
    "knobs": [
        {"name": "heads", "title": "Heads", "help": "Heads.", "default": 4, "minimum": 1, "maximum": 8},
    ],
}


def build(knobs: Knobs, seed: int) -> Workload:
    """Each of three lines is to find one of three others."""
    shape = minilm.Shape(pieces=31, width=4 * int(knobs["heads"]), heads=int(knobs["heads"]), blocks=3)
    generator = torch.Generator().manual_seed(seed)
    lines = torch.randint(1, shape.pieces, (60, 2, 3, 7), generator=generator)
    lines[torch.arange(7) >= torch.randint(1, 8, (60, 2, 3, 1), generator=generator)] = 0

    def make_model() -> nn.Module:
        parts = minilm.encoder(shape, 7, "low-rank", None)
        for name, parameter in nn.ModuleDict(parts).named_parameters():
            if name.endswith("weight") and parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.3)
        return nn.Sequential(parts | OrderedDict(match=Match(shape.width)))

    return Workload(
        train=Tensors(lines, torch.arange(3).expand(60, 3), 3),
        make_model=make_model,
        layers=(*minilm.layers(shape), "match"),
        splits=minilm.splits(shape, "low-rank"),
        heads=shape.heads,
        loss_sum=lambda near, wanted: functional.cross_entropy(
            9 * near.flatten(0, 1), wanted.flatten(), reduction="sum"
        ),
        score_sum=lambda near, wanted: (near.argmax(2) == wanted).sum(),
    )
