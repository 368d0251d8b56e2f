"""Where to cut a model into pipeline stages: between layers, so that the slowest stage is as fast as it can be.

a layer: a module that the workload declares; of a chain, a child that has weights, and what follows it (its activation)
cost:    measured, forward and backward over a batch, in seconds of a core: what other programs take is no layer's
cuts:    c0 = 0 < c1 < ... < cp = layers, with the largest sum of costs between two cuts as small as possible
"""

import copy
from collections.abc import Sequence
from itertools import pairwise
from time import perf_counter, thread_time

import torch
from torch import Tensor, nn

REPEATS = 12
ENOUGH_S = 0.03
"""Measuring layers ends after this time, but never before each was measured twice: the first time is a cold one."""


def group_layers(model: nn.Module, declared: Sequence[str]) -> list[list[str]]:
    """Names of modules that follow each other, one list a layer: as declared, or the children of a plain chain.

    Without either there is no telling what follows what: no layers.
    """
    if declared or not isinstance(model, nn.Sequential):
        return [[name] for name in declared]
    layers: list[list[str]] = []
    has_weights = True
    for name, module in model.named_children():
        mine = any(True for _ in module.parameters())
        if not layers or (mine and has_weights):
            layers.append([])
            has_weights = False
        layers[-1].append(name)
        has_weights |= mine
    return layers


def measure_costs(layers: Sequence[Sequence[nn.Module]], inputs: Tensor) -> list[float]:
    """Seconds that forward and backward of each layer take, the least of a few times; gradients are left clean.

    On the CPU the seconds are those in which the thread really ran.
    """
    clock = thread_time if inputs.device.type == "cpu" else perf_counter
    costs = [float("inf")] * len(layers)
    stack = [nn.Sequential(*modules) for modules in layers]
    end_s = perf_counter() + ENOUGH_S
    for repeat in range(REPEATS):  # all layers in turn: a moment's disturbance does not fall on one of them alone
        values = inputs
        for index, layer in enumerate(stack):
            entry = values.detach()
            entry.requires_grad_(entry.is_floating_point())  # the first layer may take numbers of tokens
            begin_s = clock()
            values = layer(entry)
            if values.requires_grad:  # a frozen first layer has no backward
                values.sum().backward()
            costs[index] = min(costs[index], clock() - begin_s)
            layer.zero_grad(set_to_none=True)
        if repeat and perf_counter() > end_s:
            break
    return costs


def balance(costs: Sequence[float], stages: int) -> list[int]:
    """Cuts c0 ... c_stages that make the costliest stage cheapest. Dynamic programming over (stages, layers)."""
    count = len(costs)
    before = [0.0]
    for cost in costs:
        before.append(before[-1] + cost)
    best = [[float("inf")] * (count + 1) for _ in range(stages + 1)]
    cut = [[0] * (count + 1) for _ in range(stages + 1)]
    best[0][0] = 0.0
    for stage in range(1, stages + 1):
        for end in range(stage, count + 1):
            for begin in range(stage - 1, end):
                worst = max(best[stage - 1][begin], before[end] - before[begin])
                if worst < best[stage][end]:
                    best[stage][end], cut[stage][end] = worst, begin
    cuts = [count]
    for stage in range(stages, 0, -1):
        cuts.append(cut[stage][cuts[-1]])
    return cuts[::-1]


def shapes_between(model: nn.Module, layers: list[list[str]], cuts: list[int], example: Tensor) -> list[torch.Size]:
    """Shape of one sample on its way into each stage, and out of the last. Nothing is computed."""
    modules = dict(copy.deepcopy(model).to("meta").named_modules())
    values = example[:1].to("meta")
    shapes = [values.shape[1:]]
    with torch.no_grad():
        for begin, end in pairwise(cuts):
            for layer in layers[begin:end]:
                for name in layer:
                    values = modules[name](values)
            shapes.append(values.shape[1:])
    return shapes
