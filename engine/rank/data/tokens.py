"""A text as a model of language reads it: lines of tokens, which are its characters, or pieces of words.

nats a token can be compared between models that read the same tokens alone; bits a character between all:
    bits a character = nats a token / log 2 / characters that a token has in what is validated on
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

from torch import Tensor

from engine.rank.data.pieces import Characters, Pieces
from engine.rank.data.source import Source, Tensors


class LinedText(Characters, Protocol):
    """A text whose characters have numbers, and which gives lines of these."""

    def lines(self, context: int, apart: int, most: int) -> tuple[Tensor, Tensor]:
        """Lines of `context` characters and one more, to train on and to validate on, `apart` from each other."""


class Tokens(NamedTuple):
    """What a model of language reads and writes: tokens of which there are `known` different ones.

    `characters` is how many of these a token has in what is validated on. `typed` spells what somebody typed in the
    tokens' numbers, (tokens,), `text_of` such numbers in characters.
    """

    known: int
    train: Source
    validation: Source
    characters: float
    typed: Callable[[str], Tensor]
    text_of: Callable[[Tensor], str]

    def bits(self, nats: Tensor) -> Tensor:
        """What a sum of nats over tokens is in bits, shared out to characters: over the tokens, bits a character."""
        return nats / (math.log(2) * self.characters)


def tokens_of(text: LinedText, context: int, apart: int, most: int, *, in_pieces: bool) -> Tokens:
    """The text in lines of `context` tokens, `most` of them held back; these begin `apart` characters from each other.

    In pieces they begin further from each other: a line is longer than so many characters.
    """
    if not in_pieces:
        train, validation = (
            Tensors(lines[:, :-1], lines[:, 1:], context) for lines in text.lines(context, apart, most)
        )
        return Tokens(len(text.alphabet()), train, validation, 1.0, text.typed, text.text_of)
    pieces = Pieces(text)
    learnt, held_back = pieces.lines(context, most)
    wanted = held_back.first(most)[1]
    return Tokens(
        len(pieces), learnt, held_back, pieces.characters(wanted) / wanted.numel(), pieces.typed, pieces.text_of
    )
