"""Forward and backward of one step, on one rank. A pipeline puts its own in place of these.

loss_sum = sum over this rank's samples          objective = loss_sum * factor / units of the global batch
forward:  x -> y -> loss_sum                      backward: d objective / d W into every W.grad
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from torch import Tensor, nn

from engine.rank.data.batches import Batch
from engine.rank.data.workload import Workload
from engine.rank.place.slowdown import Slowdown
from engine.rank.step.precision import Precision
from engine.rank.trace.host_trace import BACKWARD, Trace

Reduce = Callable[[Trace], None]


class Run(Protocol):
    """Makes one step's gradients; returns the sum of the losses where this rank has it."""

    def __call__(self, batch: Batch, trace: Trace) -> Tensor | None: ...


class Passes:
    """The plain passes, and what techniques may change: `module` to call, `factor`, `reduces`, `run`."""

    def __init__(
        self,
        model: nn.Module,
        workload: Workload,
        precision: Precision,
        example: Tensor,
    ) -> None:
        self.model = model
        self.example = example
        """Some inputs, (b, features...): for measuring and for shapes."""
        self.module = model
        self.pieces: list[nn.Module] = [model]
        """What is called from its inputs to its outputs in one go: the model, or a pipeline's stages on this rank."""
        self.workload = workload
        self.loss_sum_of = workload.loss_sum
        self.precision = precision
        self.factor = 1
        self.slowdown = Slowdown()
        self.reduces: list[Reduce] = []
        self.joins_gradients = True
        """Replicas' own technique adds up what they found. False: another does it in its stead, or nobody."""
        self.is_last_piece = True
        """False while samples of the step are still to come: gradients are kept, and not yet added up over ranks."""
        self.hold_back: Callable[[], AbstractContextManager[None]] = nullcontext
        """Within it backward sends nothing of what is added up over replicas."""
        self.run: Run = self._run
        self.reports = True
        """Of the ranks that compute the same samples, the one whose loss counts."""
        self.parts: list[list[str]] = [[""]]
        """What this rank has of the model, in pieces of modules that follow each other, by name ("": the model)."""
        self.owner_of: dict[str, int] = {}
        """By parameter: which index along the pipeline's axis has it. Empty: every rank has (a part of) all."""

    def _run(self, batch: Batch, trace: Trace) -> Tensor | None:
        slow = self.slowdown.enter
        slow("forward")
        with self.precision.forward():
            loss_sum = self.loss_sum_of(self.module(batch.inputs), batch.targets)  # ()
        trace.enter(BACKWARD)
        slow("backward")
        self.precision.scale(loss_sum * (self.factor / batch.of_units)).backward()
        slow("")
        self.finish(trace)
        return loss_sum if self.reports else None

    def finish(self, trace: Trace) -> None:
        """After backward of a step's last piece: what is left until each gradient is that of the global loss."""
        if self.is_last_piece:
            for reduce in self.reduces:
                reduce(trace)
