"""The digits that several workloads read, and how one of them becomes many.

Data: the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, UCI, 1998), 1,797 images of
8 x 8 pixels, as carried by scikit-learn; 1,437 to train on and 360 held back.
"""

import gzip
import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.rank.data.package_files import package_file

TRAIN_SAMPLES = 1437


def _load_digits() -> tuple[np.ndarray, np.ndarray]:
    """(1797, 64) pixels in 0..16 and (1797,) classes, of the UCI digits that scikit-learn carries."""
    path = package_file("sklearn", "datasets", "data", "digits.csv.gz")
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    return table[:, :64], table[:, 64].astype(np.int64)


DIGITS = _load_digits()
"""Read when the file is imported: once by the fork server, whose pages all ranks share."""


def pictures() -> tuple[Tensor, Tensor]:
    """All digits, (1797, 1, 8, 8) in 0..1, and their classes, (1797,): those to train on, then those held back."""
    pixels, classes = DIGITS
    order = np.random.default_rng(0).permutation(len(pixels))
    return torch.from_numpy(pixels[order] / 16.0).view(-1, 1, 8, 8), torch.from_numpy(classes[order])


def varied(images: Tensor, seed: int, far: float) -> Tensor:
    """Pictures (n, 1, 8, 8), each moved on its own: number i by the i-th numbers that the seed gives.

    `far` = 1 is up to 10 degrees, a pixel, a tenth of the size.
    """
    turn, right, down, growth = np.random.default_rng(seed).uniform(-far, far, (4, len(images)))
    angle, scale = turn * math.radians(10.0), 1.0 - growth * 0.1
    moves = np.empty((len(images), 2, 3))  # where each pixel of the new picture is taken from, in half sides
    moves[:, 0] = np.stack([scale * np.cos(angle), -scale * np.sin(angle), right / 4], axis=1)
    moves[:, 1] = np.stack([scale * np.sin(angle), scale * np.cos(angle), down / 4], axis=1)
    places = functional.affine_grid(torch.from_numpy(moves).float(), list(images.shape), align_corners=False)
    return functional.grid_sample(images, places, align_corners=False)
