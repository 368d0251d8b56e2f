"""What is asked on which topic, to tell topics apart: the questions of a data pack, in one language, each once.

    English   `questions`           ten topics: two more, "trivia" and "conversations", are of all things
    Chinese   `questions-chinese`   eight: of the others there are too few questions, or they are about nothing

Every third question is held back. Of the others there are few; fewer still, eight a topic, are what most have who bring
a task of their own.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from engine.rank.data.questions import answered, key_of, topics

FEW = 8
HELD_BACK = 3  # one in so many
PACKS = {"English": "questions", "Chinese": "questions-chinese"}
OF_ALL = ("conversations", "trivia")
"""Topics whose questions are about anything."""
IN_CHINESE = {
    "ai": "人工智能",
    "emotion": "情感",
    "literature": "文学",
    "money": "金钱",
    "movies": "电影",
    "psychology": "心理",
    "science": "科学",
    "sports": "体育",
}


class Asked(NamedTuple):
    """Questions, and of each its topic's number, (questions,)."""

    texts: list[str]
    topics: Tensor

    def where(self, is_wanted: Tensor) -> "Asked":
        """The questions for which (questions,) says so, with their topics."""
        return Asked([self.texts[n] for n in is_wanted.nonzero()[:, 0].tolist()], self.topics[is_wanted])


def subjects(language: str) -> tuple[str, ...]:
    """The topics that are told apart, in the order of their numbers; in Chinese each with its Chinese name too."""
    names = _topics(language)
    return names if language == "English" else tuple(f"{name} {IN_CHINESE[name]}" for name in names)


def questions(language: str) -> Asked:
    """All questions, topic by topic; one that is asked on two topics is of the first."""
    found: dict[str, tuple[str, int]] = {}
    for number, topic in enumerate(_topics(language)):
        for question in answered(topic, PACKS[language]):
            found.setdefault(key_of(question), (question, number))
    return Asked([text for text, _ in found.values()], torch.tensor([number for _, number in found.values()]))


def parted(language: str, *, are_few: bool) -> tuple[Asked, Asked]:
    """The questions that are learned from, eight a topic or all there are, and the questions held back."""
    asked = questions(language)
    is_held = torch.arange(len(asked.texts)) % HELD_BACK == HELD_BACK - 1
    is_learned = few_of_each(asked.topics, ~is_held) if are_few else ~is_held
    return asked.where(is_learned), asked.where(is_held)


def few_of_each(topic: Tensor, is_free: Tensor) -> Tensor:
    """Which eight of each topic, of those that are free, (questions,): as far apart as they lie."""
    found = torch.zeros_like(is_free)
    for number in range(int(topic.max()) + 1):
        free = (is_free & (topic == number)).nonzero()[:, 0]
        found[free[torch.linspace(0, len(free) - 1, FEW).long()]] = True
    return found


def _topics(language: str) -> tuple[str, ...]:
    return tuple(topic for topic in topics(PACKS[language]) if topic not in OF_ALL)
