"""Looks at a model that tells classes apart, and says so in one score a class.

confusion matrix   count[true, said] over the validation split          said = argmax of the scores
wrong examples     the samples whose class is not the one said, the surest mistakes first
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine.pictures import AnyPicture, Phrase
from engine.rank.data.subject import Subject
from engine.rank.looks.drawing import heat_map, image_grid

MOST_WRONG = 40

Look = Callable[[Subject], AnyPicture]


def confusion(names: Sequence[str]) -> Look:
    """How often each class, by name, was taken for each, over the validation split."""

    def draw(subject: Subject) -> AnyPicture:
        counts = torch.zeros(len(names), len(names), dtype=torch.int64)
        for _, targets, outputs in subject.slices():
            pairs = targets.long() * len(names) + outputs.argmax(1)
            counts += torch.bincount(pairs, minlength=len(names) ** 2).view_as(counts)
        right, samples = int(counts.trace()), int(counts.sum())
        return heat_map(
            counts,
            names,
            names,
            row_title=Phrase("is"),
            column_title=Phrase("said to be"),
            note=Phrase("{right:,} of {samples:,} held-back samples are right.", {"right": right, "samples": samples}),
            has_numbers=True,
            is_diagonal_right=True,
        )

    return draw


def wrong_examples(names: Sequence[str], width: int, height: int) -> Look:
    """Held-back pictures that the model misreads, the surest mistakes first, with what was said and what is true."""

    def draw(subject: Subject) -> AnyPicture:
        found: list[tuple[float, Tensor, int, int]] = []
        samples = 0
        for inputs, targets, outputs in subject.slices():
            sure, said = outputs.float().softmax(1).max(1)
            samples += len(targets)
            found += [
                (sure[index].item(), inputs[index], int(said[index]), int(targets[index]))
                for index in (said != targets).nonzero()[:, 0].tolist()
            ]
        found.sort(key=lambda one: -one[0])
        shown = found[:MOST_WRONG]
        images = [image.reshape(height, width) for _, image, _, _ in shown]
        return image_grid(
            torch.stack(images) if images else torch.zeros(0, height, width),
            captions=[
                Phrase("said {said}\nis {true}", {"said": names[said], "true": names[true]})
                for _, _, said, true in shown
            ],
            note=Phrase(
                "{wrong:,} of {samples:,} held-back samples are misread, the surest first.",
                {"wrong": len(found), "samples": samples},
            ),
        )

    return draw
