"""In which number format a model computes, and what that takes.

    fp64, fp32   weights, gradients and sums in that format
    bf16         weights and optimizer in fp32; matrix products in bfloat16 (8 bits of exponent: no scaling needed)
    fp16         as bf16, in float16 (5 bits of exponent): the loss is scaled up so that small gradients survive

Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018; torch.amp.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, optim

MASTER = {"fp64": torch.float64, "fp32": torch.float32, "bf16": torch.float32, "fp16": torch.float32}
COMPUTE = {"bf16": torch.bfloat16, "fp16": torch.float16}


def set_up_cpu(threads: int) -> None:
    """Let torch compute by so many threads, and take numbers below the least normal one (in fp32 1e-38) for 0.

    CPUs compute with such numbers up to 20 times as long. The momentum of a unit that has died comes to them after some
    840 steps, and stays there. It holds for the thread that calls this, and for those that torch starts from it.
    """
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads)


class Precision:
    """One precision on one device. Without mixing, `forward` is an empty context and `scale` hands the loss through."""

    def __init__(self, name: str, device: torch.device) -> None:
        self.master = MASTER[name]
        self.scaler = torch.amp.GradScaler(device.type) if name == "fp16" else None
        self._device_type = device.type
        self._compute = COMPUTE.get(name)
        self._plain: AbstractContextManager[None] = nullcontext()

    def forward(self) -> AbstractContextManager[None]:
        """The context of the forward pass and the loss."""
        if self._compute is None:
            return self._plain
        return torch.autocast(self._device_type, self._compute)

    def scale(self, objective: Tensor) -> Tensor:
        """The loss to differentiate: scaled up where gradients are in fp16."""
        return self.scaler.scale(objective) if self.scaler else objective

    def step(self, optimizer: optim.Optimizer, direct: Callable[[], object]) -> None:
        """One optimizer step; with fp16, skipped when a gradient overflowed, and the scale adjusted."""
        if self.scaler:
            self.scaler.step(_Stepped(optimizer, direct))  # type: ignore[arg-type] # it asks for no more than this
            self.scaler.update()
        else:
            direct()


class _Stepped:
    """An optimizer as a gradient scaler sees it: gradients to unscale, and a step that techniques have a part in."""

    def __init__(self, optimizer: optim.Optimizer, step: Callable[[], object]) -> None:
        self.param_groups = optimizer.param_groups
        self.step = step
