"""Two classes in the plane: which arm of a double spiral does a point lie on?

    p = sigmoid(f(x, y))        loss = -log p for arm 1, -log(1 - p) for arm 0        (binary cross-entropy)

A straight line cannot part the arms; hidden layers bend the border p = 1/2, and the window draws it as it bends. The
problem is Alexis Wieland's (posted to the connectionists list, 1988; Lang and Witbrock, "Learning to tell two spirals
apart", Proc. Connectionist Models Summer School, 1988). Points are drawn from the seed.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.events.evaluator import Points, Surface
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, build_mlp
from engine.rank.looks.plane import gradient_terms, place_points

CARD = {
    "name": "spirals",
    "title": "Two spirals",
    "rung": 10,
    "summary": "A small network with a sigmoid and binary cross-entropy learns to part two spirals in the plane.",
    "batch_size": 64,
    "lr": 0.003,
    "train_samples": 1600,
    "validation_samples": 400,
    "pictures": ["surface"],
    "looks": [
        {
            "name": "gradient",
            "title": "Gradient, term by term",
            "kind": "heat map",
            "help": "The formula of the gradient, one point a row: its sum is what autograd finds.",
        },
    ],
    "tries": [
        {
            "name": "points",
            "title": "Put points",
            "kind": "plane",
            "help": "Put points into the plane and drag them: the model says how likely each is of class 1.",
        },
    ],
    "layers": "layers",
    "widths": ["hidden"],
    "knobs": [
        {
            "name": "hidden",
            "title": "Hidden width",
            "help": "Neurons in each hidden layer: more neurons can bend the border more often.",
            "default": 64,
            "minimum": 2,
            "maximum": 4096,
        },
        {
            "name": "layers",
            "title": "Linear layers",
            "help": "Matrix multiplications from point to probability, with a tanh between each two.",
            "default": 3,
            "minimum": 1,
            "maximum": 32,
        },
        {
            "name": "turns",
            "title": "Turns",
            "help": "How often each arm winds around the centre.",
            "default": 1.5,
            "minimum": 0.25,
            "maximum": 4.0,
        },
        {
            "name": "noise",
            "title": "Noise",
            "help": "Standard deviation of each point's distance from its arm, in radii.",
            "default": 0.02,
            "minimum": 0.0,
            "maximum": 0.5,
        },
    ],
}

TRAIN_SAMPLES = 1600
VALIDATION_SAMPLES = 400
GRID = 72
EDGE = 1.25


def _spirals(samples: int, turns: float, noise: float, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points (samples, 2) within about one unit of the centre, and their arm, 0 or 1."""
    arm = np.arange(samples) % 2
    radius = np.sqrt(generator.uniform(0.01, 1.0, samples))  # even density over the disc
    angle = 2 * np.pi * turns * radius + np.pi * arm
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return (points + generator.normal(0.0, noise, points.shape)).astype(np.float32), arm.astype(np.float32)


def build(knobs: Knobs, seed: int) -> Workload:
    """Two spirals with as many points on each arm."""
    generator = np.random.default_rng(seed)
    points, labels = _spirals(
        TRAIN_SAMPLES + VALIDATION_SAMPLES, float(knobs["turns"]), float(knobs["noise"]), generator
    )
    hidden = [int(knobs["hidden"])] * (int(knobs["layers"]) - 1)
    train = slice(0, TRAIN_SAMPLES)

    def show_points(at_s: float) -> Points:
        x, y = points[train].T
        return Points(at_s=at_s, x=x.tobytes(), y=y.tobytes(), label=labels[train].astype(np.uint8).tobytes())

    axis = torch.linspace(-EDGE, EDGE, GRID)
    grid = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1).view(-1, 2)  # (GRID * GRID, 2)

    def show_surface(outputs: Tensor, step: int, at_s: float) -> Surface:
        probability = torch.sigmoid(outputs[:, 0].float()).nan_to_num(0.5)
        return Surface(
            at_s=at_s,
            step=step,
            x_min=-EDGE,
            x_max=EDGE,
            y_min=-EDGE,
            y_max=EDGE,
            width=GRID,
            height=GRID,
            probability=(probability * 255).round().to(torch.uint8).cpu().numpy().tobytes(),
        )

    inputs, targets = torch.from_numpy(points), torch.from_numpy(labels)
    return Workload(
        train=Tensors(inputs[:TRAIN_SAMPLES], targets[:TRAIN_SAMPLES]),
        validation=Tensors(inputs[TRAIN_SAMPLES:], targets[TRAIN_SAMPLES:]),
        make_model=lambda: build_mlp([2, *hidden, 1], nn.Tanh),
        loss_sum=lambda outputs, arms: functional.binary_cross_entropy_with_logits(
            outputs[:, 0].to(arms.dtype), arms, reduction="sum"
        ),
        score_sum=lambda outputs, arms: ((outputs[:, 0] > 0) == (arms > 0.5)).sum(),
        points=show_points,
        surface=show_surface,
        surface_inputs=grid,
        looks={"gradient": gradient_terms},
        tries={"points": place_points(EDGE)},
    )
