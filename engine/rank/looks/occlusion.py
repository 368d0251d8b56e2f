"""A look at which places of a picture a model's answer hangs on.

    o[i, j] = p(class) - p(class with the patch around place (i, j) empty)       above zero: it speaks for the class

It is measured from outside, by asking the model again, and needs nothing of what is in it.
Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2.
"""

from collections.abc import Callable, Sequence

import torch

from engine.pictures import AnyPicture, Phrase
from engine.rank.data.subject import Subject
from engine.rank.looks.drawing import image_grid

PLACES, PATCH = 8, 3
"""Across and down; a patch is as wide as so many of them."""


def occlusion(names: Sequence[str], side: int) -> Callable[[Subject], AnyPicture]:
    """One held-back picture of each class, and how much its class loses where a patch of it is empty."""
    cell, around = side / PLACES, (PATCH - 1) / 2
    reach = [(max(0.0, place - around), min(PLACES, place + around + 1)) for place in range(PLACES)]
    edges = [(round(begin * cell), round(end * cell)) for begin, end in reach]
    kept = torch.ones(PLACES, PLACES, side, side)  # of each patch, what it leaves of a picture
    for row, (top, bottom) in enumerate(edges):
        for column, (left, right) in enumerate(edges):
            kept[row, column, top:bottom, left:right] = 0.0

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        inputs, classes = subject.validation.first(len(subject.validation))
        images, captions = [], []
        for number, name in enumerate(names):
            one = inputs[classes == number][:1]
            covered = (one.view(1, 1, side, side) * kept.to(one.dtype)).view(PLACES**2, *one.shape[1:])
            chances = subject.forward(torch.cat([one, covered])).double().softmax(1)[:, number].nan_to_num(0.0)
            lost = (chances[0] - chances[1:]).view(1, 1, PLACES, PLACES)
            images += [one.view(side, side).double(), torch.nn.functional.interpolate(lost, size=side)[0, 0]]
            captions += [Phrase("{name}", {"name": name}), Phrase("{sure:.0%}", {"sure": chances[0].item()})]
        maps = torch.stack(images)
        maps[::2] *= maps[1::2].abs().max().clamp(min=1e-9) / maps[::2].abs().max()
        return image_grid(
            maps,
            is_signed=True,
            captions=captions,
            together=2,
            note=Phrase(
                "Occlusion: beside each digit, by how much p(that digit) falls where a patch of {patch} x {patch} "
                "eighths is empty (blue; orange: it rises), by up to {most:.2f}. Below stands p of the whole digit.",
                {"patch": PATCH, "most": maps[1::2].abs().max().item()},
            ),
        )

    return draw
