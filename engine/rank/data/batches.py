"""Which samples a rank takes at a step. The mode has no say in it:

    the stream:   permutation(seed, epoch 0) | permutation(seed, epoch 1) | ...        every sample once an epoch
    global batch: stream[cursor : cursor + B]                                         cursor = samples taken so far
    rank r of n:  stream[cursor + B*r//n : cursor + B*(r+1)//n]                        slices differ by at most one

So a run that shifts its mode or its batch size, or is resumed, still sees each sample exactly once an epoch.
"""

import numpy as np
import torch
from torch import Tensor


class Batches:
    """Index tensors into data that lies on the device already: nothing is copied per sample, no loader process."""

    def __init__(self, inputs: Tensor, targets: Tensor, *, seed: int, rank: int, world_size: int) -> None:
        self.inputs = inputs  # (samples, features...)
        self.targets = targets  # (samples,)
        self._samples = len(inputs)
        self._seed = seed
        self._rank = rank
        self._world_size = world_size
        self._epoch = -1
        self._order = torch.empty(0)

    def take(self, cursor: int, batch_size: int) -> tuple[Tensor, Tensor]:
        """This rank's slice of the global batch: (b, features...), (b,), with b = B/n give or take one; may be 0."""
        begin = cursor + batch_size * self._rank // self._world_size
        end = cursor + batch_size * (self._rank + 1) // self._world_size
        epoch, offset = divmod(begin, self._samples)
        if epoch != self._epoch:
            self._order, self._epoch = self._permutation(epoch), epoch
        if offset + end - begin <= self._samples:
            indices = self._order[offset : offset + end - begin]
        else:
            indices = self._across_epochs(begin, end)
        return self.inputs.index_select(0, indices), self.targets.index_select(0, indices)

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
        return torch.from_numpy(order).to(self.inputs.device)
