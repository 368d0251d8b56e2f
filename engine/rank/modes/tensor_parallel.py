"""Tensor parallel: each layer's matrix is split over the ranks, by columns, then by rows.

    y = relu(x A) B          A = [ A0 | A1 ]  (columns)          B = [ B0 ]   (rows)
                                                                     [ B1 ]
    rank 0:  x  ->  relu(x A0)  ->  relu(x A0) B0  \\
                                                     >  all-reduce:  y = sum        every rank has y
    rank 1:  x  ->  relu(x A1)  ->  relu(x A1) B1  /

Split so, a pair of layers needs one all-reduce forward and one backward, and none between the two. A last layer without
a partner is split by columns and its outputs are gathered. Attention is such a pair, its columns taken by whole heads;
an embedding's table is split by its rows. (`tensor_splits.py`: who says what is split how.) What is not split, every
rank has whole and computes alike. Every rank takes the whole batch.
Source: Shoeybi et al., "Megatron-LM: Training Multi-Billion Parameter Language Models Using Model Parallelism", 2019,
section 3; torch.distributed.tensor.parallel.
"""

from typing import TYPE_CHECKING

from torch import nn

from engine.rank.modes.base import SingleProcess
from engine.rank.modes.tensor_splits import COLUMN, Split, splits_of
from engine.rank.step.passes import Passes

if TYPE_CHECKING:
    from torch.distributed.tensor.parallel import ParallelStyle

CARD = {
    "key": "tp",
    "title": "Tensor parallel",
    "short": "Tensor",
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
    """`parallelize_module` on what the workload declares, or on a chain's linear layers by turns."""

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """Split, in each stage that this rank has anew, what can be split."""
        from torch.distributed.tensor.parallel import parallelize_module

        splits = splits_of(model, passes.parts, passes.workload, self.place.mode.degree(self.key))
        for name, split in splits.items():
            parallelize_module(model.get_submodule(name), self.place.mesh[self.key], _style(split))
        passes.reports &= self.place.index(self.key) == 0

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """Which part of each matrix this rank holds, in words."""
        return f"part {self.place.index(self.key) + 1} of {self.place.mode.degree(self.key)} of every matrix"


def _style(split: Split) -> "ParallelStyle":
    """Torch's name for a split. What has no partner takes or gives the whole, `Replicate`."""
    from torch.distributed.tensor import Replicate
    from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel

    if split.kind in COLUMN:
        return ColwiseParallel() if split.is_paired else ColwiseParallel(output_layouts=Replicate())
    whole_inputs = split.kind == "embedding" or not split.is_paired
    return RowwiseParallel(input_layouts=Replicate()) if whole_inputs else RowwiseParallel()
