"""A bag of characters tells what a review is about, and whether it is in praise: which grams stand in it counts.

    grams     each character, each two and each three that follow each other, by a fixed hash one of so many numbers
    weight    v_g = w_g / |w|     w_g = log(reviews / (1 + how many g stands in)): what stands everywhere says little
    topic     p(t) = softmax(sum_g v_g T[g])
    praise    log p/(1 - p) = sum_g v_g (P[g, all] + sum_t p(t) P[g, t])          loss = -log p[true] - log p(topic)
    (what praises a hotel may damn a book: a gram has a number for praise in general, and one beside it for each topic)

Data: the pack `reviews`; every tenth of a side is held back. None is neutral: near p = 1/2 a review is left undecided.
Those of hotels are sentences of longer reviews, filed where the whole is; with `about` they can be left out.
Sources: Joulin et al., "Bag of Tricks", EACL 2017; Jacobs et al., "Adaptive Mixtures of Local Experts", 1991 (topics).
"""

from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.reviews import grams_of, read_reviews, topics_of, weights_of
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.mood import feed_stream, held_back_stream
from engine.rank.looks.opinions import Reading, heavy_grams, told_topics, weigh_sentence
from engine.rank.looks.undecided import decided

CARD = {
    "name": "sentiment",
    "title": "Reviews · Sentiment",
    "rung": 140,
    "summary": "From reviews in Chinese a bag of characters learns what they are about, and which are in praise.",
    "batch_size": 64,
    "lr": 20.0,
    "optimizer": "sgd",
    "train_samples": 15_589,
    "validation_samples": 1_732,
    "unit": "reviews",
    "packs": ["reviews"],
    "looks": [
        {
            "name": "grams",
            "title": "What weighs most",
            "kind": "bars",
            "help": "The grams that speak most for praise, in general or of a topic, and most against it.",
        },
        {
            "name": "topics",
            "title": "Topics",
            "kind": "heat map",
            "help": "Which topic (row) is taken for which (column), over the held-back reviews.",
        },
        {
            "name": "sure",
            "title": "Left undecided",
            "kind": "curve",
            "help": "How many are right when those are left undecided of which the model is not sure.",
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
            "help": "Type a review in Chinese: what is it about, is it in praise, and what in it speaks for that?",
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
            "default": "all",
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

    def __init__(self, weights: Tensor, topics: int) -> None:
        super().__init__()
        self.topics = topics
        self.grams = nn.Embedding(len(weights), 1 + 2 * topics)  # of praise, in general and by topic; of each topic
        nn.init.zeros_(self.grams.weight)
        self.register_buffer("weights", weights[:, None])  # (buckets, 1); bucket 0 stands for nothing

    def forward(self, grams: Tensor) -> Tensor:
        """Grams by bucket, (b, grams), become log p/(1 - p) of praise and the topics' scores, (b, 1 + topics)."""
        weights = functional.embedding(grams, self.weights)  # (b, grams, 1)
        weights = weights / weights.square().sum(1, keepdim=True).sqrt()
        general, by_topic, topic = (weights * self.grams(grams)).sum(1).split((1, self.topics, self.topics), 1)
        return torch.cat([general + (topic.softmax(1) * by_topic).sum(1, keepdim=True), topic], 1)


def loss_sum(said: Tensor, true: Tensor) -> Tensor:
    """The loss of praise and the loss of topics, summed, of outputs (b, 1 + topics) and targets (b, 2)."""
    praise = functional.softplus(torch.where(true[:, 0] > 0, -said[:, 0], said[:, 0])).sum()
    return praise + functional.cross_entropy(said[:, 1:], true[:, 1], reduction="sum")


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the reviews and their split are the same for every seed
    """Reviews as buckets of grams, (samples, 600); whether they are in praise, and about what, (samples, 2)."""
    about, buckets = str(knobs["about"]), int(knobs["buckets"])
    sides, topics = read_reviews(about), topics_of(about)
    texts = np.array([review.text for side in sides for review in side], dtype=object)
    true = np.array([(praise, review.topic) for praise, side in enumerate(sides) for review in side])
    grams = grams_of(texts.tolist(), buckets)
    is_held = np.concatenate([np.arange(len(side)) % HELD_BACK == HELD_BACK - 1 for side in sides])
    weights = torch.from_numpy(weights_of(grams[~is_held], buckets))
    reading = Reading(weights, texts[~is_held], grams[~is_held], topics)
    train, held = (Tensors(torch.from_numpy(grams[of]), torch.from_numpy(true[of])) for of in (~is_held, is_held))
    return Workload(
        train=train,
        validation=held,
        make_model=lambda: nn.Sequential(OrderedDict({"bag": Bag(weights, len(topics))})),
        splits={"bag.grams": "embedding"},
        loss_sum=loss_sum,
        score_sum=lambda said, true: ((said[:, 0] > 0) == (true[:, 0] > 0)).sum(),
        looks={"grams": heavy_grams(reading), "topics": told_topics(topics), "sure": decided, "mood": held_back_stream},
        tries={"sentence": weigh_sentence(reading), "stream": feed_stream(reading)},
    )
