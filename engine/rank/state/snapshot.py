"""A snapshot of the weights, in memory that the run's evaluator maps too: what a state is, without the optimizer.

    ranks:      [ header | model.W: rows of rank 0 | rows of rank 1 | ... | model.b ... ]     each copies its part
    evaluator:  model.W  ->  the W of a model of its own

It has no mode: full tensors by name, in the master precision. The memory is the run's, not a crew's, so it outlives
shifts; ranks write into it when they are told to, and only then, and never wait for whoever reads it.
"""

import mmap
import os
from functools import cached_property

import torch
from torch import Tensor, nn

from engine.rank.state.canonical import Held, model_tensors
from engine.rank.state.layout import Layout, read_layout
from engine.rank.state.shared_state import map_whole


class SnapshotWriter:
    """The side of a rank. The memory is mapped at once if it `is_wanted`, with every page in place, else by `write`."""

    def __init__(self, descriptor: int, held: Held, *, is_wanted: bool) -> None:
        self._descriptor = descriptor
        self._held = held
        if is_wanted:
            assert self._whole

    @cached_property
    def _whole(self) -> tuple[Layout, mmap.mmap, dict[str, Tensor]]:
        layout = self._held.model_layout
        memory = map_whole(self._descriptor, layout.total_bytes)
        return layout, memory, layout.views(memory)

    def write(self, share: tuple[int, int] | None, *, has_header: bool) -> None:
        """Copy this rank's part: of what it holds, the `share` (index, of how many); None: others hold it all.

        `has_header`: this rank also writes where each tensor lies.
        """
        layout, memory, views = self._whole
        if share is not None:
            self._held.write(views, share)
        if has_header:
            memory[: layout.header_bytes] = layout.header({})


class SnapshotReader:
    """The evaluator's side: it maps the memory at each size that ranks give it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._memory: mmap.mmap | None = None

    def read_into(self, model: nn.Module) -> None:
        """Copy the snapshot into a whole `model`: parameters, and buffers that belong to its state.

        Raises:
            ValueError: what lies there is no snapshot of this model.
        """
        size = os.fstat(self._descriptor).st_size
        if self._memory is None or len(self._memory) != size:  # a mode of another precision has other sizes
            self._memory = mmap.mmap(self._descriptor, size)
        layout, _ = read_layout(self._memory)
        views = layout.views(self._memory)
        with torch.no_grad():
            for name, tensor in model_tensors(model).items():
                if name not in views or views[name].shape != tensor.shape:
                    raise ValueError(f"The snapshot has no {name} of shape {tuple(tensor.shape)}.")
                tensor.copy_(views[name])
