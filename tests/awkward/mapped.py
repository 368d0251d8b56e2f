"""Data that lies in two files: bytes on disk, fractions for the model."""

from pathlib import Path

from torch import nn
from torch.nn import functional

from engine.rank.data.source import Mapped
from engine.rank.data.workload import Knobs, Workload, build_mlp

CARD = {
    "name": "mapped",
    "title": "Mapped",
    "summary": "Samples in files.",
    "batch_size": 24,
    "lr": 0.003,
    "train_samples": 20_000,
    "validation_samples": 20_000,
    "layers": 4,
}
INPUTS, TARGETS = (Path(__file__).with_name(f"mapped-{name}.npy") for name in ("inputs", "targets"))


def build(knobs: Knobs, seed: int) -> Workload:
    """Samples are read when they are wanted, and the next batch while a step computes."""
    source = Mapped(INPUTS, TARGETS, change=lambda rows: rows / 255)
    return Workload(
        train=source,
        validation=source,
        make_model=lambda: build_mlp([256, 32, 32, 32, 4], nn.ReLU),
        loss_sum=lambda outputs, classes: functional.cross_entropy(outputs, classes, reduction="sum"),
        score_sum=lambda outputs, classes: (outputs.argmax(1) == classes).sum(),
    )
