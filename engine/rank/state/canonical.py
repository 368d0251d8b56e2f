"""The full state of a run in a form no mode has a say in: CPU tensors by name, and a few numbers.

    model.<name>                   weights and buffers, in their master precision
    optimizer.<parameter>.<key>    Adam's moments and step count, SGD's momentum, of every parameter that is trained
    numbers                        next step, samples taken (the data cursor), lr, batch size, gradient scale

It lies in memory that all ranks of a crew map. Each copies its own part to its own place, so no message is sent:

    tensor W:   [ rows of rank 0 | rows of rank 1 ]     sharded: each has its rows
                [ rank 0 writes  | rank 1 writes  ]     replicated: each has all, and writes its share of the rows

From there a thread writes it to disk, or the next crew copies its own parts out. (`torch.distributed.checkpoint` would
gather it by messages, through rank 0, and takes 0.65 s to import, twice as long as a whole shift.)
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn, optim

from engine.rank.state.layout import Layout, lay_out, read_layout
from engine.rank.state.weights import Weights


@dataclass
class Progress:
    """The numbers that go with the weights; the loop changes them as it goes."""

    step: int
    samples: int
    lr: float
    batch_size: int


class Held:
    """What this rank holds of the state: tensors by name, and where each belongs in the whole."""

    def __init__(
        self, model: nn.Module, weights: Weights, optimizer: optim.Optimizer, *, takes_weights: bool = True
    ) -> None:
        self._weights = weights
        self._takes_weights = takes_weights
        self.tensors: dict[str, tuple[str, Tensor]] = {}
        """Local tensors by their names in the state, each with the parameter whose shape it shares ("": its own)."""
        keys = _optimizer_keys(model, optimizer)
        shapes: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {}
        for name, parameter in model.named_parameters():
            shapes[f"model.{name}"] = parameter.dtype, tuple(parameter.shape)
            for key, like in keys.items() if parameter.requires_grad else ():
                shape = tuple(parameter.shape) if like.dim() else ()
                shapes[f"optimizer.{name}.{key}"] = like.dtype, shape
            if name in weights.locals:
                local = weights.locals[name]
                self.tensors[f"model.{name}"] = name, local.detach()
                for key in keys if name in weights.stepped else ():
                    state = optimizer.state[weights.stepped[name]][key]
                    self.tensors[f"optimizer.{name}.{key}"] = name if state.dim() else "", state
        for name, buffer in _kept_buffers(model):
            shapes[f"model.{name}"] = buffer.dtype, tuple(buffer.shape)
            if buffer.device.type != "meta":
                self.tensors[f"model.{name}"] = "", buffer
        self.layout = lay_out(shapes)
        self.model_layout = lay_out({name: shape for name, shape in shapes.items() if name.startswith("model.")})
        """The state without what the optimizer keeps."""

    def write(self, views: dict[str, Tensor], share: tuple[int, int]) -> None:
        """Copy this rank's part into the whole, or into what there is of it in `views`.

        `share` is (index, of how many) ranks that hold the same.
        """
        index, count = share
        with torch.no_grad():
            for name, (parameter, local) in self.tensors.items():
                if name not in views:
                    continue
                part = self._part(name, parameter, views[name])
                if parameter in self._weights.rows and name.startswith("optimizer."):
                    part.copy_(local)  # no other rank has these rows
                    continue
                rows = len(part) if part.dim() else 0
                if not rows and index == 0:
                    part.copy_(local)
                begin, end = rows * index // count, rows * (index + 1) // count
                if end > begin:
                    part[begin:end].copy_(local[begin:end])

    def read(self, memory: mmap.mmap, kind: str) -> dict[str, str]:
        """Copy this rank's part out of a whole state, whatever mode wrote it; returns the numbers that go with it.

        `kind` is "model" (weights and buffers) or "optimizer".

        Raises:
            ValueError: it is damaged, or its tensors are not this model's.
        """
        layout, numbers = read_layout(memory)
        self._check(layout)
        views = layout.views(memory)
        if kind == "model" and not self._takes_weights:
            return numbers
        with torch.no_grad():
            for name, (parameter, local) in self.tensors.items():
                if name in views and name.startswith(f"{kind}."):
                    local.copy_(self._part(name, parameter, views[name]))
        return numbers

    def _part(self, name: str, parameter: str, full: Tensor) -> Tensor:
        """What this rank has of tensor `name` of the state, which is shaped as `parameter` ("": as itself)."""
        if not parameter:
            return full
        part_of = self._weights.stepped_part if name.startswith("optimizer.") else self._weights.part
        return part_of(parameter, full)

    def _check(self, layout: Layout) -> None:
        """Weights and buffers must be there, all of them, in their shapes. An optimizer may be fresh, or another."""
        ours, theirs = (
            {name: entry.shape for name, entry in entries.items() if name.startswith("model.")}
            for entries in (self.layout.entries, layout.entries)
        )
        if ours.keys() != theirs.keys():
            raise ValueError(
                f"The state has the tensors {sorted(theirs)}, this model needs {sorted(ours)}: "
                "it was saved by another workload or with other knobs."
            )
        for name, shape in ours.items():
            if theirs[name] != shape:
                raise ValueError(
                    f"The state's {name} has shape {theirs[name]}, this model's {shape}: it was saved with other knobs."
                )
        for name, entry in self.layout.entries.items():
            if name in layout.entries and layout.entries[name].shape != entry.shape:
                raise ValueError(f"The state's {name} has shape {layout.entries[name].shape}, needed is {entry.shape}.")


def fresh_state(optimizer: optim.Optimizer, parameter: Tensor) -> dict[str, Tensor]:
    """What the optimizer keeps for a parameter, before the first step."""
    if isinstance(optimizer, optim.SGD):
        return {"momentum_buffer": torch.zeros_like(parameter)}
    device = parameter.device if optimizer.param_groups[0]["fused"] else "cpu"
    return {
        "step": torch.zeros((), dtype=torch.float32, device=device),
        "exp_avg": torch.zeros_like(parameter),
        "exp_avg_sq": torch.zeros_like(parameter),
    }


def _optimizer_keys(model: nn.Module, optimizer: optim.Optimizer) -> dict[str, Tensor]:
    """What the optimizer keeps for each parameter, by an example; the same on each rank, whatever it holds."""
    example = torch.empty(1, dtype=next(model.parameters()).dtype)
    return dict(sorted(fresh_state(optimizer, example).items()))


def model_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Weights and buffers of a whole model on one device, by their names in the state."""
    tensors = {f"model.{name}": parameter.detach() for name, parameter in model.named_parameters()}
    return tensors | {f"model.{name}": buffer for name, buffer in _kept_buffers(model)}


def _kept_buffers(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Buffers that belong to a model's state (`register_buffer(..., persistent=False)` says which do not)."""
    for path, module in model.named_modules():
        for name, buffer in module.named_buffers(recurse=False):
            if name not in module._non_persistent_buffers_set:
                yield f"{path}.{name}" if path else name, buffer


def numbers_of(progress: Progress, scaler: torch.amp.GradScaler | None) -> dict[str, str]:
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


def progress_of(numbers: dict[str, str], scaler: torch.amp.GradScaler | None) -> Progress:
    """The numbers taken up again; the gradient scale, if it is there, goes to the scaler.

    Raises:
        ValueError: a number is missing or is none.
    """
    try:
        if scaler is not None and "scale" in numbers:
            scale = {"scale": float(numbers["scale"]), "_growth_tracker": int(numbers["growth_tracker"])}
            scaler.load_state_dict(scaler.state_dict() | scale)
        return Progress(
            step=int(numbers["step"]),
            samples=int(numbers["samples"]),
            lr=float(numbers["lr"]),
            batch_size=int(numbers["batch_size"]),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"The state's numbers are damaged ({type(error).__name__}: {error}).") from error
