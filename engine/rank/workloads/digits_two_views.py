"""Two views of one thing: a picture of a digit and its name in two languages come to lie at one place.

    picture  (b, 64)          v = W2 relu(W1 x),  v / |v|
    ten names (b, 10, 5)      w = U mean(E[letters]),  w / |w|
    similarity = 20 v . w_j   (b, 10)         p(name j) = softmax over the ten names         loss = -log p[name]

Each sample brings the names it is compared with: all ten, in one language, English or Chinese as (seed, sample) says.
CLIP compares with what else is in the batch; then what a batch is cut into would change the mathematics.

Data: the UCI digits that scikit-learn carries; 360 of 1,797 are held back, each compared with names of its language.
Source: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021 (CLIP).
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.digits import TRAIN_SAMPLES, pictures
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.views import name_drawing, picture_name, similarities

CARD = {
    "name": "digits-two-views",
    "title": "Digits · Two views",
    "rung": 110,
    "summary": "A picture of a digit and its name, in English or Chinese, learn to lie at one place.",
    "batch_size": 64,
    "lr": 0.001,
    "train_samples": 1437,
    "validation_samples": 360,
    "metric": {"name": "recall@1"},
    "looks": [
        {
            "name": "similarity",
            "title": "Similarity matrix",
            "kind": "heat map",
            "help": "How near pictures of each digit (row) lie to each name (column): 1 is the same place.",
        },
    ],
    "tries": [
        {
            "name": "draw",
            "title": "Draw, get the word",
            "kind": "drawing",
            "help": "Draw a digit: the model says how near it is to each name, in English and in Chinese.",
        },
        {
            "name": "type",
            "title": "Type, get the picture",
            "kind": "line",
            "help": "Type a digit's name, in English or Chinese: the held-back pictures nearest to it are shown.",
        },
    ],
    "whole": "Pictures and words go through two towers side by side: there is no chain of matrices for ranks to share.",
    "knobs": [
        {
            "name": "width",
            "title": "Width",
            "help": "Numbers by which a picture and a name are compared.",
            "default": 32,
            "minimum": 2,
            "maximum": 1024,
        },
    ],
}

ENGLISH = "zero one two three four five six seven eight nine"
NAMES = (ENGLISH.split(" "), list("零一二三四五六七八九"))
LONGEST = 5
LETTERS = sorted(set("".join(name for names in NAMES for name in names)))
PIXELS = 64


def spelled(names: Sequence[str]) -> Tensor:
    """Names by their letters' numbers from 1 on, (names, 5); 0 behind the end. What no name has is left out."""
    rows = [[LETTERS.index(letter) + 1 for letter in name if letter in LETTERS] for name in names]
    return torch.tensor([row + [0] * (LONGEST - len(row)) for row in rows])


class TwoViews(nn.Module):
    """A tower for pictures, a tower for names; how similar what comes out of them is."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.picture = nn.Sequential(nn.Linear(PIXELS, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.letters = nn.Embedding(len(LETTERS) + 1, width, padding_idx=0)
        self.name = nn.Linear(width, width)

    def forward(self, inputs: Tensor) -> Tensor:
        """Pixels and letters of ten names, (b, 64 + 50), become ten similarities, (b, 10)."""
        letters = inputs[:, PIXELS:].long().unflatten(1, (-1, LONGEST))  # (b, 10, 5)
        known = (letters > 0).sum(2, keepdim=True)
        names = self.name(self.letters(letters).sum(2) / known)  # (b, 10, width)
        picture = self.picture(inputs[:, :PIXELS])  # (b, width)
        return 20 * (functional.normalize(names, dim=2) @ functional.normalize(picture, dim=1)[:, :, None])[:, :, 0]


def build(knobs: Knobs, seed: int) -> Workload:
    """Pictures with ten names each, (samples, 64 + 50); the right one's number is the digit."""
    images, targets = pictures()  # (1797, 1, 8, 8), (1797,)
    language = torch.from_numpy(np.random.default_rng(seed).integers(0, 2, len(images)))
    names = torch.stack([spelled(names) for names in NAMES]).flatten(1)[language].float()  # (samples, 50)
    inputs = torch.cat([images.flatten(1), names], dim=1)
    return Workload(
        train=Tensors(inputs[:TRAIN_SAMPLES], targets[:TRAIN_SAMPLES]),
        validation=Tensors(inputs[TRAIN_SAMPLES:], targets[TRAIN_SAMPLES:]),
        make_model=lambda: TwoViews(int(knobs["width"])),
        loss_sum=lambda outputs, wanted: functional.cross_entropy(outputs, wanted, reduction="sum"),
        score_sum=lambda outputs, wanted: (outputs.argmax(1) == wanted).sum(),
        looks={"similarity": similarities(NAMES, spelled)},
        tries={"draw": name_drawing(NAMES, spelled), "type": picture_name(spelled, LONGEST)},
    )
