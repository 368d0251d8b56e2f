"""What a rank holds of a model, layer by layer, as a class calls layers; those that are alike and follow are one line.

embed.places 64×48, embed.characters.weight 96×48, block1.…        embedding: 7,680 weights
                                                                   block 1 to 4: 27,984 weights each
                                                                   head: 4,704 weights
"""

import re
from collections.abc import Sequence
from itertools import groupby
from math import prod

from PySide6.QtCore import QCoreApplication

from engine.anatomy import HeldTensor
from gui.text import figures

NUMBERED = re.compile(r"(.*?)_?(\d+)")
LAYERS = "layer"
"""What parts of a chain without names are called."""


def layer_lines(tensors: Sequence[HeldTensor], layers: dict[str, int]) -> list[str]:
    """A line for each layer, or for several alike: its name and how many weights this rank holds of it.

    `layers` are numbers of those without names (`layer_numbers`).
    """
    parts = [
        (*_name(place, layers), tuple(map(sum, zip(*(_weights(one) for one in mine), strict=True))))
        for place, group in groupby(tensors, lambda tensor: tensor.name.partition(".")[0])
        for mine in [list(group)]
    ]
    lines: list[str] = []
    begin = 0
    for index, (name, number, held) in enumerate(parts):
        follows = parts[index + 1 : index + 2]
        if number and follows == [(name, number + 1, held)]:
            continue
        lines.append(_line(name, parts[begin][1], number, held))
        begin = index + 1
    return lines


def lines_in(forms: Sequence[Sequence[list[str]]], room: int) -> list[str]:
    """The first of these that takes no more than `room` lines; of the last, as much as has room, and how many are more.

    A form is several things said, each in lines of its own.
    """
    said = next((form for form in forms if sum(map(len, form)) <= room), None)
    if said is not None:
        return [line for lines in said for line in lines]
    last, fitting = forms[-1], len(forms[-1])
    while fitting and sum(map(len, last[:fitting])) >= room:
        fitting -= 1
    more = QCoreApplication.translate("LayerWords", "and {count} more").format(count=len(last) - fitting)
    return [*(line for lines in last[:fitting] for line in lines), *([more] if room > 0 else [])]


def _weights(tensor: HeldTensor) -> tuple[int, int]:
    """Here, and of the whole tensor."""
    return prod(tensor.local_shape), prod(tensor.shape)


def _name(place: str, layers: dict[str, int]) -> tuple[str, int]:
    """What a part of a model is called, and its number among those called so; 0 where it has none."""
    if place in layers:
        return LAYERS, layers[place]
    known = NUMBERED.fullmatch(place)
    return (known[1], int(known[2])) if known and known[1] else (place, 0)


def _line(name: str, first: int, last: int, held: tuple[int, ...]) -> str:
    usual = {
        LAYERS: QCoreApplication.translate("LayerWords", "layer"),
        "embed": QCoreApplication.translate("LayerWords", "embedding"),
        "block": QCoreApplication.translate("LayerWords", "block"),
        "head": QCoreApplication.translate("LayerWords", "head"),
    }
    called = usual.get(name, name.replace("_", " "))
    here, whole = map(figures.count, held)
    of_all = QCoreApplication.translate("LayerWords", "{here} of {whole}").format(here=here, whole=whole)
    said = here if held[0] == held[1] else of_all
    if first < last:
        words = QCoreApplication.translate("LayerWords", "{name} {first} to {last}: {weights} weights each")
        return words.format(name=called, first=first, last=last, weights=said)
    called = f"{called} {last}" if last else called
    return QCoreApplication.translate("LayerWords", "{name}: {weights} weights").format(name=called, weights=said)
