"""Fully sharded data parallel: every rank keeps one n-th of the weights, gradients and optimizer state.

              memory between uses                        while a layer computes
    rank 0:  [ W1.0 | W2.0 | W3.0 ]   all-gather W1  ->  [ W1 ] forward   then drop what is not mine
    rank 1:  [ W1.1 | W2.1 | W3.1 ]   all-gather W1  ->  [ W1 ] forward   (in backward once more)
                                      reduce-scatter dW1:  rank r keeps the sum of part r alone, and steps it

Memory for weights, gradients and Adam's moments falls to 1/n; for that each weight travels three times a step
(gathered for forward and for backward, its gradient scattered) where data parallel's gradients travel twice.
Sources: Rajbhandari et al., "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", SC 2020, section 5;
torch.distributed.fsdp.fully_shard.
"""

from collections.abc import Iterator

from torch import nn

from engine.rank.modes.base import SingleProcess
from engine.rank.place.mesh import Place
from engine.rank.step.passes import Passes

CARD = {
    "key": "fsdp",
    "title": "Sharded data parallel (FSDP)",
    "short": "FSDP",
    "summary": "Every rank takes a slice of the batch and keeps one n-th of weights, gradients and optimizer state.",
    "minimum": 2,
    "offered": [2, 4, 8],
    "axis": 2,
    "together": ["tp"],
    "samples": True,
    "shards": ["weights", "gradients", "optimizer"],
    "sends": [{"kind": "all-gather", "count": 2, "of_part": True}, {"kind": "reduce-scatter"}],
    "traffic": "sharded: 3(n-1)/n × parameters (gathered twice, scattered once) = {size} a rank",
    "precisions": ["fp64", "fp32", "bf16"],
    "devices": ["cpu", "cuda"],
}


class Technique(SingleProcess):
    """`fully_shard` on every layer, then on the whole."""

    warm_up_passes = 2
    """In the first pass units learn in which order they are gathered; from the second on they are so ahead."""

    def __init__(self, place: Place, key: str) -> None:
        super().__init__(place, key)
        self.gradient_factor = place.data_size  # reduce-scatter averages over the axis

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """Each layer that has weights becomes a unit that is gathered and dropped by itself; what is left, one more."""
        from torch.distributed.fsdp import fully_shard

        mesh = self.place.mesh[self.key]
        declared = [model.get_submodule(name) for name in passes.workload.layers]
        for layer in declared or _children(model):
            if any(True for _ in layer.parameters()):
                fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """Which part of each tensor this rank holds, in words."""
        index, degree = self.place.index(self.key), self.place.mode.degree(self.key)
        return f"part {index + 1} of {degree} of every tensor"


def _children(model: nn.Module) -> Iterator[nn.Module]:
    """Modules right below the model; of lists of modules, which are never called, their members."""
    for child in model.children():
        if isinstance(child, nn.ModuleList | nn.ModuleDict):
            yield from _children(child)
        else:
            yield child
