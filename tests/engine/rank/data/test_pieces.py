"""Byte-pair encoding: the same text gives the same pieces, they spell it, and nothing held back is trained on."""

from collections import Counter
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from engine.rank.data import python_text
from engine.rank.data.pieces import LEARNT, LONGEST_PIECE, Pieces
from engine.rank.data.tokens import tokens_of


class Cut:
    """The beginning of Python's documentation, of which some is held back."""

    TRAIN_CHARACTERS = 30_000

    def __init__(self, held_back: str) -> None:
        self._held_back = held_back

    def alphabet(self) -> str:
        return python_text.ALPHABET

    def whole(self) -> str:
        return python_text.documentation()[: self.TRAIN_CHARACTERS] + self._held_back

    def typed(self, text: str) -> Tensor:
        return python_text.typed(text)

    def text_of(self, numbers: Tensor) -> str:
        return python_text.text_of(numbers)


def spelled(pieces: Pieces) -> list[str]:
    return [pieces.text_of(torch.tensor([number])) for number in range(len(pieces))]


def test_pieces_follow_from_the_text_to_train_on_alone() -> None:
    one, same, other = Pieces(Cut("the end")), Pieces(Cut("the end")), Pieces(Cut("zqzq" * 1_000))
    assert spelled(one) == spelled(same) == spelled(other)
    assert len(set(spelled(one))) == len(one) == len(python_text.ALPHABET) + LEARNT
    assert max(map(len, spelled(one))) <= LONGEST_PIECE
    text = Cut("").whole()
    pairs = Counter(a + b for a, b in pairwise(text) if b.isalpha() and (a.isalpha() or a == " "))
    assert pairs.most_common(1)[0][0] in spelled(one)[len(python_text.ALPHABET) :][:8]  # among the first that are made


def test_they_spell_whatever_is_typed_and_no_piece_crosses_from_word_to_word() -> None:
    pieces = Pieces(Cut(""))
    typed = pieces.typed("The statement né  中\n\n    x = 12")
    assert pieces.text_of(typed) == "The statement n?  ?\n\n    x = 12"
    assert len(typed) < 22
    assert pieces.characters(typed) == 31
    for piece in spelled(pieces):
        assert " " not in piece.strip(" ")
        assert piece.isalpha() or not any(letter.isalpha() for letter in piece.lstrip(" ")) or piece[0] == " "


@pytest.mark.parametrize("context", [64, 512])
def test_a_line_begins_with_any_character_to_train_on_and_none_of_them_reaches_what_is_held_back(context: int) -> None:
    tokens = tokens_of(python_text, context, 512, 64, in_pieces=True)
    text = python_text.documentation()
    assert (len(tokens.train), len(tokens.validation)) == (python_text.TRAIN_CHARACTERS, 64)
    asked = torch.tensor([0, 1_234, python_text.TRAIN_CHARACTERS - 1])
    inputs, wanted = tokens.train.take(asked)
    assert torch.equal(inputs[:, 1:], wanted[:, :-1])
    ends = list[int]()
    for number, line, last in zip(asked.tolist(), inputs, wanted[:, -1:], strict=True):
        first, said = tokens.text_of(line[:1]), tokens.text_of(torch.cat([line, last]))
        begins = [place for place in range(number - len(first) + 1, number + 1) if text[place:].startswith(said)]
        assert begins
        ends.append(begins[0] + len(said))
    held_back = tokens.text_of(tokens.validation.first(1)[0][0])
    assert text.index(held_back) >= ends[-1]
    assert tokens.characters == pytest.approx(2.6, abs=0.3)
