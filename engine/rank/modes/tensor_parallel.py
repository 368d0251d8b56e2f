"""Tensor parallel: each layer's matrix is split over the ranks, by columns, then by rows.

    y = relu(x A) B          A = [ A0 | A1 ]  (columns)          B = [ B0 ]   (rows)
                                                                     [ B1 ]
    rank 0:  x  ->  relu(x A0)  ->  relu(x A0) B0  \\
                                                     >  all-reduce:  y = sum        every rank has y
    rank 1:  x  ->  relu(x A1)  ->  relu(x A1) B1  /

Split so, a pair of layers needs one all-reduce forward and one backward, and none between the two. A last layer without
a partner is split by columns and its outputs are gathered. Every rank takes the whole batch.
Source: Shoeybi et al., "Megatron-LM: Training Multi-Billion Parameter Language Models Using Model Parallelism", 2019,
section 3; torch.distributed.tensor.parallel.
"""

from torch import nn

from engine.rank.modes.base import SingleProcess
from engine.rank.step.passes import Passes

CARD = {
    "key": "tp",
    "title": "Tensor parallel",
    "summary": "Each layer's matrix is split over the ranks, by columns, then by rows; each takes the whole batch.",
    "minimum": 2,
    "offered": [2, 4, 8],
    "axis": 3,
    "applied": 20,
    "together": ["dp", "fsdp", "pp"],
    "splits": "matrices",
    "traffic": "tensor parallel: an all-reduce of each pair's outputs, one of its inputs' gradients",
    "precisions": ["fp64", "fp32", "bf16"],
    "devices": ["cpu", "cuda"],
}


class Technique(SingleProcess):
    """`parallelize_module` with a plan made from the order of the linear layers."""

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """Linear layers 1, 3, ... by columns, 2, 4, ... by rows, in each stage that this rank has anew."""
        from torch.distributed.tensor import Replicate
        from torch.distributed.tensor.parallel import (
            ColwiseParallel,
            ParallelStyle,
            RowwiseParallel,
            parallelize_module,
        )

        for part in passes.parts:
            linears = [m for name in part for m in model.get_submodule(name).modules() if isinstance(m, nn.Linear)]
            styles: list[ParallelStyle] = [
                RowwiseParallel() if i % 2 else ColwiseParallel() for i in range(len(linears))
            ]
            if len(linears) % 2:
                styles[-1] = ColwiseParallel(output_layouts=Replicate())
            for linear, style in zip(linears, styles, strict=True):
                parallelize_module(linear, self.place.mesh[self.key], style)
        passes.in_step = True
        passes.reports &= self.place.index(self.key) == 0

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """Which part of each matrix this rank holds, in words."""
        return f"part {self.place.index(self.key) + 1} of {self.place.mode.degree(self.key)} of every matrix"
