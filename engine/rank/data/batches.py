"""Which samples a rank takes at a step. The mode has no say in it:

    the stream:   permutation(seed, epoch 0) | permutation(seed, epoch 1) | ...        every sample once an epoch
    global batch: stream[cursor : cursor + B]                                         cursor = samples taken so far
    rank r of n:  stream[cursor + B*r//n : cursor + B*(r+1)//n]                        slices differ by at most one

So a run that shifts its mode or its batch size, or is resumed, still sees each sample exactly once an epoch.

The loss is a mean over the global batch's units (see `source.py`): every rank knows their number from the order alone.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.rank.data.source import Source


class Batch(NamedTuple):
    """A rank's slice of a global batch: b samples, `units` of them its own, `of_units` those of the global batch."""

    inputs: Tensor  # (b, features...)
    targets: Tensor  # (b, ...)
    units: int
    of_units: int


class Batches:
    """Decides which samples of a source a rank takes, and keeps the order of an epoch."""

    def __init__(self, source: Source, *, seed: int, rank: int, world_size: int) -> None:
        self.source = source
        self._samples = len(source)
        self._looks_ahead = type(source).expect is not Source.expect
        self._seed = seed
        self._rank = rank
        self._world_size = world_size
        self._epoch = -1
        self._order = torch.empty(0)

    def take(self, cursor: int, batch_size: int) -> Batch:
        """This rank's slice of the global batch, b = B/n samples give or take one; may be 0."""
        begin = cursor + batch_size * self._rank // self._world_size
        end = cursor + batch_size * (self._rank + 1) // self._world_size
        indices = self._indices(begin, end)
        inputs, targets = self.source.take(indices)
        units = self.source.units
        if isinstance(units, int):
            batch = Batch(inputs, targets, units * (end - begin), units * batch_size)
        else:
            whole = self._indices(cursor, cursor + batch_size)
            batch = Batch(inputs, targets, self.source.count(indices), self.source.count(whole))
        if self._looks_ahead:
            self.source.expect(self._indices(begin + batch_size, end + batch_size))
        return batch

    def close(self) -> None:
        """Let go of the source: no batch is taken any more."""
        self.source.close()

    def _indices(self, begin: int, end: int) -> Tensor:
        """Of the stream's samples `begin` to `end`, where the source wants indices."""
        epoch, offset = divmod(begin, self._samples)
        if epoch != self._epoch:
            self._order, self._epoch = self._permutation(epoch), epoch
        if offset + end - begin <= self._samples:
            return self._order[offset : offset + end - begin]
        return self._across_epochs(begin, end)

    def _across_epochs(self, begin: int, end: int) -> Tensor:
        pieces = []
        while begin < end:
            epoch, offset = divmod(begin, self._samples)
            count = min(self._samples - offset, end - begin)
            pieces.append(self._permutation(epoch)[offset : offset + count])
            begin += count
        return torch.cat(pieces)

    def _permutation(self, epoch: int) -> Tensor:
        order = np.random.default_rng((self._seed, epoch)).permutation(self._samples)
        return torch.from_numpy(order).to(self.source.index_device)
