"""Which samples a batch has: each once an epoch, whatever the number of ranks."""

import torch

from engine.rank.data.batches import Batches


def test_each_sample_once_an_epoch_at_any_world_size_and_batch_size() -> None:
    inputs = torch.arange(101)
    for world_size in (1, 2, 3, 4):
        ranks = [Batches(inputs, inputs, seed=5, rank=r, world_size=world_size) for r in range(world_size)]
        taken: list[int] = []
        sizes = [7, 3, 250, 1, 41]
        cursor = 0
        for size in sizes:
            parts = [rank.take(cursor, size)[0].tolist() for rank in ranks]
            assert max(map(len, parts)) - min(map(len, parts)) <= 1
            taken += [sample for part in parts for sample in part]
            cursor += size
        reference = Batches(inputs, inputs, seed=5, rank=0, world_size=1).take(0, cursor)[0].tolist()
        assert taken == reference
        for epoch in range(cursor // 101):
            assert sorted(taken[epoch * 101 : (epoch + 1) * 101]) == inputs.tolist()
