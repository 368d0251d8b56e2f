"""A pretrained model of language learns what a question is about: frozen, by low-rank adapters, whole; or from nothing.

    s = mean of MiniLM's vectors, |s| = 1 (`minilm.py`)          p(topic) = softmax(20 W s)         loss = -log p[topic]

    frozen         only W is trained: the model is a ready-made measure of what is alike
    low-rank       W, and of each block two thin matrices beside that of q, k and v (LoRA)
    whole          W and every weight of the model
    from scratch   the same model with fresh weights: these few questions are all that it ever reads

Data: the pack `questions`, in English, or `questions-chinese`; every third is held back, of the others few are learned
from, for what was read before pays there, or all. Weights: the pack `minilm` (`engine/rank/models/minilm.py`). It has
read English: Chinese characters that are learned from and that it lacks take free places of its vocabulary.
Sources: Devlin et al., "BERT", NAACL 2019, section 3.2 (fine-tuning); Hu et al., "LoRA: Low-Rank Adaptation of Large
Language Models", ICLR 2022.
"""

from collections import OrderedDict
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.question_topics import parted, subjects
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
    "packs": ["minilm"],
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
            "help": "Type a question in the data's language, English or Chinese: the model says what it may be about.",
        },
    ],
    "layers": "layers",
    "widths": ["heads"],
    "knobs": [
        {
            "name": "language",
            "title": "Language",
            "help": "MiniLM has read English: of questions in Chinese it tells less than the same model from scratch.",
            "default": "English",
            "choices": ["English", "Chinese"],
            "packs": {"English": "questions", "Chinese": "questions-chinese"},
            "means": {"validation_samples": [130, 96]},
        },
        {
            "name": "examples",
            "title": "Examples",
            "help": "Questions that are learned from: few, as for most who have a task of their own, or all there are.",
            "default": "8 a topic",
            "choices": ["8 a topic", "all"],
            "across": "language",
            "means": {"train_samples": [80, 262, 64, 192]},
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
    learns, language = str(knobs["learns"]), str(knobs["language"])
    learned, held_back = parted(language, are_few=knobs["examples"] != "all")
    topics, pieces = subjects(language), published_pieces(learned.texts if language == "Chinese" else ())
    spell = partial(pieces.numbers, longest=CONTEXT)
    shape = minilm.MINILM._replace(blocks=int(knobs["blocks"]))

    def make_model() -> nn.Module:
        weights = None if learns == "from scratch" else published_weights()
        parts = minilm.encoder(shape, CONTEXT, learns, weights)
        return nn.Sequential(parts | OrderedDict(head=Head(shape.width, len(topics))))

    def places_of(subject: Subject, numbers: Tensor) -> Tensor:
        return minilm.sentences_of(subject.inputs_of(subject.model.get_submodule("head"), numbers))

    return Workload(
        train=Tensors(spell(learned.texts), learned.topics),
        validation=Tensors(spell(held_back.texts), held_back.topics),
        make_model=make_model,
        layers=(*minilm.layers(shape), "head"),
        splits=minilm.splits(shape, learns),
        heads=shape.heads,
        loss_sum=lambda scores, wanted: functional.cross_entropy(scores, wanted, reduction="sum"),
        score_sum=lambda scores, wanted: (scores.argmax(1) == wanted).sum(),
        looks={"map": map_of_classes(topics, held_back.texts, places_of), "confusion": confusion(topics)},
        tries={"topic": tell_classes(topics, pieces, CONTEXT)},
    )
