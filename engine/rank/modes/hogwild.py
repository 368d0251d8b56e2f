"""Hogwild: one copy of the weights in shared memory, no locks. Every rank reads and writes it when it likes.

    shared memory:            [ W ]
                     read  ^ |  ^ |   write: W -= lr * step(dW), one element after another, without asking
    rank 0:  its slice, dW0 '   |  |
    rank 1:  its slice, dW1 ----'--'

While a rank computes its gradient, others change the weights it was computed for (the gradient is stale), and two ranks
that write at once may undo each other's change of an element (a lost update). With sparse gradients that seldom
matters; with dense ones, as here, it does, and is counted: a rank announces each write before and after it, and sees
how many others' writes began since it last read, and whether one was under way while it wrote.

A step of the run is one write by every rank. Rank 0 opens each step, as in every mode, so that a pause or a shift finds
all at the same one; it may be some steps ahead of the others. Each keeps its own optimizer state. This is the stated
exception to the rule that the mathematics does not depend on the mode.
Source: Recht et al., "Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent", NeurIPS 2011.
"""

from collections.abc import Callable

import torch
from torch import nn

from engine.ipc.backoff import give_way
from engine.ipc.shared_memory import SharedMemory, open_shared
from engine.rank.modes.base import SingleProcess
from engine.rank.place.mesh import Place
from engine.rank.step.passes import Passes

CARD = {
    "key": "hogwild",
    "title": "Hogwild",
    "summary": "One copy of the weights in shared memory; every rank trains on its slice and writes without locks.",
    "minimum": 2,
    "offered": [2, 4, 8],
    "axis": 2,
    "samples": True,
    "shares": ["weights"],
    "exact": False,
    "differs": "Ranks write without asking, into weights that others change meanwhile: no two runs are the same.",
    "talks": False,
    "traffic": "No message: all ranks write the one copy.",
    "counts": {
        "stale_updates": "writes of others fell between a rank's read and its own write",
        "simultaneous_writes": "times two ranks wrote at once",
    },
    "precisions": ["fp64", "fp32", "bf16"],
    "devices": ["cpu"],
}
LINE_BYTES = 64
MOST_AHEAD = 8
"""Steps that a rank may be ahead of another: far fewer than the gate has slots, enough to ride out a disturbance.
(A bound on staleness keeps what has been proved of it: Ho et al., "More Effective Distributed ML via a Stale
Synchronous Parallel Parameter Server", NeurIPS 2013.)"""


class Technique(SingleProcess):
    """Weights that lie in one mapped file, and counters of writes beside them."""

    steps_watched = 2 * MOST_AHEAD
    """However far ranks are apart, there is a time in which all of them are seen."""

    def __init__(self, place: Place, key: str) -> None:
        super().__init__(place, key)
        self.gradient_factor = place.world_size  # each rank steps by the mean over its own slice
        self.stale_updates = 0
        """Writes of other ranks between this rank's reads and its own writes, all steps together."""
        self.simultaneous_writes = 0
        """Steps in which another rank wrote while this one did."""

    def apply(self, model: nn.Module, passes: Passes) -> None:  # noqa: ARG002
        """Move the weights into memory that all ranks map."""
        place, parameters = self.place, list(model.parameters())
        dtype = parameters[0].dtype
        numel = sum(p.numel() for p in parameters)
        header_bytes = place.world_size * LINE_BYTES
        total_bytes = header_bytes + numel * dtype.itemsize
        if place.rank == 0:
            self._owned = SharedMemory(self.key, total_bytes)  # kept: the others map it through this process
            place.store.set(self.key, self._owned.path)
        memory = open_shared(place.store.get(self.key).decode(), total_bytes)
        self._counters = memoryview(memory)[:header_bytes].cast("q")
        flat = torch.frombuffer(memory, dtype=dtype, count=numel, offset=header_bytes)
        offset = 0
        with torch.no_grad():
            for parameter in parameters:
                shared = flat[offset : offset + parameter.numel()].view(parameter.shape)
                if place.rank == 0:
                    shared.copy_(parameter)
                parameter.data = shared
                offset += parameter.numel()

    def around(self, make_step: Callable[[], object]) -> Callable[[], object]:
        """Announce each write before and after it, and count what others did meanwhile."""
        counters, stride, world_size = self._counters, LINE_BYTES // 8, self.place.world_size
        mine = self.place.rank * stride
        others = [rank * stride for rank in range(world_size) if rank != self.place.rank]
        seen = 0  # writes of others that had begun when this rank last finished one, and so began to read

        def write() -> None:
            nonlocal seen
            while any(counters[mine] - counters[other + 1] > MOST_AHEAD for other in others):
                give_way(0, 0)
            begun = sum(counters[other] for other in others)
            under_way = begun - sum(counters[other + 1] for other in others)
            self.stale_updates += begun - seen
            counters[mine] += 1
            make_step()
            counters[mine + 1] += 1
            seen = sum(counters[other] for other in others)
            self.simultaneous_writes += bool(under_way or seen != begun)

        return write

    def counts(self) -> dict[str, int]:
        """The races this rank saw: updates computed from stale weights, writes at the same time as another's."""
        return {"stale_updates": self.stale_updates, "simultaneous_writes": self.simultaneous_writes}

    def settle(self) -> None:
        """Wait until every rank has written as often as this one.

        When the run is handed over all stand at this boundary, and no one writes. When it is only saved the others go
        on: what is saved is the weights as any reader of Hogwild's sees them, some elements a step newer than others.
        """
        stride = LINE_BYTES // 8
        written = self._counters[self.place.rank * stride + 1]
        while any(self._counters[rank * stride + 1] < written for rank in range(self.place.world_size)):
            give_way(0, 0)

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """What this rank has of the model, in words: the same memory as every rank."""
        return "the one copy in shared memory"
