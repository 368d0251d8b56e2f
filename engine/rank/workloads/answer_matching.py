"""Questions and their answers come to lie side by side: of eight answers, each question is to find its own.

    q_i = A s(question i), of length 1       a_j = s(answer j)       s: MiniLM's sentence; A = 1 at first
    S[i, j] = q_i . a_j     (8, 8)           p(j | i) = softmax over j of 20 S         loss = -log p[i | i]    (InfoNCE)

A sample is a group of eight pairs, drawn by (seed, sample): the answers of the other seven are what each question is to
tell its own from. What is held back is one group, so each looks for its answer among all of them
(`engine/rank/data/answer_groups.py`). What somebody asks is compared with every answer there is.

Data: the pack `questions`; weights: the pack `minilm` (`engine/rank/models/minilm.py` has the formulas).
Sources: van den Oord et al., "Representation Learning with Contrastive Predictive Coding", 2018 (InfoNCE); Karpukhin
et al., "Dense Passage Retrieval for Open-Domain Question Answering", EMNLP 2020.
"""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.answer_groups import Groups, groups_of, pairs
from engine.rank.data.source import Tensors
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.sentences import found_within, retrieve, similarity
from engine.rank.models import minilm
from engine.rank.models.minilm_weights import published_pieces, published_weights

CARD = {
    "name": "answer-matching",
    "title": "Questions · Answers",
    "rung": 160,
    "summary": "A pretrained transformer, MiniLM, learns to lay each question beside its answer.",
    "batch_size": 4,
    "lr": 0.001,
    "train_samples": 612,
    "validation_samples": 1,
    "unit": "pairs",
    "packs": ["minilm", "questions"],
    "metric": {"name": "recall@1"},
    "looks": [
        {
            "name": "similarity",
            "title": "Similarity matrix",
            "kind": "heat map",
            "help": "How near held-back questions (rows) lie to answers (columns): each one's own is on the diagonal.",
        },
    ],
    "tries": [
        {
            "name": "ask",
            "title": "Ask something",
            "kind": "line",
            "help": "Type a question in English: which answers are nearest, and is one as near as right ones are?",
        },
    ],
    "layers": "layers",
    "widths": ["heads"],
    "knobs": [
        {
            "name": "learns",
            "title": "Learns",
            "help": "What is trained: a matrix behind the model alone, thin ones beside its own too, all, or all anew.",
            "default": "frozen",
            "choices": ["low-rank", "frozen", "whole", "from scratch"],
            "means": {"heads": [12, 12, 12, 12]},
        },
        {
            "name": "blocks",
            "title": "Blocks",
            "help": "How many of MiniLM's six blocks there are, from the first on: fewer are quicker, and find less.",
            "default": 6,
            "choices": [1, 2, 3, 4, 5, 6],
            "means": {"layers": [3, 4, 5, 6, 7, 8]},
        },
    ],
}

CONTEXT = 32  # pieces of a question, and of an answer: what is longer is cut
SHARPER = 20.0


class Match(nn.Module):
    """How near each question of a group lies to each answer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.turn = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.turn.weight)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors of questions' and answers' pieces, (b, 2, n, t, width), become similarities, (b, n, n)."""
        questions, answers = minilm.sentences_of(vectors).unbind(1)  # each (b, n, width)
        return functional.normalize(self.turn(questions), dim=2) @ answers.transpose(1, 2)


def build(knobs: Knobs, seed: int) -> Workload:
    """Groups of pairs by their pieces, (samples, 2, 8, 32); all that is held back as one group."""
    learns, pieces = str(knobs["learns"]), published_pieces()
    shape = minilm.MINILM._replace(blocks=int(knobs["blocks"]))
    train, held_back = pairs()
    answers = list(dict.fromkeys(answer for _, answer in train + held_back))

    def spell(texts: Sequence[str]) -> Tensor:
        return pieces.numbers(texts, CONTEXT)

    def read_of(text: str) -> tuple[int, int]:
        count = len(pieces.pieces(text))
        return min(count, CONTEXT - 2), count  # but for both ends

    def spelled(some: list[tuple[str, str]]) -> Tensor:
        return torch.stack([spell([pair[side] for pair in some]) for side in (0, 1)])  # (2, pairs, t)

    def make_model() -> nn.Module:
        weights = None if learns == "from scratch" else published_weights()
        parts = minilm.encoder(shape, CONTEXT, learns, weights)
        return nn.Sequential(parts | OrderedDict(match=Match(shape.width)))

    return Workload(
        train=Groups(spelled(train).transpose(0, 1), groups_of(train, seed)),
        validation=Tensors(spelled(held_back)[None], torch.arange(len(held_back))[None], len(held_back)),
        make_model=make_model,
        layers=(*minilm.layers(shape), "match"),
        splits=minilm.splits(shape, learns),
        heads=shape.heads,
        loss_sum=lambda near, wanted: functional.cross_entropy(
            SHARPER * near.flatten(0, 1), wanted.flatten(), reduction="sum"
        ),
        score_sum=lambda near, _: torch.stack([next(found_within(group, 1)).sum() for group in near]).sum(),
        looks={"similarity": similarity([question for question, _ in held_back])},
        tries={"ask": retrieve(answers, held_back, spell, read_of, answered, turned, is_fixed=learns == "frozen")},
    )


@torch.no_grad()
def answered(subject: Subject, lines: Tensor) -> Tensor:
    """Where the encoder puts lines, (b, t), as answers: (b, width)."""
    sides = functional.pad(lines, (0, 0, 0, len(lines) % 2)).view(1, 2, -1, lines.shape[1])  # two of as many lines
    vectors = subject.inputs_of(subject.model.get_submodule("match"), sides)
    return minilm.sentences_of(vectors).flatten(0, 2)[: len(lines)]


@torch.no_grad()
def turned(subject: Subject, places: Tensor) -> Tensor:
    """Where the model puts as questions what the encoder puts there, (b, width): (b, width)."""
    match = subject.model.get_submodule("match")
    assert isinstance(match, Match)
    return functional.normalize(match.turn(places.to(match.turn.weight.dtype)), dim=1)
