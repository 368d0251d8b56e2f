"""Looks at how far what a model says can be believed, over the held-back rows.

calibration    of all times that it says p, how often is it so?      gap: mean over tenths of p of |p - share|
residual       y - y^, of each row, over y^                          no pattern: nothing more can be read off y^
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from engine.pictures import AnyPicture, Curve, Phrase, Scatter
from engine.rank.data.subject import Subject
from engine.rank.looks.drawing import floats

TENTHS, GROUPS = 10, 5
Look = Callable[[Subject], AnyPicture]
OwnUnit = Callable[[Tensor], Tensor]
"""Standardised numbers in the unit in which they were measured."""


def calibration(subject: Subject) -> AnyPicture:
    """How often what the model says with a probability is so, over the held-back rows and all classes."""
    said, is_so = [], []
    for _, classes, outputs in subject.slices():
        chances = outputs.double().softmax(1)
        said.append(chances.flatten())
        is_so.append(functional.one_hot(classes, chances.shape[1]).double().flatten())
    chances, right = torch.cat(said).nan_to_num(0.0), torch.cat(is_so)
    tenth = (chances * TENTHS).long().clamp(0, TENTHS - 1)
    counts = torch.bincount(tenth, minlength=TENTHS)
    filled = counts > 0
    mean_said, share = (
        torch.bincount(tenth, values, minlength=TENTHS)[filled] / counts[filled] for values in (chances, right)
    )
    gap = ((mean_said - share).abs() * counts[filled]).sum() / len(chances)
    return _beside_diagonal(
        mean_said,
        share,
        Phrase("said: probability"),
        Phrase("so: share"),
        Phrase(
            "{sayings:,} probabilities that it gives classes of held-back rows, by tenths. On average what is said and "
            "what is so are {gap:.3f} apart.",
            {"sayings": len(chances), "gap": gap.item()},
        ),
        highest=1.0,
    )


def number_calibration(own_unit: OwnUnit) -> Look:
    """The mean of what was measured, by fifths of what is foretold."""

    def draw(subject: Subject) -> AnyPicture:
        foretold, found = _pairs(subject, own_unit)
        order = foretold.argsort()
        groups = [(foretold[part].mean(), found[part].mean()) for part in order.tensor_split(GROUPS)]
        x, y = (torch.stack(one) for one in zip(*groups, strict=True))
        note = Phrase(
            "The means of {groups} equal groups of held-back rows, by what is foretold: on the dashed line as much is "
            "measured as was foretold.",
            {"groups": GROUPS},
        )
        return _beside_diagonal(x, y, Phrase("foretold"), Phrase("measured"), note)

    return draw


def residuals(own_unit: OwnUnit) -> Look:
    """What was measured of each held-back row, less what is foretold, over what is foretold."""

    def draw(subject: Subject) -> AnyPicture:
        foretold, found = _pairs(subject, own_unit)
        off = found - foretold
        note = Phrase(
            "{rows:,} held-back rows. Off by {off:.1f} (root of the mean square); their mean, by {spread:.1f}.",
            {
                "rows": len(off),
                "off": off.square().mean().sqrt().item(),
                "spread": found.std(correction=0).item(),
            },
        )
        return Scatter(
            x=floats(foretold),
            y=floats(off),
            group=bytes(len(off)),
            groups=(Phrase("row"),),
            x_title=Phrase("foretold"),
            y_title=Phrase("measured less foretold"),
            has_zero_line=True,
            note=note,
        )

    return draw


def _pairs(subject: Subject, own_unit: OwnUnit) -> tuple[Tensor, Tensor]:
    """What is foretold of each held-back row, and what was measured, (rows,)."""
    found = [(own_unit(outputs)[:, 0], own_unit(targets)) for _, targets, outputs in subject.slices()]
    foretold, targets = (torch.cat(one).double() for one in zip(*found, strict=True))
    return foretold.nan_to_num(0.0), targets


def _beside_diagonal(
    x: Tensor, y: Tensor, x_title: Phrase, y_title: Phrase, note: Phrase, highest: float | None = None
) -> AnyPicture:
    """What is so over what is said; a model that is right about both lies on the diagonal."""
    return Curve(
        names=(Phrase("model"), Phrase("as said")),
        x=floats(x),
        y=floats(torch.stack([y, x])),
        x_title=x_title,
        y_title=y_title,
        highest=highest,
        note=note,
    )
