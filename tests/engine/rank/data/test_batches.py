"""Which samples a batch has: each once an epoch, whatever the number of ranks; and what they count for."""

import torch

from engine.rank.data.batches import Batches
from engine.rank.data.source import Tensors


def test_each_sample_once_an_epoch_at_any_world_size_and_batch_size() -> None:
    inputs = torch.arange(101)
    source = Tensors(inputs, inputs)
    for world_size in (1, 2, 3, 4):
        ranks = [Batches(source, seed=5, rank=r, world_size=world_size) for r in range(world_size)]
        taken: list[int] = []
        sizes = [7, 3, 250, 1, 41]
        cursor = 0
        for size in sizes:
            parts = [rank.take(cursor, size).inputs.tolist() for rank in ranks]
            assert max(map(len, parts)) - min(map(len, parts)) <= 1
            taken += [sample for part in parts for sample in part]
            cursor += size
        reference = Batches(source, seed=5, rank=0, world_size=1).take(0, cursor).inputs.tolist()
        assert taken == reference
        for epoch in range(cursor // 101):
            assert sorted(taken[epoch * 101 : (epoch + 1) * 101]) == inputs.tolist()


def test_units_of_a_batch_are_known_on_every_rank_from_the_order_alone() -> None:
    samples = torch.arange(11)
    for each in (samples + 1, torch.full_like(samples, 3)):
        source = Tensors(samples, samples, 3 if each[0] == 3 else each)
        ranks = [Batches(source, seed=5, rank=r, world_size=3) for r in range(3)]
        for cursor, size in ((0, 7), (7, 2), (9, 30)):
            batches = [rank.take(cursor, size) for rank in ranks]
            for batch in batches:
                assert batch.units == int(each[batch.inputs].sum())
            assert {batch.of_units for batch in batches} == {sum(batch.units for batch in batches)}
