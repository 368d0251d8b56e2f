"""A digit that somebody has drawn, made as those of the UCI data were made, and read by the model.

    ink on the pad  ->  cut to what is drawn  ->  as high as the picture, in the middle  ->  4 x 4 places are one pixel

The data's own digits were written on paper, scanned to 32 x 32 places, and each 4 x 4 of these counted to one pixel.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional

from engine.pictures import AnyGiven, AnyPicture, Bars, Drawing, Phrase
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import image_grid

NAMES = tuple("0123456789")
SIDE, FINE = 8, 32
WIDEST = 24
"""Of 32 places across, so many a digit takes at most: all of the data's are as high as the picture, few as wide."""


def digit_of(drawing: Drawing) -> Tensor:
    """What was drawn as a picture of the data, (1, 1, 8, 8) in 0..1; of nothing drawn, an empty one."""
    ink = torch.frombuffer(bytearray(drawing.ink), dtype=torch.uint8).view(drawing.side, drawing.side) / 255.0
    rows, columns = (ink > 0.25).any(1).nonzero()[:, 0], (ink > 0.25).any(0).nonzero()[:, 0]
    if not len(rows):
        return torch.zeros(1, 1, SIDE, SIDE)
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][None, None]
    height, width = drawn.shape[2:]
    wide = min(WIDEST, max(1, round(width * FINE / height)))
    drawn = functional.interpolate(drawn, size=[FINE, wide], mode="bilinear", antialias=True).clamp(0.0, 1.0)
    left = (FINE - wide) // 2
    framed = functional.pad(drawn, (left, FINE - wide - left))
    return functional.avg_pool2d(framed, FINE // SIDE)


def read_digit(shape: Callable[[Tensor], Tensor]) -> Try:
    """What a model says of a drawn digit: ten probabilities. `shape` makes its inputs of pictures (1, 1, 8, 8)."""

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Drawing)
        digit = digit_of(given)
        inputs = shape(digit).to(next(subject.model.parameters()).dtype)
        chances = subject.forward(inputs)[0].double().softmax(0).nan_to_num(0.0)
        yield Bars(
            names=NAMES,
            values=tuple(chances.tolist()),
            seen=image_grid(digit[0], note=Phrase()),
            note=Phrase(
                "The drawing is cut, moved and enlarged as the data's digits were, to 8 x 8 pixels: the small picture "
                "is what the network gets."
            ),
        )

    return answer
