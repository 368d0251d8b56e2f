"""What is asked on which topic, to tell topics apart: the questions of the data pack `questions`, each once.

Two topics are of all things, "trivia" and "conversations", and are left out. Of the others there are few questions;
fewer still, eight a topic, are what most have who bring a task of their own.
"""

import torch
from torch import Tensor

from engine.rank.data.questions import answered, key_of, topics

FEW = 8
OF_ALL = ("conversations", "trivia")
"""Topics whose questions are about anything."""


def subjects() -> tuple[str, ...]:
    """The topics that are told apart, in the order of their numbers."""
    return tuple(topic for topic in topics() if topic not in OF_ALL)


def questions() -> list[tuple[str, int]]:
    """Each question with its topic's number, topic by topic; one that is asked on two topics is of the first."""
    found: dict[str, tuple[str, int]] = {}
    for number, topic in enumerate(subjects()):
        for question in answered(topic):
            found.setdefault(key_of(question), (question, number))
    return list(found.values())


def few_of_each(topic: Tensor, is_free: Tensor) -> Tensor:
    """Which eight of each topic, of those that are free, (questions,): as far apart as they lie."""
    found = torch.zeros_like(is_free)
    for number in range(int(topic.max()) + 1):
        free = (is_free & (topic == number)).nonzero()[:, 0]
        found[free[torch.linspace(0, len(free) - 1, FEW).long()]] = True
    return found
