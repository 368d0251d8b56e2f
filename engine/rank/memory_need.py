"""What a crew will take of the host's memory, summed up before any of it is taken.

    W  weights    f, g, o  parts of weights, gradients, optimizer's state a rank has    k  optimizer's numbers a weight
    while building:   n * W (1 + f)                          each rank makes the whole model, then keeps its part
    while training:   n * [ W (f + g + k o)  +  buffers  +  activations ]
    and beside both:  W (1 + k)                              the state, in memory that all ranks share
    for the evaluator:  4 W + activations of one layer       its models (looks, tries, the last look) and the snapshot

An upper bound, not a forecast: pages that ranks share with the fork server are not in it, for they are there already.
"""

import importlib

import torch

from engine.config import roles
from engine.config.mode import ComputeMode
from engine.config.spec import OPTIMIZERS
from engine.errors import RequestError, counted
from engine.ipc.sizes import ModelSizes
from engine.rank.data.flops import LOSS_TENSORS, activation_bytes, flops_per_unit, layer_bytes
from engine.rank.data.workload import Workload
from engine.rank.evaluator.validation import SLICE_SAMPLES
from engine.rank.modes.base import SingleProcess
from engine.rank.modes.pipeline_cuts import group_layers

OWN_BYTES = 120 * 2**20
"""A rank by itself: interpreter, threads, ring, allocator's slack; `bench shift` finds 62 to 108 MiB and allows 120."""
REST_FRAC = 0.05
"""Of the free memory, what is left to others."""
GIB = 2**30


def sizes_of(workload: Workload, dtype: torch.dtype) -> ModelSizes:
    """What the workload's model takes with weights of `dtype`, found without any memory."""
    with torch.device("meta"):
        model = workload.make_model().to("meta", dtype)  # a buffer may have been taken from the data
    layers = layer_bytes(workload, dtype, group_layers(model, workload.layers))
    return ModelSizes(
        number_bytes=dtype.itemsize,
        weight_bytes=sum(parameter.nbytes for parameter in model.parameters()),
        trained_bytes=sum(parameter.nbytes for parameter in model.parameters() if parameter.requires_grad),
        sample_bytes=activation_bytes(workload, dtype),
        layers=tuple(layers),
        slice_samples=max(
            min(SLICE_SAMPLES, len(workload.validation)) if workload.validation is not None else 0,
            len(workload.surface_inputs) if workload.surface_inputs is not None else 0,
        ),
        flops_per_unit=flops_per_unit(workload),
    )


def bytes_needed(sizes: ModelSizes, mode: ComputeMode, optimizer: str, batch_size: int) -> int:
    """The most bytes that the ranks of `mode` take together, built and training on this host."""
    weights, trained = sizes.weight_bytes, sizes.trained_bytes
    held = weights / roles.parts(mode, "weights")
    stepped = trained / roles.parts(mode, "gradients")
    stepped += trained * OPTIMIZERS[optimizer] / roles.parts(mode, "optimizer")
    # Gradients once more, flat, for the all-reduce; DDP's first ones are not in its buckets, which it makes anew when
    # it knows their order; and the gaps these leave in the heap: all in all a rank takes up to 9.3 times its weights.
    # Layers that a sharded model gathers and drops leave gaps, too, whatever its size.
    replicas = any(card.samples and "weights" not in card.shards for card in mode.cards)
    buffers = held * 5.5 if replicas else held if mode.keys else 0.0
    if any("weights" in card.shards for card in mode.cards):
        buffers += 1.5 * weights + min(12 * weights, GIB / 2)
    activations = _activations(sizes, mode, batch_size)
    a_rank = max(weights + held, held + stepped + buffers + activations) + OWN_BYTES
    state = weights + trained * OPTIMIZERS[optimizer]
    return int(mode.world_size * a_rank + state)


def _activations(sizes: ModelSizes, mode: ComputeMode, batch_size: int) -> int:
    """What a rank's samples take on their way through the model and back, as far as they are on it at a time."""
    samples, sample_bytes = -(-batch_size // roles.data_size(mode)), sizes.sample_bytes
    for card in mode.cards:
        technique: type[SingleProcess] = importlib.import_module(card.module).Technique
        value = mode.option(card.key) if card.option is not None else ""
        samples, sample_bytes = technique.at_once(samples, sample_bytes, sizes, value)
    return samples * sample_bytes


def evaluator_bytes(sizes: ModelSizes) -> int:
    """The most bytes that the evaluator and the snapshot take beside the ranks."""
    return 4 * sizes.weight_bytes + _passing_bytes(sizes) * sizes.slice_samples + OWN_BYTES


def _passing_bytes(sizes: ModelSizes) -> int:
    """What a sample takes that only passes through the model: what came into a layer and what is in it; then its loss.

    Nothing waits for a backward pass. Where layers are not known, it is as if all did.
    """
    coming, most = 0, 0
    for inside, leaving in sizes.layers:
        most, coming = max(most, coming + inside), leaving
    return min(sizes.sample_bytes, most + LOSS_TENSORS * coming) if sizes.layers else sizes.sample_bytes


def check(needed_bytes: int, free_bytes: int, mode: ComputeMode) -> None:
    """Refuse what will not fit, before anything of it is there.

    Raises:
        RequestError: more is needed than is free.
    """
    if needed_bytes > free_bytes * (1 - REST_FRAC):
        raise RequestError(
            counted(
                "{mode} needs up to {needed:.1f} GiB of memory, and {free:.1f} GiB are free. Take a smaller model or "
                "batch, or a mode that cuts the model.",
                "{mode} needs up to {needed:.1f} GiB of memory for {n} ranks, and {free:.1f} GiB are free. Take a "
                "smaller model or batch, or a mode that cuts the model.",
                mode.world_size,
                mode=mode.words,
                needed=needed_bytes / GIB,
                free=free_bytes / GIB,
            )
        )
