"""The loops the engine is measured against, written by hand. Nothing of the engine runs here but the data's loading.

    bare      index tensors, fused Adam, no logging: as fast as one writes it in plain PyTorch
    lecture   Dataset, DataLoader and plain Adam: as one learns to write it
    nanogpt   a GPT with the shapes of `text-gpt`, in the manner of nanoGPT (`bare_gpt.py`)

`python -m engine.rank.bench.bare KIND WORKLOAD KNOBS BATCH_SIZE LR DEVICE` reads a number of steps a line and
answers with the seconds they took.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from time import perf_counter

import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from engine.config.cards import workloads
from engine.rank.bench.bare_gpt import nanogpt
from engine.rank.data.workload import Workload
from engine.rank.step.precision import set_up_cpu


def bare(workload: Workload, batch_size: int, lr: float, device: torch.device) -> Callable[[int], float]:
    """The loop as one tunes it by hand; returns a function of steps that gives their seconds."""
    source = workload.train.to(device, torch.float32)
    model = workload.make_model().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    samples = len(source)
    order, at = torch.randperm(samples, device=device), 0

    def run(steps: int) -> float:
        nonlocal order, at
        _wait(device)
        begin_s = perf_counter()
        for _ in range(steps):
            if at + batch_size > samples:
                order, at = torch.randperm(samples, device=device), 0
            indices = order[at : at + batch_size]
            at += batch_size
            inputs, targets = source.take(indices)
            loss = workload.loss_sum(model(inputs), targets) / source.count(indices)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        _wait(device)
        return perf_counter() - begin_s

    return run


def lecture(workload: Workload, batch_size: int, lr: float, device: torch.device) -> Callable[[int], float]:
    """The training loop as the lecture's slides have it, with a shuffling DataLoader."""
    loader = DataLoader(TensorDataset(*workload.train.first(len(workload.train))), batch_size=batch_size, shuffle=True)
    model = workload.make_model().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def run(steps: int) -> float:
        made = 0
        begin_s = perf_counter()
        while made < steps:
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = functional.cross_entropy(model(inputs.to(device)), targets.to(device))
                loss.backward()
                optimizer.step()
                made += 1
                if made == steps:
                    break
        _wait(device)
        return perf_counter() - begin_s

    return run


def _wait(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize()


def main(kind: str, name: str, knobs: str, batch_size: str, lr: str, device: str) -> None:
    """Read a number of steps a line and print their seconds, until the input ends."""
    set_up_cpu(1)
    torch.manual_seed(0)
    workload: Workload = import_module(workloads()[name].module).build(json.loads(knobs), 0)
    loops = {"bare": bare, "lecture": lecture, "nanogpt": nanogpt}
    run = loops[kind](workload, int(batch_size), float(lr), torch.device(device))
    run(20)
    print("ready", flush=True)
    for line in sys.stdin:
        print(run(int(line)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
