"""Plain code: the same model, computed by code that is not torch's, one step of the run like any other.

    code=torch     x -> [ model in torch ] -> loss        loss.backward()
    code=numpy     x -> [ by matrices    ] -> loss        derivatives written out by hand       the same W, the same dW,
    code=python    x -> [ number by number ] -> loss      each number knows what it is made of  to rounding

    W (torch's memory)  ->  its numbers  ->  loss, dW  ->  W.grad  ->  the optimizer's step, torch's in all three

What takes hundreds of times as long is not the mathematics: Python makes an object of every number, numpy one of every
matrix. A workload's card says in which code it is written, too. One process, one thread: none of them shares.
Ideas: Andrej Karpathy, micrograd (2020) and microgpt (2026).
"""

from functools import partial

import torch
from torch import Tensor, nn

from engine.ipc.sizes import ModelSizes
from engine.rank.data.batches import Batch
from engine.rank.data.workload import Code
from engine.rank.modes.base import SingleProcess
from engine.rank.step.passes import Passes
from engine.rank.trace.host_trace import BACKWARD, Trace

CARD = {
    "key": "code",
    "title": "Plain code",
    "short": "in",
    "summary": "The same model written out in plain Python or in numpy: the same losses, at another speed.",
    "devices": ["cpu"],
    "precisions": ["fp64", "fp32"],
    "alone": True,
    "option": {
        "title": "Code",
        "help": "What the model is computed by: Python one number at a time, numpy one matrix at a time, or torch.",
        "default": "torch",
        "choices": ["python", "numpy", "torch"],
        "words": {"python": "Written in Python", "numpy": "Written in numpy", "torch": "Written in torch"},
        "role": "language",
    },
}


PRODUCT_BYTES = 48
"""Of each product that plain Python adds up it keeps both numbers and how steeply the sum follows each: four references
of 8 bytes. The rest is for the objects that they refer to."""
FLOPS = 6
"""Of one product, forward and backward."""


class Technique(SingleProcess):
    """The passes of the workload's own code in place of torch's."""

    @staticmethod
    def at_once(samples: int, sample_bytes: int, sizes: ModelSizes, value: int | str) -> tuple[int, int]:
        """All samples at once; in plain Python every product of a forward pass waits for backward, not each result."""
        if value != "python":
            return samples, sample_bytes
        return samples, int(PRODUCT_BYTES * sizes.flops_per_unit / FLOPS)

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """Put the code's passes in place of the plain ones."""
        code = passes.workload.code[str(self.place.mode.option(self.key))]
        passes.run = partial(_run, code, model, passes)


def _run(code: Code, model: nn.Module, passes: Passes, batch: Batch, trace: Trace) -> Tensor:
    """Forward and backward of one step; the gradients of its mean loss are then in every W.grad."""
    slow, weights = passes.slowdown.enter, dict(model.named_parameters())
    slow("forward")
    numbers = {name: weight.detach().numpy() for name, weight in weights.items()}  # the same memory, not a copy
    loss_sum, backward = code(numbers, batch.inputs.numpy(), batch.targets.numpy())
    trace.enter(BACKWARD)
    slow("backward")
    gradients = backward()
    for name, weight in weights.items():
        weight.grad = torch.empty_like(weight)  # an optimizer's kernel takes both as they lie in memory
        weight.grad.copy_(torch.as_tensor(gradients[name], dtype=weight.dtype) * (passes.factor / batch.of_units))
    slow("")
    passes.finish(trace)
    return torch.tensor(loss_sum, dtype=torch.float64)
