"""Text that every machine with Python has: Python's own documentation, as `help()` shows it.

    topics (79 of them, in alphabetical order)  ->  paragraphs, each kept once  ->  one text of some 370,000 characters

Many topics quote each other at length: what stands in the text twice would be trained on, and then validated on. The
text is that of the Python that runs: another version has other words here and there.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

ALPHABET = "\n" + "".join(map(chr, range(32, 127)))
"""96 characters: a line's end and printable ASCII."""
TYPESET = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."})
"""What typesetters set, and what is typed for it, one for one. The few others there are become question marks."""

TRAIN_CHARACTERS = 300_000
"""Lines to train on begin here at the latest."""


@cache
def documentation() -> str:
    """All that `help()` knows of the language, without what it says twice."""
    from pydoc_data.topics import topics

    texts = (_as_typed(topics[topic]) for topic in sorted(topics))
    return "\n\n".join(dict.fromkeys(paragraph.rstrip() for text in texts for paragraph in text.split("\n\n")))


def _as_typed(text: str) -> str:
    """The text in characters of the alphabet alone."""
    return "".join(character if character in ALPHABET else "?" for character in text.translate(TYPESET))


def alphabet() -> str:
    """All characters there are, by number."""
    return ALPHABET


def whole() -> str:
    """The text, in these characters alone."""
    return documentation()


def numbers_of(text: str) -> Tensor:
    """Each character's place in the alphabet, (characters,) int64."""
    places = np.zeros(128, dtype=np.int64)
    places[[ord(character) for character in ALPHABET]] = np.arange(len(ALPHABET))
    return torch.from_numpy(places[np.frombuffer(text.encode("ascii"), dtype=np.uint8)])


def typed(text: str) -> Tensor:
    """The numbers of what somebody typed, (characters,): what the alphabet does not have is a question mark."""
    return numbers_of(_as_typed(text))


def text_of(numbers: Tensor) -> str:
    """The characters that stand at these places of the alphabet."""
    return "".join(ALPHABET[number] for number in numbers.tolist())


def lines(context: int, apart: int, most: int) -> tuple[Tensor, Tensor]:
    """Lines of `context` characters and one more, to train on and to validate on: (lines, context + 1) each.

    The first begin anywhere in the first 300,000 characters; the others, `most` of them, begin behind the end of the
    last of those, `apart` from each other.
    """
    every = numbers_of(documentation()).unfold(0, context + 1, 1)  # a view: one line for each place to begin
    return every[:TRAIN_CHARACTERS], every[TRAIN_CHARACTERS + apart :: apart][:most]
