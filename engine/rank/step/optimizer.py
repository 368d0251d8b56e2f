"""Optimizers. The kernels are torch's own; only the way to them is shorter.

    Adam:  m = b1 m + (1 - b1) g     v = b2 v + (1 - b2) g^2     W = W - lr * m^ / (sqrt(v^) + eps)

Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, optim

from engine.rank.state.canonical import fresh_state


class DirectAdam(optim.Adam):
    """Fused Adam whose `direct_step` hands its lists of tensors straight to the kernel.

    `step` collects them anew each time, in Python: 100 of the 400 microseconds that a step of a small MLP takes. The
    result is the same to the bit, for it is the same kernel.
    """

    def __init__(self, parameters: list[Tensor], lr: float) -> None:
        super().__init__(parameters, lr=lr, fused=True)
        make_state(self)
        self._parameters = parameters
        states = [self.state[parameter] for parameter in parameters]
        self._averages: list[Tensor] = [state["exp_avg"] for state in states]
        self._squares: list[Tensor] = [state["exp_avg_sq"] for state in states]
        self._steps: list[Tensor] = [state["step"] for state in states]

    @torch.no_grad()
    def direct_step(self) -> None:
        """One step, as `step()` makes it."""
        gradients: list[Any] = [parameter.grad for parameter in self._parameters]
        if any(gradient is None for gradient in gradients):  # a layer that this batch did not use is not stepped
            self.step()
            return
        group = self.param_groups[0]
        beta1, beta2 = group["betas"]
        torch._foreach_add_(self._steps, 1)
        torch._fused_adam_(
            self._parameters,
            gradients,
            self._averages,
            self._squares,
            [],
            self._steps,
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )


def make_state(optimizer: optim.Optimizer) -> None:
    """Give every parameter the optimizer's state at once, all zeros, from which a first step is what it is without.

    Torch makes it at the first step. Made beforehand, its memory is there when a state is taken up, and every rank
    knows what a state consists of. Adam divides by 1 - b^t with its own t; SGD's first momentum is 0.9 * 0 + g.
    """
    for parameter in optimizer.param_groups[0]["params"]:
        optimizer.state[parameter].update(fresh_state(optimizer, parameter))


def make_optimizer(name: str, parameters: list[Tensor], lr: float, device: torch.device) -> optim.Optimizer:
    """Adam or SGD with momentum 0.9, fused into one kernel where torch has one for the device."""
    fused = device.type in ("cpu", "cuda", "mps", "xpu")
    if name == "adam" and fused and parameters:
        return DirectAdam(parameters, lr)
    sgd = name == "sgd"
    group: list[dict[str, Any]] = [{"params": parameters}]  # may be empty: a stage of frozen layers alone
    made = optim.SGD(group, lr=lr, momentum=0.9, fused=fused) if sgd else optim.Adam(group, lr=lr)
    make_state(made)
    return made


def stepper(optimizer: optim.Optimizer) -> Callable[[], Any]:
    """The shortest way to make a step with an optimizer of torch: its kernel called directly, or its own `step`."""
    return optimizer.direct_step if isinstance(optimizer, DirectAdam) else optimizer.step
