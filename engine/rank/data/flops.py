"""What a model costs, without computing it: a sample goes through on the meta device, where tensors have only shapes.

    FLOPs a unit    floating-point operations of forward and backward, of matrix products alone: 2 n m k each. The
                    attention kernel is taken apart into its products there (on a CPU it would count for none), all
                    scores among them, also those that a mask hides
    bytes a sample  what every operation puts out, and as much for its gradient

The number of operations is the model's own: what a mode computes twice (recomputed activations, a part that all ranks
have) is not in it.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from engine.rank.data.workload import Workload

LOSS_TENSORS = 3
"""Of the size of the outputs, that a loss makes: logarithms of probabilities, say, and their gradients."""


def flops_per_unit(workload: Workload) -> float:
    """Floating-point operations of one unit, forward and backward."""
    model, inputs = _on_meta(workload, torch.float32)
    counter = FlopCounterMode(display=False)
    with counter:
        model(inputs).sum().backward()  # a loss multiplies no matrices
    units = workload.train.count(torch.zeros(1, dtype=torch.int64))
    return counter.get_total_flops() / units


def forward_flops(workload: Workload) -> float:
    """Floating-point operations of one sample, forward alone."""
    model, inputs = _on_meta(workload, torch.float32)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(inputs)
    return float(counter.get_total_flops())


def activation_bytes(workload: Workload, dtype: torch.dtype) -> int:
    """The most bytes that a sample takes on its way through the model and back, computed in `dtype`."""
    model, inputs = _on_meta(workload, dtype)
    with torch.no_grad(), _Attention(), _Outputs() as seen:
        outputs = model(inputs)
    return 2 * sum(seen.sizes.values()) + LOSS_TENSORS * int(outputs.nbytes)


def layer_bytes(workload: Workload, dtype: torch.dtype, layers: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Bytes a sample of layers that follow each other, each some modules by name: within a layer, and as it leaves it.

    Within a layer it is as in `activation_bytes`, without the loss.
    """
    model, values = _on_meta(workload, dtype)
    found = []
    for layer in layers:
        with torch.no_grad(), _Attention(), _Outputs() as seen:
            for name in layer:
                values = model.get_submodule(name)(values)
        found.append((2 * sum(seen.sizes.values()), int(values.nbytes)))
    return found


def _on_meta(workload: Workload, dtype: torch.dtype) -> tuple[nn.Module, Tensor]:
    with torch.device("meta"):
        model = workload.make_model().to("meta", dtype)  # a buffer may have been taken from the data
    inputs, _ = workload.train.first(1)
    return model, inputs.to("meta", dtype) if inputs.is_floating_point() else inputs.to("meta")


class _Attention(TorchFunctionMode):
    """Attention as its kernel does it, which keeps no scores; taken apart, as the meta device does, it has them all."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is functional.scaled_dot_product_attention:
            return torch.empty_like(args[0])
        return func(*args, **(kwargs or {}))


class _Outputs(TorchDispatchMode):
    """Notes the bytes of every storage that an operation fills; views fill none."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[int, int] = {}
        self._alive: list[Tensor] = []  # so that no storage takes the number of one that was let go

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, tuple | list) else (made,):
            if isinstance(tensor, Tensor) and not func.is_view:
                storage = tensor.untyped_storage()
                self.sizes[storage._cdata] = storage.nbytes()
                self._alive.append(tensor)
        return made
