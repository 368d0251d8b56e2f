"""What a model of text is measured against: those who know how often characters come, and how often after which."""

import torch
from torch import Tensor

from engine.rank.data.python_text import ALPHABET, TRAIN_CHARACTERS, documentation, numbers_of
from engine.rank.data.workload import Workload


def _counted(rows: Tensor) -> Tensor:
    """Logarithms of how often each comes, one added to each so that nothing is impossible."""
    return ((rows + 1) / (rows + 1).sum(-1, keepdim=True)).log()


def unigram_loss(wanted: Tensor) -> float:
    """Nats a character, of who knows from the text to train on how often each comes, and no more."""
    trained = numbers_of(documentation()[:TRAIN_CHARACTERS])
    return -float(_counted(torch.bincount(trained, minlength=len(ALPHABET)).double())[wanted].mean())


def bigram_loss(before: Tensor, wanted: Tensor) -> float:
    """Nats a character, of who knows from the text to train on how often each comes after the one before it."""
    trained = numbers_of(documentation()[:TRAIN_CHARACTERS])
    pairs = torch.bincount(len(ALPHABET) * trained[:-1] + trained[1:], minlength=len(ALPHABET) ** 2)
    return -float(_counted(pairs.view(len(ALPHABET), -1).double())[before, wanted].mean())


def bigram_loss_of(workload: Workload) -> float:
    """Nats a character of a workload's validation split, where each next character is asked for."""
    assert workload.validation is not None
    return bigram_loss(*workload.validation.first(len(workload.validation)))
