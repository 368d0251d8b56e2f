"""A recommender learns from who played which song what else each might want to hear.

    score(user, song) = p_user . q_song + b_song          p(song | user) = softmax over all songs
    loss = -log p[song played]                            recall@10: how often a play held back is among the ten best

Data are GENERATED: 500 users and 300 songs have 4 factors each, drawn by chance, and a song has a renown; a user plays
a song with probability softmax(p . q + renown). So what is to be found is known, and so is the best that anybody could
reach (`best_recall`): the recall of who knows the factors.
Sources: Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems", IEEE Computer 42(8), 2009;
a softmax over all items: Covington, Adams and Sargin, "Deep Neural Networks for YouTube Recommendations", RecSys 2016.
"""

from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload

CARD = {
    "name": "recommender",
    "title": "Recommender",
    "summary": "From generated plays of 300 songs a factorised matrix learns what each of 500 listeners wants next.",
    "batch_size": 256,
    "lr": 0.003,
    "train_samples": 30_000,
    "validation_samples": 5_000,
    "unit": "plays",
    "metric": {"name": "recall@10"},
    "layers": 2,
    "widths": ["factors"],
    "knobs": [
        {
            "name": "factors",
            "title": "Factors",
            "help": "Numbers by which a listener and a song are compared; the data were made with 4.",
            "default": 8,
            "minimum": 1,
            "maximum": 512,
        },
    ],
}

USERS, SONGS, FACTORS, SHOWN = 500, 300, 4, 10
TRAIN_PLAYS, HELD_BACK = 60, 10
"""Of each user."""


class Plays(NamedTuple):
    """What was drawn: (users, plays of each) songs, and the probability of each song for each user."""

    songs: np.ndarray
    probability: np.ndarray  # (users, songs)


def draw_plays(seed: int) -> Plays:
    """Users, songs and plays by chance, as the seed has it."""
    generator = np.random.default_rng(seed)
    users, songs = generator.normal(size=(USERS, FACTORS)), generator.normal(size=(SONGS, FACTORS))
    score = users @ songs.T + generator.normal(0.0, 0.5, SONGS)
    probability = np.exp(score - score.max(1, keepdims=True))
    probability /= probability.sum(1, keepdims=True)
    chance = generator.uniform(size=(USERS, TRAIN_PLAYS + HELD_BACK, 1))
    played = (chance > probability.cumsum(1)[:, None, :]).sum(2)  # the first song whose sum is not below it
    return Plays(np.minimum(played, SONGS - 1), probability)


def best_recall(seed: int) -> float:
    """Recall at 10 of who knows each probability: nobody can expect more."""
    probability = draw_plays(seed).probability
    return float(np.sort(probability, axis=1)[:, -SHOWN:].sum(1).mean())


def build(knobs: Knobs, seed: int) -> Workload:
    """Users by number, (plays,), and the songs they played."""
    played = draw_plays(seed).songs
    user = np.arange(USERS)[:, None].repeat(TRAIN_PLAYS + HELD_BACK, axis=1)

    def tensors(of: slice) -> Tensors:
        return Tensors(torch.from_numpy(user[:, of].flatten()), torch.from_numpy(played[:, of].flatten()))

    def make_model() -> nn.Module:
        factors = int(knobs["factors"])
        users = nn.Embedding(USERS, factors)  # (b,) -> (b, factors)
        nn.init.normal_(users.weight, std=0.1)
        songs = nn.Linear(factors, SONGS)  # -> (b, songs)
        return nn.Sequential(OrderedDict({"users": users, "songs": songs}))

    def score_sum(outputs: Tensor, songs: Tensor) -> Tensor:
        return (outputs.topk(SHOWN, dim=1).indices == songs[:, None]).sum()

    return Workload(
        train=tensors(slice(TRAIN_PLAYS)),
        validation=tensors(slice(TRAIN_PLAYS, None)),
        make_model=make_model,
        layers=("users", "songs"),
        splits={"users": "embedding", "songs": "column"},
        loss_sum=lambda outputs, songs: functional.cross_entropy(outputs, songs, reduction="sum"),
        score_sum=score_sum,
    )
