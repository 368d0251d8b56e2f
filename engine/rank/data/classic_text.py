"""A Chinese novel, character by character: the data pack `classic`. It offers what `python_text.py` does.

    chapters (120)  ->  lines without the blanks around them  ->  one text of some 590,000 characters

The alphabet is the line's end and the 3,070 characters that are most common in what is trained on; all others, rare
ones, are one and the same: □.
"""

from functools import cache

import msgspec
import numpy as np
import torch
from torch import Tensor

from engine.packs.presence import read_file

CHARACTERS = 3_072
RARE = "□"
TRAIN_CHARACTERS = 470_000
"""Lines to train on begin here at the latest."""


@cache
def novel() -> str:
    """The whole novel, a paragraph a line."""
    chapters = msgspec.json.decode(read_file("classic", "chapters.json"), type=list[str])
    paragraphs = (line.strip() for chapter in chapters for line in chapter.split("\n"))
    return "\n".join(filter(None, paragraphs)).replace(RARE, "")


@cache
def alphabet() -> str:
    """The characters that a model of it knows, by number: rare ones, the line's end, then from the most common on."""
    codes, often = np.unique(_codes(novel()[:TRAIN_CHARACTERS]), return_counts=True)
    order = np.lexsort((codes, -often))
    common = "".join(map(chr, codes[order])).replace("\n", "")
    return (RARE + "\n" + common)[:CHARACTERS]


def whole() -> str:
    """The novel, in these characters alone."""
    return text_of(typed(novel()))


def typed(text: str) -> Tensor:
    """The numbers of what somebody typed, (characters,): what the alphabet does not have is a rare character."""
    return torch.from_numpy(_places()[_codes(text)])


def text_of(numbers: Tensor) -> str:
    """The characters that stand at these places of the alphabet."""
    known = alphabet()
    return "".join(known[number] for number in numbers.tolist())


def lines(context: int, apart: int, most: int) -> tuple[Tensor, Tensor]:
    """Lines of `context` characters and one more, to train on and to validate on: (lines, context + 1) each.

    The first begin anywhere in the first 470,000 characters; the others, `most` of them, begin behind the end of the
    last of those, `apart` from each other.
    """
    every = torch.from_numpy(_places()[_codes(novel())]).unfold(0, context + 1, 1)
    return every[:TRAIN_CHARACTERS], every[TRAIN_CHARACTERS + apart :: apart][:most]


@cache
def _places() -> np.ndarray:
    """Each character's place in the alphabet, by its code."""
    places = np.zeros(0x11_0000, dtype=np.int64)
    places[[ord(character) for character in alphabet()]] = np.arange(CHARACTERS)
    return places


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
