"""A snapshot: whole from the ranks' parts, and read into a model of the evaluator's own."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from engine.ipc.shared_memory import SharedMemory
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Workload
from engine.rank.evaluator.validation import Found, validate, whole
from engine.rank.state.canonical import Held, model_tensors
from engine.rank.state.snapshot import SnapshotReader, SnapshotWriter
from engine.rank.state.weights import Weights
from engine.rank.step.optimizer import make_optimizer
from engine.rank.step.precision import Precision

CPU = torch.device("cpu")


class Awkward(nn.Module):
    """A frozen part, buffers of whole numbers, of none and of one, one that is no part of the state."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.frozen, self.linear = nn.Linear(3, 4), nn.Linear(4, 2)
        self.frozen.requires_grad_(False)
        self.register_buffer("positions", torch.arange(5) + seed)
        self.register_buffer("calls", torch.tensor(seed))
        self.register_buffer("none", torch.zeros(0))
        self.register_buffer("scratch", torch.full((3,), float(seed)), persistent=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.linear(self.frozen(values))
        return outputs


@pytest.fixture
def memory() -> Iterator[SharedMemory]:
    memory = SharedMemory("snapshot", 0)
    yield memory
    memory.close()


def write(memory: SharedMemory, model: nn.Module, rank: int, ranks: int) -> None:
    """What one of so many replicas does at a boundary."""
    weights = Weights(model)
    held = Held(model, weights, make_optimizer("adam", list(weights.stepped.values()), 0.1, CPU))
    SnapshotWriter(memory.descriptor, held, is_wanted=False).write((rank, ranks), has_header=rank == 0)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_what_replicas_write_by_shares_is_the_whole_model(memory: SharedMemory, ranks: int) -> None:
    model, other = Awkward(1), Awkward(2)
    for rank in range(ranks):
        write(memory, model, rank, ranks)
    SnapshotReader(memory.descriptor).read_into(other)
    for name, tensor in model_tensors(model).items():
        assert torch.equal(model_tensors(other)[name], tensor), name
    assert other.scratch.tolist() == [2.0] * 3  # type: ignore[union-attr, operator]


def test_a_mode_of_another_precision_writes_more_into_the_same_memory(memory: SharedMemory) -> None:
    reader, found = SnapshotReader(memory.descriptor), Awkward(3)
    for dtype in (torch.float32, torch.float64, torch.float32):
        model = Awkward(1).to(dtype)
        write(memory, model, 0, 1)
        found = found.to(dtype)
        reader.read_into(found)
        assert torch.equal(found.linear.weight, model.linear.weight)


def test_what_is_no_snapshot_of_the_model_is_refused(memory: SharedMemory) -> None:
    write(memory, nn.Sequential(nn.Linear(3, 4)), 0, 1)
    with pytest.raises(ValueError, match="no model"):
        SnapshotReader(memory.descriptor).read_into(Awkward(1))


def workload(validation: Tensors | None) -> Workload:
    return Workload(
        train=Tensors(torch.zeros(4, 3), torch.zeros(4)),
        validation=validation,
        make_model=lambda: nn.Linear(3, 1),
        loss_sum=lambda outputs, targets: ((outputs[:, 0] - targets) ** 2).sum(),
        score_sum=lambda outputs, targets: (outputs[:, 0].round() == targets).sum(),
    )


def test_validation_sums_over_slices_and_counts_units() -> None:
    torch.manual_seed(0)
    inputs, targets = torch.randn(700, 3, dtype=torch.float64), torch.randint(0, 2, (700,)).double()
    model = nn.Linear(3, 1).double()
    units = torch.randint(1, 5, (700,))
    of = workload(Tensors(inputs, targets, units))
    found = validate(model, of, Precision("fp64", CPU), whole(of), lambda: True)
    assert found is not None
    with torch.no_grad():
        outputs = model(inputs)[:, 0]
    assert found.loss_sum == pytest.approx(((outputs - targets) ** 2).sum().item(), rel=1e-14)
    assert (found.score_sum, found.units) == (int((outputs.round() == targets).sum()), int(units.sum()))


def test_no_validation_split_is_nothing_found_and_an_unwanted_look_ends() -> None:
    model, plain = nn.Linear(3, 1), Precision("fp32", CPU)
    assert validate(model, workload(None), plain, whole(workload(None)), lambda: True) == Found(0.0, 0, 0)
    split = Tensors(torch.zeros(4, 3), torch.zeros(4))
    assert validate(model, workload(split), plain, whole(workload(split)), lambda: False) is None
