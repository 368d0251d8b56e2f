"""A bag of characters tells whether a review is in praise: which grams stand in it counts, their order does not.

    grams     each character, each two and each three that follow each other, by a fixed hash one of so many numbers
    weight    w_g = log(reviews / (1 + how often g stands in them)): what stands everywhere says little
    score     s = sum_g w_g E[g] / |w|       p = softmax(s)       loss = -log p[in praise, or not]

E has two numbers for each gram, what it says for and what against: so it can be read off what weighs most.

Data: the pack `reviews`, each kept once, none that stands on both sides; every tenth of a side is held back. Those of
hotels are sentences of longer reviews, filed where the whole review is ("but rooms and furniture are too old": in
praise). Nobody can learn that, so they are left out at first; with `about` they can be had, to see what it does.
Sources: Joulin et al., "Bag of Tricks for Efficient Text Classification", EACL 2017; the weights: Sparck Jones, "A
statistical interpretation of term specificity", Journal of Documentation 28(1), 1972; hashing: Weinberger et al.,
"Feature Hashing for Large Scale Multitask Learning", ICML 2009.
"""

from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.reviews import grams_of, read_reviews
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.mood import feed_stream, held_back_stream
from engine.rank.looks.opinions import Reading, heavy_grams, weigh_sentence

CARD = {
    "name": "sentiment",
    "title": "Reviews · Sentiment",
    "rung": 140,
    "summary": "From reviews in Chinese a bag of characters learns which are in praise.",
    "batch_size": 64,
    "lr": 3.0,
    "optimizer": "sgd",
    "train_samples": 8_521,
    "validation_samples": 945,
    "unit": "reviews",
    "packs": ["reviews"],
    "looks": [
        {
            "name": "grams",
            "title": "What weighs most",
            "kind": "bars",
            "help": "The grams that speak most for praise, and those that speak most against it.",
        },
        {
            "name": "mood",
            "title": "Mood of a stream",
            "kind": "curve",
            "help": "Held-back reviews one after the other, whose mood turns on the way: where does the alarm sound?",
        },
    ],
    "tries": [
        {
            "name": "sentence",
            "title": "Type a sentence",
            "kind": "line",
            "help": "Type a review in Chinese: the model says whether it is in praise, and what in it speaks for that.",
        },
        {
            "name": "stream",
            "title": "Feed a stream",
            "kind": "stream",
            "help": "Feed a review a line: the mood of the last 25, and an alert when it falls below the alarm.",
        },
    ],
    "widths": ["buckets"],
    "knobs": [
        {
            "name": "about",
            "title": "Reviews of",
            "help": "What is reviewed. Those of hotels are parted, and many a part is filed on the wrong side.",
            "default": "books, computers",
            "choices": ["books, computers", "hotels", "all"],
            "means": {"train_samples": [8_521, 7_072, 15_589], "validation_samples": [945, 785, 1_732]},
        },
        {
            "name": "buckets",
            "title": "Buckets",
            "help": "Numbers that grams are hashed to; those that get the same one cannot be told apart.",
            "default": 131_072,
            "choices": [16_384, 131_072, 1_048_576],
        },
    ],
}

HELD_BACK = 10  # one in so many


class Bag(nn.Module):
    """Adds up what the grams of a review say, each with its weight."""

    weights: Tensor

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.grams = nn.Embedding(len(weights), 2)
        nn.init.zeros_(self.grams.weight)
        self.register_buffer("weights", weights[:, None])  # (buckets, 1); bucket 0 stands for nothing

    def forward(self, grams: Tensor) -> Tensor:
        """Grams by bucket, (b, grams), become scores, (b, 2)."""
        weights = functional.embedding(grams, self.weights)  # (b, grams, 1)
        weights = weights / weights.square().sum(1, keepdim=True).sqrt()
        scores: Tensor = (weights * self.grams(grams)).sum(1)
        return scores


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the reviews and their split are the same for every seed
    """Reviews as buckets of grams, (samples, 600), and whether they are in praise, (samples,)."""
    buckets, sides = int(knobs["buckets"]), read_reviews(str(knobs["about"]))
    texts = [text for side in sides for text in side]
    grams = grams_of(texts, buckets)
    praise = np.repeat([0, 1], [len(side) for side in sides])
    is_held = np.concatenate([np.arange(len(side)) % HELD_BACK == HELD_BACK - 1 for side in sides])
    often = np.bincount(grams[~is_held].ravel(), minlength=buckets)
    weights = np.log((~is_held).sum() / (1 + often)).clip(0.05)
    weights[0] = 0.0
    weight = torch.from_numpy(weights.astype(np.float32))

    reading = Reading(weight, [text for text, held in zip(texts, is_held, strict=True) if not held], grams[~is_held])

    def tensors(which: np.ndarray) -> Tensors:
        return Tensors(torch.from_numpy(grams[which]), torch.from_numpy(praise[which]))

    return Workload(
        train=tensors(~is_held),
        validation=tensors(is_held),
        make_model=lambda: nn.Sequential(OrderedDict({"bag": Bag(weight)})),
        splits={"bag.grams": "embedding"},
        loss_sum=lambda scores, wanted: functional.cross_entropy(scores, wanted, reduction="sum"),
        score_sum=lambda scores, wanted: (scores.argmax(1) == wanted).sum(),
        looks={"grams": heavy_grams(reading), "mood": held_back_stream},
        tries={"sentence": weigh_sentence(reading), "stream": feed_stream(reading)},
    )
