"""The full state of a run in a form no mode has a say in: CPU tensors by name, and a few numbers.

    model.<parameter>              the weights, in their master precision
    optimizer.<parameter>.<key>    Adam's moments and step count, SGD's momentum
    metadata                       next step, samples taken (the data cursor), lr, batch size, gradient scale

Rank 0 gathers it: what is sharded is put together by the ranks that share it (DTensor's `full_tensor`), what another
pipeline stage has is sent. Every rank takes part in every gather. (`torch.distributed.checkpoint.state_dict` would do
the first, not the second, and takes 0.65 s to import, as long as a whole shift.)
"""

import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn, optim

from engine.rank.technique import Place
from engine.rank.weights import Weights

Tensors = dict[str, Tensor]
FORMAT_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.int64: "I64",
}


@dataclass
class Progress:
    """The numbers that go with the weights; the loop changes them as it goes."""

    step: int
    samples: int
    lr: float
    batch_size: int


def gather(
    model: nn.Module, weights: Weights, optimizer: optim.Optimizer, place: Place, owner_of: dict[str, int]
) -> Tensors:
    """Weights and optimizer state by name, complete on rank 0. What rank 0 has as it is, is not copied."""
    found: Tensors = {}
    mine = place.index("pp")
    keys = _state_keys(weights, optimizer)
    speaks = all(index == 0 for key, index in place.coordinates.items() if key != "pp")
    for name, parameter in model.named_parameters():
        owner = owner_of.get(name, 0)
        if owner == mine:
            local = weights.locals[name]
            entries = {f"model.{name}": local.detach()}
            entries |= {f"optimizer.{name}.{key}": optimizer.state[local][key] for key in keys}
            whole = {key: weights.whole(name, tensor) for key, tensor in entries.items()}
            if place.rank == 0:
                found |= whole
            elif owner and speaks:
                for tensor in whole.values():
                    _send(tensor)
        elif place.rank == 0:
            source = place.along("pp")[owner]
            first = next(iter(weights.locals.values()))
            found[f"model.{name}"] = _receive(parameter.shape, first, source)
            for key, like in keys.items():
                shape = parameter.shape if like.dim() else like.shape
                found[f"optimizer.{name}.{key}"] = _receive(shape, like, source)
    return found


def _state_keys(weights: Weights, optimizer: optim.Optimizer) -> Tensors:
    """What the optimizer keeps for each parameter, by the example of the first; nothing before its first step."""
    first = next(iter(weights.locals.values()))
    state = optimizer.state.get(first, {})
    return {key: state[key] for key in sorted(state) if isinstance(state[key], Tensor)}  # the same order on each rank


def _send(tensor: Tensor) -> None:
    import torch.distributed as dist

    dist.send(tensor.contiguous(), 0)


def _receive(shape: torch.Size, like: Tensor, source: int) -> Tensor:
    import torch.distributed as dist

    tensor = like.new_empty(shape)
    dist.recv(tensor, source)
    return tensor


def snapshot(tensors: Tensors, into: Tensors) -> Tensors:
    """Copies on CPU, in the tensors of `into` where they fit (no fresh pages each time)."""
    copies = {}
    for name, tensor in tensors.items():
        old = into.get(name)
        if old is None or old.shape != tensor.shape or old.dtype != tensor.dtype:
            old = torch.empty_like(tensor, device="cpu")
        copies[name] = old.copy_(tensor)
    return copies


def metadata(progress: Progress, scaler: torch.amp.GradScaler | None) -> dict[str, str]:
    """The numbers as safetensors takes them: text, exact by `repr`."""
    numbers: dict[str, Any] = {
        "step": progress.step,
        "samples": progress.samples,
        "lr": progress.lr,
        "batch_size": progress.batch_size,
    }
    if scaler is not None:
        scale = scaler.state_dict()
        numbers |= {"scale": float(scale["scale"]), "growth_tracker": int(scale["_growth_tracker"])}
    return {name: repr(value) for name, value in numbers.items()}


def write_shared(path: str, tensors: Tensors, numbers: dict[str, str]) -> None:
    """Write a state into shared memory, each tensor copied once, straight to where the new ranks will map it.

    The format is safetensors' (length of the header, header as JSON, tensors one behind the other); its own writer
    makes two more copies in fresh memory, and that is most of what a seam costs.
    """
    entries: dict[str, Any] = {"__metadata__": numbers}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.nbytes
        entries[name] = {
            "dtype": FORMAT_NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [begin, end],
        }
    header = json.dumps(entries).encode()
    header += b" " * (-len(header) % 8)  # tensors begin on a multiple of 8 bytes
    first = 8 + len(header)
    with Path(path).open("r+b") as file:
        file.truncate(first + end)
        with mmap.mmap(file.fileno(), first + end) as memory:
            memory[:first] = len(header).to_bytes(8, "little") + header
            for name, tensor in tensors.items():
                if tensor.numel():
                    at = first + entries[name]["data_offsets"][0]
                    target = torch.frombuffer(memory, dtype=tensor.dtype, count=tensor.numel(), offset=at)
                    target.copy_(tensor.reshape(-1))
                    del target  # the mapping cannot be closed while a tensor looks into it


def write(path: str, tensors: Tensors, numbers: dict[str, str]) -> None:
    """Write a state to a file; publishing it is the caller's (`saver.py`)."""
    save_file(tensors, path, metadata=numbers)


def load(
    path: str,
    model: nn.Module,
    weights: Weights,
    optimizer: optim.Optimizer,
    scaler: torch.amp.GradScaler | None,
    *,
    with_weights: bool,
) -> Progress:
    """Take up a state, whatever mode wrote it, into the parts of model and optimizer that this rank holds.

    Raises:
        ValueError: the file's tensors are not this model's.
    """
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    with safe_open(path, framework="pt") as file, torch.no_grad():
        names = set(file.keys())
        numbers = file.metadata()
        expected = {f"model.{name}" for name in shapes}
        have = {name for name in names if name.startswith("model.")}
        if expected != have:
            raise ValueError(
                f"The state has the tensors {sorted(have)}, this model needs {sorted(expected)}: "
                "it was saved by another workload or with other knobs."
            )
        entries: dict[int, dict[str, Tensor]] = {}
        for index, (name, local) in enumerate(weights.locals.items()):
            saved = file.get_tensor(f"model.{name}")
            if saved.shape != shapes[name]:
                raise ValueError(
                    f"The state's {name} has shape {tuple(saved.shape)}, this model's {tuple(shapes[name])}: "
                    "it was saved with other knobs."
                )
            if with_weights:
                local.copy_(weights.part(name, saved))
            prefix = f"optimizer.{name}."
            own = {
                key.removeprefix(prefix): weights.part(name, file.get_tensor(key)).clone()
                for key in names
                if key.startswith(prefix)
            }
            if own:
                entries[index] = own
        optimizer.load_state_dict({**optimizer.state_dict(), "state": entries})
    if scaler is not None and "scale" in numbers:
        scaler.load_state_dict(
            scaler.state_dict() | {"scale": float(numbers["scale"]), "_growth_tracker": int(numbers["growth_tracker"])}
        )
    return Progress(
        step=int(numbers["step"]),
        samples=int(numbers["samples"]),
        lr=float(numbers["lr"]),
        batch_size=int(numbers["batch_size"]),
    )
