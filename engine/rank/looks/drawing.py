"""Pictures from tensors: what is no number is drawn as nothing, and no more is drawn than a picture can hold."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.pictures import MOST_DECIMALS, MOST_IMAGES, Choice, HeatMap, ImageGrid, Phrase

LEAST_DECIMALS = 3
NOTHING = Phrase()


def image_grid(
    images: Tensor,
    *,
    is_signed: bool = False,
    captions: Sequence[Phrase] = (),
    note: Phrase,
    choices: tuple[Choice, ...] = (),
    together: int = 1,
) -> ImageGrid:
    """Pictures (n, height, width), one scale for all: of signed ones as far below zero as above it."""
    images = images.detach().float()[:MOST_IMAGES]
    finite = images[images.isfinite()]
    lowest, highest = (finite.min().item(), finite.max().item()) if finite.numel() else (0.0, 1.0)
    if is_signed:
        highest = max(abs(lowest), abs(highest))
        lowest = -highest
    span = highest - lowest or 1.0
    scaled = ((images - lowest) / span).nan_to_num(0.5 if is_signed else 0.0, 1.0, 0.0).clamp(0.0, 1.0)
    return ImageGrid(
        width=images.shape[2],
        height=images.shape[1],
        pixels=(255 * scaled).round().to(torch.uint8).contiguous().numpy().tobytes(),
        lowest=lowest,
        highest=highest,
        is_signed=is_signed,
        captions=tuple(captions[:MOST_IMAGES]),
        together=together,
        note=note,
        choices=choices,
    )


def heat_map(
    values: Tensor,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    row_title: Phrase = NOTHING,
    column_title: Phrase = NOTHING,
    relation: Phrase = NOTHING,
    note: Phrase,
    has_numbers: bool = False,
    is_diagonal_right: bool = False,
    is_signed: bool = False,
    decimals: int = 0,
    choices: tuple[Choice, ...] = (),
) -> HeatMap:
    """A table (rows, columns) with names on its sides, and what both are; or what rows do to columns, the relation."""
    return HeatMap(
        rows=tuple(rows),
        columns=tuple(columns),
        values=floats(values),
        row_title=row_title,
        column_title=column_title,
        relation=relation,
        note=note,
        has_numbers=has_numbers,
        is_diagonal_right=is_diagonal_right,
        is_signed=is_signed,
        decimals=decimals,
        choices=choices,
    )


def decimals_that_add_up(terms: Sequence[float]) -> int:
    """Digits behind the point with which terms, as they are printed, add up to their sum to a unit of the last digit.

    No fewer than three, and two digits of the sum are told. Where no number of digits does, those that do best.
    """
    total = math.fsum(terms)
    if not math.isfinite(total):
        return LEAST_DECIMALS
    least = max(LEAST_DECIMALS, 1 - math.floor(math.log10(abs(total)))) if total else LEAST_DECIMALS

    def units_apart(decimals: int) -> int:
        unit = 10**decimals
        return abs(sum(round(term * unit) for term in terms) - round(total * unit))

    tried = range(min(least, MOST_DECIMALS), MOST_DECIMALS + 1)
    return next((decimals for decimals in tried if units_apart(decimals) <= 1), min(tried, key=units_apart))


def floats(values: Tensor) -> bytes:
    """Numbers as float32, row by row."""
    return values.detach().float().contiguous().numpy().tobytes()
