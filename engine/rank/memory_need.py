"""What a crew will take of the host's memory, summed up before any of it is taken.

    W  weights    f, g, o  parts of weights, gradients, optimizer's state a rank has    k  optimizer's numbers a weight
    while building:   n * W (1 + f)                          each rank makes the whole model, then keeps its part
    while training:   n * [ W (f + g + k o)  +  buffers  +  activations ]
    and beside both:  W (1 + k)                              the state, in memory that all ranks share
    for the evaluator:  2 W + activations                    its model, and the snapshot it looks at

An upper bound, not a forecast: pages that ranks share with the fork server are not in it, for they are there already.
"""

import torch

from engine.config import roles
from engine.config.mode import ComputeMode
from engine.errors import RequestError
from engine.rank.data.flops import activation_bytes
from engine.rank.data.workload import Workload
from engine.rank.evaluator.validation import SLICE_SAMPLES

OPTIMIZER_NUMBERS = {"adam": 2, "sgd": 1}
OWN_BYTES = 120 * 2**20
"""A rank by itself: interpreter, threads, ring, allocator's slack; `bench shift` finds 55 to 97 MiB, and allows 120."""
REST_FRAC = 0.05
"""Of the free memory, what is left to others."""
GIB = 2**30


def bytes_needed(workload: Workload, mode: ComputeMode, optimizer: str, batch_size: int, dtype: torch.dtype) -> int:
    """The most bytes that the ranks of `mode` take together, built and training on this host."""
    with torch.device("meta"):
        model = workload.make_model().to("meta", dtype)  # a buffer may have been taken from the data
    weights = sum(parameter.numel() for parameter in model.parameters()) * dtype.itemsize
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad) * dtype.itemsize
    held = weights / roles.parts(mode, "weights")
    stepped = trained / roles.parts(mode, "gradients")
    stepped += trained * OPTIMIZER_NUMBERS[optimizer] / roles.parts(mode, "optimizer")
    # Gradients once more, flat, for the all-reduce; DDP's first ones are not in its buckets, which it makes anew when
    # it knows their order. Layers that a sharded model gathers and drops leave gaps in the heap, whatever its size.
    replicas = any(card.samples and "weights" not in card.shards for card in mode.cards)
    buffers = held * 4 if replicas else held if mode.keys else 0.0
    if any("weights" in card.shards for card in mode.cards):
        buffers += 1.5 * weights + min(12 * weights, GIB / 2)
    slices = roles.data_size(mode)
    activations = activation_bytes(workload, dtype) * -(-batch_size // slices)
    a_rank = max(weights + held, held + stepped + buffers + activations) + OWN_BYTES
    state = weights + trained * OPTIMIZER_NUMBERS[optimizer]
    return int(mode.world_size * a_rank + state)


def evaluator_bytes(workload: Workload, dtype: torch.dtype) -> int:
    """The most bytes that the evaluator and the snapshot take beside the ranks."""
    with torch.device("meta"):
        model = workload.make_model().to("meta", dtype)
    weights = sum(parameter.numel() for parameter in model.parameters()) * dtype.itemsize
    return 2 * weights + activation_bytes(workload, dtype) * SLICE_SAMPLES + OWN_BYTES


def check(needed_bytes: int, free_bytes: int, mode: ComputeMode) -> None:
    """Refuse what will not fit, before anything of it is there.

    Raises:
        RequestError: more is needed than is free.
    """
    if needed_bytes > free_bytes * (1 - REST_FRAC):
        raise RequestError(
            "{mode} needs up to {needed:.1f} GiB of memory for {ranks} rank(s), and {free:.1f} GiB are free. Take a "
            "smaller model or batch, or a mode that cuts the model.",
            mode=mode.words,
            needed=needed_bytes / GIB,
            ranks=mode.world_size,
            free=free_bytes / GIB,
        )
