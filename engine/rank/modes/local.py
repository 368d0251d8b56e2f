r"""Local SGD: replicas train by themselves, each on its slice, and average their weights every H steps.

    rank 0:  [ W ] -> step on its samples -> ... -> W0 \                                     / [ W ] -> ...
                          H times                       >  all-reduce:  W = (W0 + W1) / 2  <
    rank 1:  [ W ] -> step on its samples -> ... -> W1 /                                     \ [ W ] -> ...

Data parallel sends as much in every step as this in H, so traffic falls to 1/H. For that each rank's gradient is the
mean over its own B/n samples, of weights that drift apart for H steps: the mathematics is another one, and the farther
from that of one process the larger H. How far ranks lay apart when they last met is counted: the root mean square
distance of a rank's weights from their mean, over that of the mean, in millionths.

A state has one value of each weight: the mean, made for it alone, for when a state is saved is a matter of the clock
and must not change what is computed. Of the optimizer's state each rank writes its share of the rows as it has them.
Source: Stich, "Local SGD Converges Fast and Communicates Little", ICLR 2019, algorithm 1.
"""

from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import Tensor, nn

from engine.anatomy import Traffic
from engine.rank.modes.base import SingleProcess
from engine.rank.place.mesh import Place
from engine.rank.state.weights import Weights
from engine.rank.step.passes import Passes

CARD = {
    "key": "local",
    "title": "Local SGD, steps",
    "short": "local",
    "summary": "Replicas train by themselves on their slices, and average their weights every so many steps.",
    "applied": 25,
    "needs": "replicas",
    "exact": False,
    "differs": "Ranks step by gradients of their own samples, and only their averaged weights are one model.",
    "precisions": ["fp64", "fp32", "bf16"],
    "devices": ["cpu", "cuda"],
    "sends": [{"kind": "all-reduce", "per_value": True}],
    "traffic": "local SGD: weights averaged every H steps, 2(n-1)/n × parameters / H = {size} a rank",
    "counts": {"apart": "millionths that ranks' weights lay apart when they were last averaged"},
    "option": {
        "title": "Local SGD",
        "help": "Steps that each rank makes by itself before weights are averaged: the more, the less is sent.",
        "default": 0,
        "minimum": 0,
        "maximum": 10_000,
        "offered": [0, 2, 8, 32],
        "words": {
            "0": "Gradients averaged in each step",
            "2": "Weights averaged every 2 steps",
            "8": "Weights averaged every 8 steps",
            "32": "Weights averaged every 32 steps",
        },
    },
}


class Technique(SingleProcess):
    """Replicas that meet every so many steps."""

    replicas_differ = True

    def __init__(self, place: Place, key: str) -> None:
        super().__init__(place, key)
        self._every = int(place.mode.option(key))
        self._peers = place.along(place.replicas_axis)
        self.gradient_factor = len(self._peers)  # each rank steps by the mean over its own slice
        self._alone = 0
        """Steps made since weights were averaged."""
        self._apart_frac = 0.0
        self._weights: list[Tensor] = []
        self._own: list[Tensor] = []
        """This rank's own weights, while the mean of all stands in their place for a state."""

    def apply(self, model: nn.Module, passes: Passes) -> None:  # noqa: ARG002
        """Change nothing of the model or its passes: gradients stay where they are."""
        passes.joins_gradients = False

    def attach(self, weights: Weights) -> None:
        """Note what is to be averaged: all weights that are trained."""
        self._group = self.place.mesh.get_group(self.place.replicas_axis) if len(self.place.mode.degrees) > 1 else None
        self._weights = [local.detach() for local in weights.trained.values()]

    def around(self, make_step: Callable[[], object]) -> Callable[[], object]:
        """A step by oneself; after each H-th, the mean of all."""

        def step() -> None:
            make_step()
            self._alone += 1
            if self._alone == self._every:
                self._alone = 0
                self._average()

        return step

    def settle(self) -> None:
        """A state is about to be written, by all ranks at the same step: it has the mean of their weights."""
        if self._alone:
            self._own = [local.clone() for local in self._weights]
            self._average()

    @torch.no_grad()
    def go_on(self) -> None:
        """Each rank goes on with weights of its own."""
        if self._own:
            torch._foreach_copy_(self._weights, self._own)
            self._own = []

    @torch.no_grad()
    def _average(self) -> None:
        """Every rank has the mean of the ranks' weights."""
        own = torch.cat([local.flatten() for local in self._weights])
        mean = own / len(self._peers)
        dist.all_reduce(mean, group=self._group)
        self._apart_frac = float((own - mean).norm() / mean.norm().clamp_min(1e-30))
        for local, piece in zip(self._weights, mean.split([local.numel() for local in self._weights]), strict=True):
            local.copy_(piece.view(local.shape))

    def traffic(self) -> tuple[Traffic, ...]:
        """One message every H steps; it comes with the optimizer's step, where nobody counts."""
        payload_bytes = sum(local.numel() * local.element_size() for local in self._weights)
        ranks = tuple(self._peers)
        return (Traffic(kind="all-reduce", ranks=ranks, count=1, payload_bytes=payload_bytes, every=self._every),)

    def counts(self) -> dict[str, int]:
        """How far apart: the first of the ranks tells it."""
        return {"apart": round(self._apart_frac * 1e6) if self.place.rank == self._peers[0] else 0}

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """What this rank has of the model, in words: weights of its own for so many steps."""
        return f"weights of its own for {self._every} steps"
