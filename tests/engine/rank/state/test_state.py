"""The state of a run: laid out beforehand, written by parts, taken up by any mode, of any ordinary model."""

import mmap
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.rank.state.canonical import Held, Progress, numbers_of, progress_of
from engine.rank.state.layout import lay_out, read_layout
from engine.rank.state.weights import Weights
from engine.rank.step.optimizer import make_optimizer, stepper
from engine.rank.step.precision import Precision

PROGRESS = Progress(step=3, samples=96, lr=1 / 3, batch_size=32)


class Ordinary(nn.Module):
    """What real models have: a frozen layer, a buffer, a layer that the batch may not use, different formats."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused, self.frozen = nn.Linear(4, 8), nn.Linear(4, 2), nn.Linear(8, 2)
        self.frozen.requires_grad_(False)
        self.register_buffer("positions", torch.arange(5))
        self.register_buffer("scratch", torch.zeros(3), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.frozen(self.used(inputs))
        return outputs


class Rank:
    """A model with its optimizer, and the memory its state lies in."""

    def __init__(self, optimizer: str, seed: int, steps_of: tuple[int, int] = (0, 1)) -> None:
        """`steps_of`: the optimizer steps the i-th of n parts of each parameter's rows."""
        torch.manual_seed(seed)
        self.model = Ordinary()
        self.weights = Weights(self.model)
        index, count = steps_of
        for name, local in self.weights.trained.items() if count > 1 else ():
            self.weights.step_rows(name, len(local) * index // count, len(local) * (index + 1) // count)
        self.optimizer = make_optimizer(optimizer, list(self.weights.stepped.values()), 0.1, torch.device("cpu"))
        self.held = Held(self.model, self.weights, self.optimizer)
        self.memory = mmap.mmap(-1, self.held.layout.total_bytes)

    def step(self) -> None:
        self.model(torch.ones(3, 4)).square().sum().backward()
        stepper(self.optimizer)()
        self.weights.forget_gradients()

    def read(self, memory: mmap.mmap) -> dict[str, str]:
        self.held.read(memory, "optimizer")
        return self.held.read(memory, "model")

    def write(self, shares: list[tuple[int, int]]) -> None:
        for share in shares:
            self.held.write(self.held.layout.views(self.memory), share)
        header = self.held.layout.header(numbers_of(PROGRESS, None))
        self.memory[: len(header)] = header


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_replicas_that_step_some_rows_each_write_and_take_up_one_state(optimizer: str) -> None:
    """Three rows of four are one rank's, one is the other's: the whole state is that of who steps all."""
    whole, memory = Rank(optimizer, 0), None
    whole.step()
    whole.write([(0, 1)])
    for index in range(2):
        part = Rank(optimizer, 1, steps_of=(index, 2))
        part.read(whole.memory)
        assert all(len(part.weights.stepped[name]) < len(local) for name, local in part.weights.trained.items())
        first = next(iter(part.weights.trained))
        part.weights.stepped[first].add_(1.0)  # a step of its rows is seen in what it holds
        assert not torch.equal(part.weights.trained[first], whole.weights.trained[first])
        part.weights.stepped[first].sub_(1.0)
        if memory is not None:
            part.memory = memory
        memory = part.memory
        part.write([(index, 2)])
    again = Rank(optimizer, 2)
    assert memory is not None
    again.read(memory)
    for name, (_, tensor) in again.held.tensors.items():
        torch.testing.assert_close(tensor, whole.held.tensors[name][1], msg=name)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_state_is_taken_up_to_the_bit(optimizer: str) -> None:
    one, other = Rank(optimizer, 0), Rank(optimizer, 1)
    with torch.no_grad():
        one.model.positions += 7
    for _ in range(3):
        one.step()
    one.write([(0, 1)])
    assert progress_of(other.read(one.memory), None) == PROGRESS
    for rank in (one, other):
        rank.step()
    for (name, ours), theirs in zip(one.model.state_dict().items(), other.model.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs), name


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_replicas_write_the_whole_between_them(count: int) -> None:
    rank = Rank("adam", 0)
    rank.step()
    rank.write([(0, 1)])
    whole = rank.memory[:]
    rank.memory[:] = b"\xff" * len(rank.memory)
    rank.write([(index, count) for index in range(count)])
    assert rank.memory[:] == whole


def test_a_state_is_a_safetensors_file(tmp_path: Path) -> None:
    rank = Rank("adam", 0)
    rank.step()
    rank.write([(0, 1)])
    (tmp_path / "state").write_bytes(rank.memory[:])
    read = load_file(tmp_path / "state")
    assert torch.equal(read["model.used.weight"], rank.model.used.weight)
    assert torch.equal(read["optimizer.used.weight.step"], torch.tensor(1.0))
    assert "model.positions" in read
    assert not [name for name in read if "scratch" in name or name.startswith("optimizer.frozen")]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_state_made_beforehand_changes_no_bit(optimizer: str) -> None:
    def weights(made: torch.optim.Optimizer, model: nn.Module) -> Iterator[Tensor]:
        for seed in range(4):
            torch.manual_seed(seed)
            model(torch.randn(8, 4)).square().sum().backward()
            made.step()
            made.zero_grad()
            yield torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    torch.manual_seed(0)
    ours = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    theirs = {
        "adam": lambda: torch.optim.Adam(plain.parameters(), 0.1, fused=True),
        "sgd": lambda: torch.optim.SGD(plain.parameters(), 0.1, momentum=0.9, fused=True),
    }[optimizer]()
    mine = make_optimizer(optimizer, list(ours.parameters()), 0.1, torch.device("cpu"))
    for one, other in zip(weights(mine, ours), weights(theirs, plain), strict=True):
        assert torch.equal(one, other)


def test_fp16_steps_by_the_step_that_techniques_have_a_part_in() -> None:
    precision = Precision("fp16", torch.device("cpu"))
    model = nn.Linear(4, 1)
    optimizer = make_optimizer("adam", list(model.parameters()), 0.1, torch.device("cpu"))
    made: list[float] = []

    def step() -> None:
        made.append(float(model.weight.grad.abs().max()))  # type: ignore[union-attr]
        stepper(optimizer)()

    for factor in (1.0, float("inf"), 1.0):
        precision.scale(factor * model(torch.ones(2, 4)).sum()).backward()
        precision.step(optimizer, step)
        model.zero_grad()
    assert made == [2.0, 2.0]  # gradients without the scale; the overflow was skipped


def test_a_state_of_another_model_is_refused_in_a_sentence() -> None:
    rank = Rank("adam", 0)
    foreign = lay_out({"model.a": (torch.float32, (2, 2))})
    memory = mmap.mmap(-1, foreign.total_bytes)
    memory[: foreign.header_bytes] = foreign.header({})
    with pytest.raises(ValueError, match="another workload or with other knobs"):
        rank.read(memory)


def test_no_damage_of_a_state_goes_unseen_or_crashes() -> None:
    rank = Rank("adam", 0)
    rank.write([(0, 1)])
    layout, numbers = read_layout(rank.memory)
    assert numbers["step"] == "3"
    header_bytes = layout.header_bytes
    good = rank.memory[:]
    refused = 0
    for at in range(0, header_bytes, 3):
        memory = mmap.mmap(-1, len(good))
        memory[:] = good
        memory[at] ^= 1 << (at % 8)
        try:
            progress_of(rank.read(memory), None)
        except ValueError:
            refused += 1
    assert refused > header_bytes / 8  # most of a header is names, shapes and places; blanks do not matter
    for size in (9, 100, header_bytes, len(good) - 1):
        memory = mmap.mmap(-1, size)
        memory[:] = good[:size]
        with pytest.raises(ValueError, match=r"bytes|header|place"):
            rank.read(memory)


def test_states_of_other_formats_are_converted() -> None:
    one, other = Rank("adam", 0), Rank("adam", 1)
    one.step()
    one.write([(0, 1)])
    other.model.double()
    weights = Weights(other.model)
    optimizer = make_optimizer("adam", list(weights.trained.values()), 0.1, torch.device("cpu"))
    held = Held(other.model, weights, optimizer)
    held.read(one.memory, "model")
    held.read(one.memory, "optimizer")
    assert torch.equal(other.model.used.weight.float(), one.model.used.weight)
    assert other.model.used.weight.dtype == torch.float64
