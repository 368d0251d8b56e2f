"""Recompute: what backward needs of the forward pass is not kept but computed once more. Memory is bought with time.

    4 layers, kept        x -> [1] -> a1 -> [2] -> a2 -> [3] -> a3 -> [4] -> y        a1 a2 a3 and x wait for backward
    recompute=on          x -> [1] ------> [2] -> a2 -> [3] ------> [4] -> y          x and a2 wait; before backward
                                                                                      of [1] [2] a1 is made anew from x

L layers in segments of about sqrt(L): kept are the inputs of sqrt(L) segments, and while one is on its way back the
sqrt(L) values within it. What follows the last cut is needed at once and is kept. The price: almost a second forward
pass, a third more of computing. The same operations give the same bits, so nothing else changes.
Sources: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016, section 4; torch.utils.checkpoint.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import ceil, sqrt
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engine.ipc.sizes import ModelSizes
from engine.rank.modes.base import SingleProcess
from engine.rank.modes.pipeline_cuts import group_layers
from engine.rank.step.passes import Passes

CARD = {
    "key": "recompute",
    "title": "Recompute",
    "short": "recompute",
    "summary": "What backward needs is not kept but computed once more: less memory for activations, more time.",
    "applied": 25,
    "option": {
        "title": "Recompute",
        "help": "Keep the inputs of a few segments of layers alone, and compute the rest anew before backward.",
        "default": "off",
        "choices": ["off", "on"],
    },
}

Layer = TypeVar("Layer")


class Technique(SingleProcess):
    """Cuts each piece of the model into segments that forget what they computed."""

    @staticmethod
    def at_once(samples: int, sample_bytes: int, sizes: ModelSizes, value: int | str) -> tuple[int, int]:
        """What enters each segment is there, and of one segment everything. Where layers are not known, all of it."""
        del value
        runs = _segments(list(sizes.layers))
        whole = sum(inside for inside, _ in sizes.layers)
        entering = sum(run[-1][1] for run in runs[:-1])
        largest = max((sum(inside for inside, _ in run) for run in runs), default=0)
        return samples, min(sample_bytes, sample_bytes - whole + entering + largest)

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """Replace the `forward` of what is called in one go; modules, their parameters and hooks stay as they are."""
        for piece in passes.pieces:
            names = group_layers(piece, passes.workload.layers if piece is model else ())
            layers = [[piece.get_submodule(name) for name in layer] for layer in names]
            if layers:
                segments = [[module for layer in run for module in layer] for run in _segments(layers)]
                piece.forward = partial(_chain, segments)
            else:  # nobody has said what follows what: each module right below forgets by itself
                for module in _children(piece):
                    module.forward = partial(_forget, module.forward)

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """What this rank has of the model, in words: what of its activations waits for backward."""
        return "activations computed anew"


def _children(model: nn.Module) -> Iterator[nn.Module]:
    """Modules right below a model that have weights; of lists of modules, which are never called, their members."""
    for child in model.children():
        if isinstance(child, nn.ModuleList | nn.ModuleDict):
            yield from _children(child)
        elif any(True for _ in child.parameters()):
            yield child


def _segments(layers: list[Layer]) -> list[list[Layer]]:
    """Layers in runs of about the square root of their number."""
    length = max(1, ceil(sqrt(len(layers))))
    return [layers[begin : begin + length] for begin in range(0, len(layers), length)]


def _chain(segments: list[list[nn.Module]], values: Tensor) -> Tensor:
    """Forward through all segments: (b, ...) -> (b, ...)."""
    for segment in segments[:-1]:
        values = _forget(partial(_through, segment), values)
    return _through(segments[-1], values) if segments else values


def _through(modules: list[nn.Module], values: Tensor) -> Tensor:
    for module in modules:
        values = module(values)
    return values


def _forget(compute: Callable[..., Any], *values: Any) -> Any:
    """What `compute` gives, whose backward pass begins by computing it again."""
    if not torch.is_grad_enabled():
        return compute(*values)
    return checkpoint(compute, *values, use_reentrant=False, preserve_rng_state=False)
