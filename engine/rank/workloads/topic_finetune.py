"""A pretrained model of language learns what a question is about: frozen, by low-rank adapters, whole; or from nothing.

    s = mean of MiniLM's vectors, |s| = 1 (`minilm.py`)          p(topic) = softmax(20 W s)         loss = -log p[topic]

    frozen         only W is trained: the model is a ready-made measure of what is alike
    low-rank       W, and of each block two thin matrices beside that of q, k and v (LoRA)
    whole          W and every weight of the model
    from scratch   the same model with fresh weights: these few questions are all that it ever reads

Data: the pack `questions`, ten topics (not those that are of all things, "trivia" and "conversations"), each question
once; every third is held back. Of the others eight a topic are learned from, for what was read before pays where there
is little to learn from; or all. Weights: the pack `minilm` (`engine/rank/models/minilm.py` has the
formulas).
Sources: Devlin et al., "BERT", NAACL 2019, section 3.2 (fine-tuning); Hu et al., "LoRA: Low-Rank Adaptation of Large
Language Models", ICLR 2022.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.question_topics import few_of_each, questions, subjects
from engine.rank.data.source import Tensors
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.classes import confusion
from engine.rank.looks.sentences import map_of_classes, tell_classes
from engine.rank.models import minilm
from engine.rank.models.minilm_weights import published_pieces, published_weights

CARD = {
    "name": "topic-finetune",
    "title": "Questions · Topics",
    "rung": 150,
    "summary": "A pretrained transformer, MiniLM, learns what a question is about: a new head, adapters, or all.",
    "batch_size": 32,
    "lr": 0.0005,
    "train_samples": 80,
    "validation_samples": 130,
    "unit": "questions",
    "packs": ["minilm", "questions"],
    "looks": [
        {
            "name": "map",
            "title": "Map of questions",
            "kind": "scatter",
            "help": "Held-back questions where the model lays them, in the two directions in which they differ most.",
        },
        {
            "name": "confusion",
            "title": "Confusion matrix",
            "kind": "heat map",
            "help": "Which topic (row) is taken for which (column), counted over the validation split.",
        },
    ],
    "tries": [
        {
            "name": "topic",
            "title": "What is it about?",
            "kind": "line",
            "help": "Type a question in English: the model says which topics it may be about, and how sure it is.",
        },
    ],
    "layers": "layers",
    "widths": ["heads"],
    "knobs": [
        {
            "name": "examples",
            "title": "Examples",
            "help": "Questions that are learned from: few, as for most who have a task of their own, or all there are.",
            "default": "8 a topic",
            "choices": ["8 a topic", "all"],
            "means": {"train_samples": [80, 262]},
        },
        {
            "name": "learns",
            "title": "Learns",
            "help": "What is trained: a new head alone, thin matrices beside the model's too, all of it, or all anew.",
            "default": "frozen",
            "choices": ["low-rank", "frozen", "whole", "from scratch"],
            "means": {"heads": [12, 12, 12, 12]},
        },
        {
            "name": "blocks",
            "title": "Blocks",
            "help": "How many of MiniLM's six blocks there are, from the first on: fewer are quicker.",
            "default": 6,
            "choices": [1, 2, 3, 4, 5, 6],
            "means": {"layers": [3, 4, 5, 6, 7, 8]},
        },
    ],
}

CONTEXT = 16  # pieces: nine of ten questions are read whole
SHARPER = 20.0
HELD_BACK = 3  # one in so many


class Head(nn.Module):
    """A score for each topic, by where the sentence lies."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.out = nn.Linear(width, count)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors of pieces, (b, t, width), become scores, (b, topics)."""
        scores: Tensor = self.out(SHARPER * minilm.sentences_of(vectors))
        return scores


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the questions and their split are the same for every seed
    """Questions by their pieces, (samples, 16), and what they are about, (samples,)."""
    learns, asked, pieces = str(knobs["learns"]), questions(), published_pieces()
    shape = minilm.MINILM._replace(blocks=int(knobs["blocks"]))
    is_held = torch.arange(len(asked)) % HELD_BACK == HELD_BACK - 1
    inputs = pieces.numbers([question for question, _ in asked], CONTEXT)
    targets = torch.tensor([topic for _, topic in asked])
    is_learned = ~is_held if knobs["examples"] == "all" else few_of_each(targets, ~is_held)

    def make_model() -> nn.Module:
        weights = None if learns == "from scratch" else published_weights()
        parts = minilm.encoder(shape, CONTEXT, learns, weights)
        return nn.Sequential(parts | OrderedDict(head=Head(shape.width, len(subjects()))))

    def places_of(subject: Subject, numbers: Tensor) -> Tensor:
        return minilm.sentences_of(subject.inputs_of(subject.model.get_submodule("head"), numbers))

    held_back = [question for number, (question, _) in enumerate(asked) if is_held[number]]
    return Workload(
        train=Tensors(inputs[is_learned], targets[is_learned]),
        validation=Tensors(inputs[is_held], targets[is_held]),
        make_model=make_model,
        layers=(*minilm.layers(shape), "head"),
        splits=minilm.splits(shape, learns),
        heads=shape.heads,
        loss_sum=lambda scores, wanted: functional.cross_entropy(scores, wanted, reduction="sum"),
        score_sum=lambda scores, wanted: (scores.argmax(1) == wanted).sum(),
        looks={"map": map_of_classes(subjects(), held_back, places_of), "confusion": confusion(subjects())},
        tries={"topic": tell_classes(subjects(), lambda texts: pieces.numbers(texts, CONTEXT))},
    )
