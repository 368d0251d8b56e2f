"""Equal gradients on all replicas by one all-reduce of one flat buffer after backward.

p.grad of every parameter  --copy-->  [ outgoing, flat ]  --all-reduce-->  [ sum, flat ]  --views-->  p.grad
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.rank.comm.transport import make_transport
from engine.rank.place.mesh import Place
from engine.rank.state.weights import as_its_parameter, is_dtensor


class Replicas:
    """The flat buffers of one rank and the transport between them and the others', for parameters that are trained.

    There may be none: then a stage of frozen layers alone is all that these ranks have, and nothing is sent.
    """

    def __init__(self, parameters: Sequence[Tensor], place: Place, axis: str, transport: str) -> None:
        self._parameters = list(parameters)
        shapes = [_local(p).shape for p in self._parameters]
        sizes = [shape.numel() for shape in shapes]
        self.payload_bytes = sum(_local(p).nbytes for p in self._parameters)
        if not self._parameters:
            return
        self._transport = make_transport(transport, place, axis, sum(sizes), self._parameters[0].dtype)
        pieces = self._transport.outgoing.split(sizes)
        sums = self._transport.sum.split(sizes)
        self._outgoing = [piece.view(shape) for piece, shape in zip(pieces, shapes, strict=True)]
        self._sums = [piece.view(shape) for piece, shape in zip(sums, shapes, strict=True)]

    @property
    def moved_bytes(self) -> int | None:
        """What this rank has moved through shared memory since it began; None where it sends messages."""
        return self._transport.moved_bytes if self._parameters else None

    def average(self) -> None:
        """After this every `p.grad` is the sum over replicas. (A loss already divided by B needs no more.)"""
        if not self._parameters:
            return
        for parameter in self._parameters:
            parameter.grad = as_its_parameter(parameter)
        gradients = [_local(p.grad) for p in self._parameters if p.grad is not None]
        torch._foreach_copy_(self._outgoing, gradients)
        self._transport.all_reduce()
        for parameter, total in zip(self._parameters, self._sums, strict=True):
            gradient = parameter.grad
            if gradient is not None and is_dtensor(gradient):
                gradient.to_local().copy_(total)  # type: ignore[attr-defined]
            else:
                parameter.grad = total


def _local(tensor: Tensor) -> Tensor:
    return tensor.to_local() if is_dtensor(tensor) else tensor  # type: ignore[attr-defined]
