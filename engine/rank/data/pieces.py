"""Byte-pair encoding: a text in pieces of words, each a token, instead of characters.

    pieces = the characters of the alphabet
    until there are enough:  the two that stand side by side most often become a piece of their own
    a text is parted in the same order;  no piece crosses from a word to the next, but may begin with a blank

What stands side by side is counted in the text to train on alone. The same text gives the same pieces on every rank and
in every run: nothing is drawn, and of two pairs that are as common the first by number is taken.
Source: Sennrich, Haddow, Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016.
"""

from typing import Protocol

import torch
from torch import Tensor

from engine.rank.data.source import Chosen, Tensors

LEARNT = 416
"""Pieces beside the characters: with 96 of these, 512 all together. More come too rarely in a text this short."""
LONGEST_PIECE = 16
"""Characters: rows of dashes would take more."""
WORDS = r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\n+| +"
APART = 1_000
"""So many characters apart begin lines that are validated on, the first one twice as far behind what is trained on."""


class Characters(Protocol):
    """A text whose characters have numbers."""

    TRAIN_CHARACTERS: int

    def alphabet(self) -> str:
        """All characters there are, one each."""

    def whole(self) -> str:
        """The text, in these characters alone."""

    def typed(self, text: str) -> Tensor:
        """The numbers of what somebody typed, (characters,)."""

    def text_of(self, numbers: Tensor) -> str:
        """The characters that have these numbers."""


class Pieces:
    """The pieces of one text, and the text in them."""

    def __init__(self, source: Characters) -> None:
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers  # only whoever has pieces pays for it

        self._source, text, alphabet = source, source.whole(), source.alphabet()
        self._encoder = Tokenizer(models.BPE())
        self._encoder.pre_tokenizer = pre_tokenizers.Split(Regex(WORDS), "isolated")
        trainer = trainers.BpeTrainer(
            vocab_size=len(alphabet) + LEARNT,
            initial_alphabet=list(alphabet),
            max_token_length=LONGEST_PIECE,
            special_tokens=[],
            show_progress=False,
        )
        self._encoder.train_from_iterator([text[: source.TRAIN_CHARACTERS]], trainer)
        number_of = self._encoder.get_vocab()
        self._pieces = sorted(number_of, key=number_of.__getitem__)
        self._lengths = torch.tensor([len(piece) for piece in self._pieces])
        self._numbers = self._numbers_of(text)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._pieces)

    def characters(self, numbers: Tensor) -> int:
        """How many characters these pieces have, all together."""
        return int(self._lengths[numbers].sum())

    def typed(self, text: str) -> Tensor:
        """The numbers of the pieces of what somebody typed, (pieces,), read as the characters' own file reads it."""
        return self._numbers_of(self._source.text_of(self._source.typed(text)))

    def text_of(self, numbers: Tensor) -> str:
        """The text that these pieces make."""
        return "".join(self._pieces[number] for number in numbers.tolist())

    def lines(self, context: int, most: int) -> tuple[Chosen, Chosen]:
        """Lines of `context` pieces, and the same moved on by one, to train on and to validate on.

        The first begin with the piece of any character to train on, so as many lines as there are of these; the others,
        `most` of them, begin behind the end of all of those.
        """
        ends = self._lengths[self._numbers].cumsum(0)
        every = self._numbers.unfold(0, context + 1, 1)  # a view: one line for each piece to begin with
        lines = Tensors(every[:, :-1], every[:, 1:], context)
        end = self._source.TRAIN_CHARACTERS
        train = torch.searchsorted(ends, torch.arange(end), right=True)
        validation = torch.searchsorted(ends, end + APART * torch.arange(2, most + 2), right=True)
        return Chosen(lines, train), Chosen(lines, validation)

    def _numbers_of(self, text: str) -> Tensor:
        return torch.tensor(self._encoder.encode_batch_fast([text])[0].ids, dtype=torch.int64)
