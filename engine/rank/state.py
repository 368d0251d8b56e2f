"""The full state of a run in a form no mode has a say in: CPU tensors by name, and a few numbers.

    model.<parameter>              the weights, in their master precision
    optimizer.<parameter>.<key>    Adam's moments and step count, SGD's momentum
    metadata                       next step, samples taken (the data cursor), lr, batch size, gradient scale

With replicas, rank 0 has all of it. `torch.distributed.checkpoint.state_dict` is not needed for that (and costs 0.65 s
to import); a sharded technique gathers with it and hands over the same names.
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


def named(model: nn.Module, optimizer: optim.Optimizer) -> Tensors:
    """Weights and optimizer state by name, where they lie: nothing is copied."""
    found: Tensors = {}
    for name, parameter in model.named_parameters():
        found[f"model.{name}"] = parameter.detach()
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor):
                found[f"optimizer.{name}.{key}"] = value
    return found


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


def write_shared(path: str, tensors: Tensors, numbers: dict[str, str]) -> int:
    """Write a state into shared memory, each tensor copied once, straight to where the new ranks will map it.

    The format is safetensors' (length of the header, header as JSON, tensors one behind the other); its own writer
    makes two more copies in fresh memory, and that is most of what a seam costs. Returns the size in bytes.
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
    return first + end


def write(path: str, tensors: Tensors, numbers: dict[str, str]) -> None:
    """Write a state to a file; publishing it is the caller's (`saver.py`)."""
    save_file(tensors, path, metadata=numbers)


def load(path: str, model: nn.Module, optimizer: optim.Optimizer, scaler: torch.amp.GradScaler | None) -> Progress:
    """Take up a state, whatever mode wrote it, into a model and optimizer that are there already.

    Raises:
        ValueError: the file's tensors are not this model's.
    """
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        numbers = file.metadata()
        expected = {f"model.{name}" for name, _ in model.named_parameters()}
        have = {name for name in names if name.startswith("model.")}
        if expected != have:
            raise ValueError(
                f"The state has the tensors {sorted(have)}, this model needs {sorted(expected)}: "
                "it was saved by another workload or with other knobs."
            )
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                saved = file.get_tensor(f"model.{name}")
                if saved.shape != parameter.shape:
                    raise ValueError(
                        f"The state's {name} has shape {tuple(saved.shape)}, this model's {tuple(parameter.shape)}: "
                        "it was saved with other knobs."
                    )
                parameter.copy_(saved)
        entries: dict[int, dict[str, Tensor]] = {}
        for index, (name, _) in enumerate(model.named_parameters()):
            prefix = f"optimizer.{name}."
            own = {key.removeprefix(prefix): file.get_tensor(key) for key in names if key.startswith(prefix)}
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
