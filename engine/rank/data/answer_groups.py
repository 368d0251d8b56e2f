"""Questions with their answers, in groups: what a question is to tell its own answer from.

A sample is a group of eight pairs: the answers of the other seven are what each question is to tell its own from. The
first pair is the sample's own, the others are drawn by (seed, sample), none with a question or an answer that is there
already. So what is compared does not hang on how a batch is cut, and every mode compares the same.

Held back is every fifth question, with the first of its answers, unless that is an answer to others, too.
Data: the pack `questions`.
"""

from collections import Counter

import numpy as np
import torch
from torch import Tensor

from engine.rank.data.questions import answered, key_of, topics
from engine.rank.data.source import Source

GROUP = 8
HELD_BACK = 5  # one in so many


class Groups(Source):
    """Groups of pairs: sample i is the i-th pair with seven others, drawn by (seed, i)."""

    units = GROUP

    def __init__(self, pairs: Tensor, others: Tensor) -> None:
        self._pairs = pairs  # (pairs, 2, t)
        self._others = others  # (pairs, 8): each pair's group, itself first

    def __len__(self) -> int:
        return len(self._others)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Groups of pairs, (b, 2, 8, t), and the place of each question's answer, (b, 8)."""
        groups = self._pairs[self._others.index_select(0, indices)].transpose(1, 2)
        return groups, torch.arange(GROUP, device=groups.device).expand(len(indices), -1)

    def to(self, device: torch.device, dtype: torch.dtype) -> "Groups":  # noqa: ARG002 - there are whole numbers alone
        """This source with its pairs on `device`."""
        return Groups(self._pairs.to(device), self._others.to(device))

    @property
    def index_device(self) -> torch.device:
        """The device on which the pairs lie."""
        return self._pairs.device


def pairs(part: int = HELD_BACK - 1) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Questions with an answer each: those to train on, of a question maybe several, and those of a part held back."""
    asked: dict[str, tuple[str, list[str]]] = {}
    for topic in topics():
        for question, answers in answered(topic).items():
            asked.setdefault(key_of(question), (question, answers))
    often = Counter(key for _, answers in asked.values() for key in set(map(key_of, answers)))
    train, held_back = [], []
    for number, (question, answers) in enumerate(asked.values()):
        if number % HELD_BACK != part:
            train += [(question, answer) for answer in answers]
        elif often[key_of(answers[0])] == 1:
            held_back.append((question, answers[0]))
    return train, held_back


def groups_of(train: list[tuple[str, str]], seed: int) -> Tensor:
    """Each pair's group by numbers, (pairs, 8): itself, and seven drawn that share no text with one another."""
    keys = [tuple(map(key_of, pair)) for pair in train]
    found = torch.zeros(len(train), GROUP, dtype=torch.int64)
    for sample, own in enumerate(keys):
        group, there = [sample], set(own)
        for other in np.random.default_rng([seed, sample]).permutation(len(train)):
            if len(group) < GROUP and there.isdisjoint(keys[other]):
                group.append(int(other))
                there.update(keys[other])
        found[sample] = torch.tensor(group)
    return found
