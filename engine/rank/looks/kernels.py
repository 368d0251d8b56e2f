"""Looks at what a network looks for in a picture: the weights of its first layer, and where a later one finds its own.

first layer    f = relu(W x), f = relu(K * x): row n of W, kernel n of K, drawn as the picture it answers to most
feature maps   what comes out of a layer for one picture: bright where the kernel finds what it looks for
"""

from collections.abc import Callable, Sequence

from torch import nn

from engine.pictures import MOST_IMAGES, AnyPicture, Phrase
from engine.rank.data.subject import Subject
from engine.rank.looks.digits import NAMES
from engine.rank.looks.drawing import image_grid

Look = Callable[[Subject], AnyPicture]


def first_weights(side: int) -> Look:
    """Row n of the first matrix, (side * side,), as the picture that neuron n looks for."""

    def draw(subject: Subject) -> AnyPicture:
        weights = next(subject.model.parameters())  # (neurons, side * side)
        return image_grid(
            weights.unflatten(1, (side, side)),
            is_signed=True,
            note=Phrase(
                "{shown:,} of {neurons:,} neurons: each one's weights, at the pixels that they weigh.",
                {"shown": min(len(weights), MOST_IMAGES), "neurons": len(weights)},
            ),
        )

    return draw


def first_kernels(subject: Subject) -> AnyPicture:
    """The first convolution's kernels, (c, 1, 3, 3), one picture each."""
    kernels = next(subject.model.parameters())[:, 0]
    note = Phrase("{kernels:,} kernels of 3 x 3 weights, all on one scale.", {"kernels": len(kernels)})
    return image_grid(kernels, is_signed=True, note=note)


def feature_maps(layers: Sequence[str]) -> Look:
    """What comes out of one of these layers, by name, (1, c, height, width), of one held-back digit of each kind."""

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        inputs, targets = subject.validation.first(len(subject.validation))
        layer = subject.choice(0, "Layer", tuple(layers))
        digit = subject.choice(1, "Digit", NAMES)
        sample = inputs[targets == digit.chosen][:1]
        module = subject.model.get_submodule(layer.options[layer.chosen])
        maps = subject.outputs_of(module, sample)[0]
        is_pooled = any(isinstance(part, nn.MaxPool2d) for part in module.children())
        return image_grid(
            maps,
            note=Phrase(
                "{shown:,} of {maps:,} maps of one held-back digit, after ReLU and pooling."
                if is_pooled
                else "{shown:,} of {maps:,} maps of one held-back digit, after ReLU.",
                {"shown": min(len(maps), MOST_IMAGES), "maps": len(maps)},
            ),
            choices=(layer, digit),
        )

    return draw
