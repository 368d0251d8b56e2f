"""Sources: what is mapped from disk is what lies in memory; it is looked ahead for, and not kept."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from engine.rank.data.batches import Batches
from engine.rank.data.source import Chosen, Mapped, Tensors

SAMPLES, WIDTH = 40_000, 4_096
FILE_BYTES = SAMPLES * WIDTH


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Rows of bytes, 164 MB. The row's number is in its first four."""
    place = tmp_path_factory.mktemp("mapped")
    inputs = np.lib.format.open_memmap(place / "inputs.npy", "w+", np.uint8, (SAMPLES, WIDTH))
    inputs[:, 4:] = np.random.default_rng(0).integers(0, 256, (1, WIDTH - 4), np.uint8)
    inputs[:, :4] = np.arange(SAMPLES, dtype="<u4")[:, None].view(np.uint8)
    inputs.flush()
    np.save(place / "targets.npy", np.arange(SAMPLES))
    yield place / "inputs.npy", place / "targets.npy"
    (place / "inputs.npy").unlink()


def test_a_mapped_source_gives_what_tensors_give_at_any_order_and_batch_size(files: tuple[Path, Path]) -> None:
    mapped = Mapped(*files, change=lambda rows: rows / 255).to(torch.device("cpu"), torch.float64)
    plain = Tensors(*(torch.from_numpy(np.load(path)) for path in files))
    assert len(mapped) == len(plain) == SAMPLES
    ours, theirs = (Batches(source, seed=1, rank=1, world_size=2) for source in (mapped, plain))
    cursor = 0
    for size in (64, 64, 64, 7, 3_000, 76_900, 64, 64):  # the last ones are of the next epoch
        one, other = ours.take(cursor, size), theirs.take(cursor, size)
        assert one.inputs.dtype == torch.float64
        assert torch.equal(one.inputs[:100], (other.inputs[:100] / 255).double())
        assert torch.equal(one.targets, other.targets)
        cursor += size
    ours.close()


def test_the_next_batch_is_read_while_the_step_computes(files: tuple[Path, Path]) -> None:
    mapped = Mapped(*files)
    batches = Batches(mapped, seed=1, rank=0, world_size=1)
    batches.take(0, 64)
    assert mapped._ahead is not None
    mapped._ahead[1].result()  # the step is long enough
    batches.take(64, 64)
    assert mapped.found_ahead == 1
    batches.take(0, 64)  # not what was expected
    assert mapped.found_ahead == 1
    batches.close()


def test_a_rank_keeps_none_of_a_file_but_two_batches(files: tuple[Path, Path]) -> None:
    """All rows are taken, and looked ahead for; at no step more of the file is in the process than that."""
    mapped = Mapped(*files)
    batches = Batches(mapped, seed=1, rank=0, world_size=1)
    process = psutil.Process()
    before = process.memory_info().rss
    most, seen = 0, np.zeros(SAMPLES, bool)
    for cursor in range(0, SAMPLES, 500):
        batch = batches.take(cursor, 500)
        assert mapped._ahead is not None
        mapped._ahead[1].result()
        assert torch.equal(batch.inputs[:, :4].contiguous().view(torch.int32)[:, 0].long(), batch.targets)
        seen[batch.targets.numpy()] = True
        most = max(most, process.memory_info().rss - before)
    batches.close()
    print(f"{FILE_BYTES / 1e6:.0f} MB were read, {most / 1e6:.0f} MB were held at most")
    assert seen.all()
    assert most < FILE_BYTES / 5


def test_chosen_samples_count_for_what_they_are_in_the_other_source() -> None:
    other = Tensors(torch.arange(10.0)[:, None], torch.arange(10), units=torch.arange(10) + 1)
    chosen = Chosen(other, torch.tensor([7, 7, 2])).to(torch.device("cpu"), torch.float64)
    inputs, targets = chosen.take(torch.tensor([2, 0]))
    assert (len(chosen), inputs.dtype) == (3, torch.float64)
    assert (inputs[:, 0].tolist(), targets.tolist()) == ([2.0, 7.0], [2, 7])
    assert chosen.count(torch.tensor([2, 0])) == 3 + 8


def test_a_file_that_could_execute_something_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        Mapped(tmp_path / "objects.npy", tmp_path / "objects.npy")
