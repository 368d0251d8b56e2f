"""Data parallel: every rank holds a replica of the model and takes a slice of the batch; gradients are averaged.

    rank 0:  [ W ]  [ batch, 1st slice ]  ->  dW0  \\
    rank 1:  [ W ]  [ batch, 2nd slice ]  ->  dW1   >  all-reduce:  dW = dW0 + dW1 + ...  ->  same step on each rank
     ...                                           /

    loss = 1/B * sum over ranks r of ( sum of the losses in r's slice )

Over gloo and NCCL this is DistributedDataParallel, which averages over the n ranks, so each rank backpropagates n/B
times its sum; the all-reduce of a bucket of gradients starts while earlier layers are still being differentiated.
Source: Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 2020, section 3.

Over other transports, and where other techniques have already cut the model, all gradients go through one flat buffer
after backward (`engine/rank/comm/flat_gradients.py`).
"""

from inspect import signature
from time import perf_counter
from typing import Any

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from engine.anatomy import THROUGH_MEMORY, Traffic
from engine.rank.comm.flat_gradients import Replicas
from engine.rank.modes.base import SingleProcess
from engine.rank.place.mesh import Place
from engine.rank.step.passes import Passes
from engine.rank.trace.host_trace import COMMUNICATE, Trace

CARD = {
    "key": "dp",
    "title": "Data parallel",
    "short": "Data",
    "summary": "Every rank holds a replica of the model and takes a slice of the batch; gradients are averaged.",
    "minimum": 2,
    "offered": [2, 4, 8],
    "axis": 2,
    "applied": 30,
    "together": ["tp", "pp"],
    "samples": True,
    "sends": [{"kind": "all-reduce"}],
    "traffic": "data parallel: 2(n-1)/n × parameters = {size} a rank",
    "options": [
        {
            "key": "transport",
            "title": "Transport",
            "help": "What carries gradients: TCP (gloo), shared memory (shm), MPI (mpi), NVLink or PCIe (nccl).",
            "default": "auto",
            "choices": ["auto", "gloo", "shm", "mpi", "nccl"],
            "role": "transport",
            "devices": {"shm": "cpu", "mpi": "cpu", "nccl": "cuda"},
            "requires": {"shm": "ordered stores", "mpi": "mpi"},
            "kinds": {"shm": "all-reduce (shared memory)"},
            "traffic": {
                "shm": "data parallel: (n+1)/n × parameters (1/n of all n buffers read, 1/n written) = {size} a rank",
                "mpi": "data parallel: 2(n-1)/n × parameters, as a ring would send it, = {size} a rank",
            },
        }
    ],
}

HAS_NEW_NAME = "forward_sync_buffers" in signature(DistributedDataParallel.__init__).parameters
OWN_BUFFERS: dict[str, Any] = {"forward_sync_buffers" if HAS_NEW_NAME else "broadcast_buffers": False}
"""Nobody sends buffers. Torch 2.13 has another name for it, and warns of the old one on every rank's stderr."""
OWN_KINDS = {"shm": THROUGH_MEMORY, "mpi": "all-reduce"}
"""What the messages of transports are called of which torch.distributed knows nothing."""


class Technique(SingleProcess):
    """Replicas whose gradients are made equal after each backward pass."""

    warm_up_passes = 2
    """DDP makes its buckets anew after the first pass, by the order in which gradients came."""

    def __init__(self, place: Place, key: str) -> None:
        super().__init__(place, key)
        self._transport = str(place.mode.option("transport"))
        self._by_ddp = self._transport in ("gloo", "nccl") and place.mode.keys == (key,)
        self._last_gradient_s = 0.0
        self._replicas: Replicas | None = None
        self._ddp: DistributedDataParallel | None = None

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """DDP around the model, or a flat buffer behind it."""
        if not passes.joins_gradients:
            return
        own = [p for p in model.parameters() if p.requires_grad and p.device.type != "meta"]
        if not self._by_ddp:
            self._replicas = Replicas(own, self.place, self.key, self._transport)
            return
        self.gradient_factor = self.place.world_size
        for parameter in own:
            parameter.register_post_accumulate_grad_hook(self._note_gradient)
        devices = [self.place.device] if self.place.device.type != "cpu" else None
        self._ddp = DistributedDataParallel(
            model,
            device_ids=devices,
            gradient_as_bucket_view=True,
            init_sync=False,  # all ranks have built the same model from the same seed
            **OWN_BUFFERS,  # and no step may make its buffers depend on a rank's slice
        )
        passes.module, passes.hold_back = self._ddp, self._ddp.no_sync

    def _note_gradient(self, _: Tensor) -> None:
        self._last_gradient_s = perf_counter()

    def reduce(self, trace: Trace) -> None:
        """DDP has reduced within backward: what was not hidden becomes its own span. Else reduce now."""
        if self._ddp is None and self._replicas is None:
            return
        if self._replicas is None:
            trace.cut(COMMUNICATE, self._last_gradient_s)
            self.place.link.delay()
        else:
            trace.enter(COMMUNICATE)
            if self._transport in OWN_KINDS:  # torch's own messages are held where they are waited for
                self.place.link.delay()
            self._replicas.average()

    def traffic(self) -> tuple[Traffic, ...]:
        """Through shared memory or MPI; torch's own messages are counted where torch sends them."""
        if self._replicas is None or self._transport not in OWN_KINDS:
            return ()
        peers = tuple(self.place.along(self.key))
        kind = OWN_KINDS[self._transport]
        return (Traffic(kind=kind, ranks=peers, count=1, payload_bytes=self._replicas.payload_bytes),)

    @property
    def moved_bytes(self) -> int | None:
        """Bytes that the transport has moved, where it is shared memory and counts them."""
        return self._replicas.moved_bytes if self._replicas is not None else None

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """Every rank has all of what its neighbours on this axis have."""
        return "a full replica" if self.place.mode.keys == (self.key,) else "a replica"
