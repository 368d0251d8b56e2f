"""A text in pieces of words, as BERT reads it: of each word the longest beginning that is known, then of the rest.

    "Café unaffable!"  ->  cafe unaffable !  ->  cafe una ##ffa ##ble !  ->  [CLS] cafe una ##ffa ##ble ! [SEP]

Capitals and accents are dropped; blanks part words, marks and characters of Chinese are words of their own. A piece
that goes on with a word begins with ##. A word that cannot be pieced together is one unknown piece.

BERT's vocabulary keeps places free, [unused0] and so on, at which nothing ever stood: characters that it lacks can be
put there, and what their numbers mean is then learned.
Source: Wu et al., "Google's Neural Machine Translation System", 2016, section 4.1 (WordPiece); Devlin et al., "BERT",
NAACL 2019.
"""

import unicodedata
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

UNKNOWN, FIRST, LAST = "[UNK]", "[CLS]", "[SEP]"
FREE = "[unused"
"""How the name of a place begins at which nothing stands."""
NOTHING = 0
"""The number that stands behind the end of a line, in any vocabulary."""
LONGEST_WORD = 100
HAN = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
MARKS = ((33, 47), (58, 64), (91, 96), (123, 126))
"""Codes of characters, from first to last, of which each is a word of its own."""


class WordPieces:
    """Spells texts in the numbers of a vocabulary: pieces in the order of their numbers, from 0 on.

    Of `learned` texts those characters that are words of their own and that it lacks are given its free places, in the
    order of their codes, until there is no place left.
    """

    def __init__(self, vocabulary: Sequence[str], learned: Sequence[str] = ()) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        assert {UNKNOWN, FIRST, LAST} <= self._numbers.keys(), "a vocabulary as BERT's"
        self.unknown = self._numbers[UNKNOWN]
        words = {word for text in learned for word in _words(text) if len(word) == 1}
        free = [piece for piece in vocabulary if piece.startswith(FREE)]
        for word, place in zip(sorted(words - self._numbers.keys()), free, strict=False):
            self._numbers[word] = self._numbers.pop(place)

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self._numbers)

    def pieces(self, text: str) -> list[str]:
        """The pieces of a text, without those at its ends."""
        return [piece for word in _words(text) for piece in self._parted(word)]

    def numbers(self, texts: Sequence[str], longest: int) -> Tensor:
        """Numbers of pieces, (texts, longest), with those at both ends; what is too long is cut, then ended."""
        found = torch.full((len(texts), longest), NOTHING)
        for row, text in zip(found, texts, strict=True):
            pieces = [FIRST, *self.pieces(text)[: longest - 2], LAST]
            row[: len(pieces)] = torch.tensor([self._numbers[piece] for piece in pieces])
        return found

    def _parted(self, word: str) -> list[str]:
        pieces: list[str] = []
        begin = 0
        while begin < len(word):
            go_on = "##" if begin else ""
            ends = range(len(word), begin, -1)
            end = next((end for end in ends if go_on + word[begin:end] in self._numbers), None)
            if end is None or len(word) > LONGEST_WORD:
                return [UNKNOWN]
            pieces.append(go_on + word[begin:end])
            begin = end
        return pieces


def _words(text: str) -> Iterator[str]:
    """Words in small letters, without accents; marks and Chinese characters by themselves."""
    word = ""
    for character in unicodedata.normalize("NFD", text).lower():
        kind, code = unicodedata.category(character), ord(character)
        if kind == "Mn" or code in (0, 0xFFFD) or (kind in ("Cc", "Cf", "Co") and character not in "\t\n\r"):
            continue
        is_blank = character.isspace()
        if is_blank or kind[0] == "P" or _is_within(code, MARKS) or _is_within(code, HAN):
            if word:
                yield word
            word = ""
            if not is_blank:
                yield character
        else:
            word += character
    if word:
        yield word


def _is_within(code: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in spans)
