"""ZeRO: replicas share what the optimizer does. Each steps an n-th of the weights, and keeps its state for that alone.

    backward          rank 0: dW of its samples              rank 1: dW of its samples
    reduce-scatter    [ sum, rows of rank 0 | . . . ]        [ . . . | sum, rows of rank 1 ]
    Adam              m, v and step of these rows            m, v and step of these rows
    all-gather        [ W, rows of 0 | W, rows of 1 ]        the same, for the next forward pass

    bytes a parameter, fp32 and Adam:   weights 4 + gradients 4 + state 8 = 16 on every replica
    zero=1   state shared                       4 + 4 + 8/n
    zero=2   gradients shared too               4 + 4/n + 8/n
    (weights shared too: fully sharded data parallel, 16/n)

With stage 1 a rank keeps all of dW until the step is made. With stage 2 a layer's gradients are added up as soon as the
last of them is there, and only this rank's rows are kept, so all of dW is never there at once. (A pipeline's stages add
theirs up after the last micro-batch.) What is sent is the same: a ring's all-reduce is these two, one after the other.
Source: Rajbhandari et al., "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", SC 2020, section 5.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.distributed as dist
from torch import Tensor, nn

from engine.anatomy import Traffic
from engine.rank.modes.base import SingleProcess
from engine.rank.place.mesh import Place
from engine.rank.state.weights import Weights, in_rows
from engine.rank.step.passes import Passes
from engine.rank.trace.host_trace import COMMUNICATE, Trace

CARD = {
    "key": "zero",
    "title": "ZeRO",
    "summary": "Replicas share the optimizer: each steps an n-th of the weights (1) and keeps its gradients alone (2).",
    "applied": 25,
    "needs": "replicas",
    "shards": ["optimizer"],
    "precisions": ["fp64", "fp32", "bf16"],
    "devices": ["cpu", "cuda"],
    "sends": [{"kind": "reduce-scatter"}, {"kind": "all-gather", "of_part": True}],
    "traffic": "ZeRO: gradients scattered, weights gathered, together 2(n-1)/n × parameters = {size} a rank",
    "option": {
        "title": "ZeRO stage",
        "help": "What replicas share: the optimizer's state (1), or that and gradients (2).",
        "default": "off",
        "choices": ["off", "1", "2"],
        "shards": {"2": ["gradients"]},
    },
}


class Technique(SingleProcess):
    """Gradients of each bucket of parameters to the ranks that step them, and weights back to all."""

    def __init__(self, place: Place, key: str) -> None:
        super().__init__(place, key)
        self._keeps_all = place.mode.option(key) == "1"
        axis = place.replicas_axis
        self._peers = place.along(axis)
        self._index, self._count = place.index(axis), place.mode.degree(axis)
        self._buckets: list[_Bucket] = []
        self._passes: Passes | None = None

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """Take over from the replicas' own technique what is done with gradients."""
        passes.joins_gradients = False
        self._passes = passes
        self._by_layer = not self._keeps_all and passes.pieces == [model]

    def attach(self, weights: Weights) -> None:
        """Leave to the optimizer this rank's rows of every parameter."""
        place, layers = self.place, dict[str, list[str]]()
        group = place.mesh.get_group(place.replicas_axis) if len(place.mode.degrees) > 1 else None
        for name, local in weights.trained.items():
            rows = len(in_rows(local))
            each = -(-rows // self._count)
            begin = min(rows, self._index * each)
            weights.step_rows(name, begin, min(rows, begin + each))
            layers.setdefault("" if self._keeps_all else name.rpartition(".")[0], []).append(name)
        self._buckets = [_Bucket(weights, names, self._count, self._index, group) for names in layers.values()]
        if self._by_layer:
            for bucket in self._buckets:
                for name in bucket.names:
                    weights.parameters[name].register_post_accumulate_grad_hook(partial(self._note, bucket))

    def _note(self, bucket: "_Bucket", _: Tensor) -> None:
        """A gradient of a layer is there; with its last one they are added up."""
        bucket.arrived += 1
        if bucket.arrived == len(bucket.names):
            bucket.scatter(keeps_all=False)

    def reduce(self, trace: Trace) -> None:
        """Add up what has not been added up on the way."""
        trace.enter(COMMUNICATE)
        for bucket in self._buckets:
            if not self._by_layer or bucket.arrived:
                bucket.scatter(keeps_all=self._keeps_all)

    def around(self, make_step: Callable[[], object]) -> Callable[[], object]:
        """Step this rank's rows, then let all have all rows."""

        def step() -> None:
            make_step()
            for bucket in self._buckets:
                bucket.gather()

        return step

    def traffic(self) -> tuple[Traffic, ...]:
        """The weights' way back comes with the optimizer's step, where nobody counts."""
        payload_bytes = sum(bucket.part_bytes for bucket in self._buckets)
        count, ranks = len(self._buckets), tuple(self._peers)
        return (Traffic(kind="all-gather", ranks=ranks, count=count, payload_bytes=payload_bytes),)

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """What this rank has of the model, in words: what it steps, which is less than what it holds."""
        return f"steps part {self._index + 1} of {self._count}"


class _Bucket:
    """Parameters whose gradients travel together: one flat buffer, cut in n parts of the same length.

    [ rows of A for rank 0, rows of B for rank 0 | rows of A for rank 1, rows of B for rank 1 | ... ]    (n, part)

    Rows that do not divide by n are filled up with zeros.
    """

    def __init__(
        self, weights: Weights, names: list[str], count: int, index: int, group: dist.ProcessGroup | None
    ) -> None:
        self.names = names
        self.arrived = 0
        self._weights, self._count, self._index, self._group = weights, count, index, group
        self._locals = [in_rows(weights.trained[name].detach()) for name in names]
        self._each = [-(-len(local) // count) for local in self._locals]
        """Rows a rank."""
        self._sizes = [each * local[:1].numel() for each, local in zip(self._each, self._locals, strict=True)]
        self.part_bytes = sum(self._sizes) * self._locals[0].element_size()

    def _empty(self, *shape: int) -> Tensor:
        return self._locals[0].new_zeros(shape)

    def _pieces(self, flat: Tensor, like: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Of each tensor the rows of each rank, beside the place for them in `flat`, (n, numbers a part)."""
        found = []
        for rank, part in enumerate(flat):
            for each, place, whole in zip(self._each, part.split(self._sizes), like, strict=True):
                rows = whole[rank * each : (rank + 1) * each]
                found.append((place[: rows.numel()].view(rows.shape), rows))
        return found

    @torch.no_grad()
    def scatter(self, *, keeps_all: bool) -> None:
        """Gradients are added up: this rank's rows of the sum go to what it steps. Of the rest nothing is kept, or all.

        Before: `.grad` of each parameter is that of this rank's samples. After: `.grad` of what is stepped is the sum.
        """
        self.arrived = 0
        weights = self._weights
        gradients = []
        for name, local in zip(self.names, self._locals, strict=True):
            gradient = weights.gradient(name)
            gradients.append(in_rows(gradient) if gradient is not None else torch.zeros_like(local))
        flat = self._empty(self._count, sum(self._sizes))
        for place, rows in self._pieces(flat, gradients):
            place.copy_(rows)
        mine = self._empty(sum(self._sizes))
        dist.reduce_scatter_tensor(mine, flat.view(-1), group=self._group)
        for name, whole, part in zip(self.names, gradients, mine.split(self._sizes), strict=True):
            stepped = weights.stepped[name]
            total = part[: stepped.numel()].view(stepped.shape)
            if keeps_all:
                rows = whole[slice(*weights.rows[name])]
                rows.copy_(total)
                stepped.grad = rows
            else:
                weights.parameters[name].grad = None
                stepped.grad = total if stepped.grad is None else stepped.grad + total

    @torch.no_grad()
    def gather(self) -> None:
        """Every rank has every rank's rows of the weights."""
        flat = self._empty(self._count, sum(self._sizes))
        pieces = self._pieces(flat, self._locals)
        own = range(self._index * len(self.names), (self._index + 1) * len(self.names))
        for number in own:
            place, rows = pieces[number]
            place.copy_(rows)
        dist.all_gather_into_tensor(flat.view(-1), flat[self._index], group=self._group)
        for number, (place, rows) in enumerate(pieces):
            if number not in own:
                rows.copy_(place)
