"""A recommender learns from who chose what before what else each might want: songs, or films.

    score(user, item) = p_user . q_item + b_item          p(item | user) = softmax over all items
    loss = -log p[item chosen]                            recall@10: how often a choice held back is among the ten best

    items = table      q and b are learned, item by item: of one that nobody has chosen they know nothing
    items = titles     q and b are sums over the words that stand on the item (`engine/rank/models/towers.py`)

Whose choices, generated or of films, `engine/rank/data/choices.py` has, and which items are new: those that nobody's
choices teach, and that are asked for alone. The softmax is over the known ones, or over the new ones.
Sources: Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems", IEEE Computer 42(8), 2009;
a softmax over all items: Covington, Adams and Sargin, "Deep Neural Networks for YouTube Recommendations", RecSys 2016;
two towers, one of them by what is known of an item: Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large
Corpus Item Recommendations", RecSys 2019.
"""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from engine.rank.data.choices import expected, generated, movielens
from engine.rank.data.shelves import Shelves
from engine.rank.data.source import Tensors
from engine.rank.data.titles import numbered
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.recommending import item_map, recall_by_length, recommend_to_picks
from engine.rank.models.towers import SPLITS, Titles

CARD = {
    "name": "recommender",
    "title": "Recommender",
    "rung": 120,
    "summary": "From who chose which songs or films before, a factorised matrix learns what each would want next.",
    "batch_size": 256,
    "lr": 0.003,
    "train_samples": 30_000,
    "validation_samples": 5_000,
    "unit": "choices",
    "metric": {"name": "recall@10"},
    "looks": [
        {
            "name": "recall",
            "title": "Recall by length",
            "kind": "curve",
            "help": "How often a choice held back is on the list, by its length; beside that of what is most chosen.",
        },
        {
            "name": "map",
            "title": "Map of items",
            "kind": "scatter",
            "help": "Items where their factors put them: what is chosen by the same people comes to lie together.",
        },
    ],
    "tries": [
        {
            "name": "pick",
            "title": "Pick some, get a list",
            "kind": "picks",
            "help": "Pick songs or films: the model recommends others, and says what each pick adds to their scores.",
        },
    ],
    "layers": 2,
    "widths": ["factors"],
    "knobs": [
        {
            "name": "data",
            "title": "Data",
            "help": "Whose choices: generated, of songs, or real, of films; new ones: only they are asked for, and "
            "nobody's choice of one is learned from.",
            "default": "generated",
            "choices": ["generated", "generated, new songs", "MovieLens", "MovieLens, new films"],
            "packs": {"MovieLens": "movielens", "MovieLens, new films": "movielens"},
            "means": {
                "train_samples": [30_000, 30_000, 90_570, 80_004],
                "validation_samples": [5_000, 5_000, 9_430, 7_958],
            },
        },
        {
            "name": "items",
            "title": "Items",
            "help": "What an item is known by: its row in a table, or the words of its title (of films genres, too).",
            "default": "table",
            "choices": ["titles", "table"],
        },
        {
            "name": "factors",
            "title": "Factors",
            "help": "Numbers by which a person and an item are compared; what is generated was made with 4.",
            "default": 8,
            "minimum": 1,
            "maximum": 512,
        },
    ],
}

SHOWN, MAPPED = 10, 300
"""Items that are recommended, and those that are most chosen, on the map."""


def build(knobs: Knobs, seed: int) -> Workload:
    """Users by number, (choices,), and what they chose: item and user, (choices, 2)."""
    data, factors, by_titles = str(knobs["data"]), int(knobs["factors"]), knobs["items"] == "titles"
    has_new = "new" in data
    chosen = movielens(has_new=has_new) if data.startswith("MovieLens") else generated(seed, has_new=has_new)
    users, items = chosen.had.shape
    shelves = Shelves(torch.from_numpy(chosen.is_new), torch.from_numpy(chosen.had))
    often = torch.from_numpy(expected(chosen)).float()
    shown = often.argsort(descending=True, stable=True)[:MAPPED].sort().values
    spelled, words = numbered(chosen.words, chosen.is_new)

    def tensors(pairs: np.ndarray) -> Tensors:
        return Tensors(torch.from_numpy(pairs[:, 0].copy()), torch.from_numpy(pairs[:, ::-1].copy()))

    def make_model() -> nn.Module:
        table = nn.Embedding(users, factors)  # (b,) -> (b, factors)
        nn.init.normal_(table.weight, std=0.1)
        tower = Titles(torch.from_numpy(spelled), words, factors) if by_titles else nn.Linear(factors, items)
        return nn.Sequential(OrderedDict({"users": table, "items": tower}))  # -> (b, items)

    return Workload(
        train=tensors(chosen.train),
        validation=tensors(chosen.held_back),
        make_model=make_model,
        layers=("users", "items"),
        splits={"users": "embedding", **(SPLITS if by_titles else {"items": "column"})},
        loss_sum=lambda outputs, wanted: functional.cross_entropy(
            shelves.among(outputs, wanted), wanted[:, 0], reduction="sum"
        ),
        score_sum=lambda outputs, wanted: (
            shelves.fresh(outputs, wanted).topk(SHOWN, dim=1).indices == wanted[:, :1]
        ).sum(),
        looks={
            "recall": recall_by_length(shelves.fresh, often, has_new=has_new),
            "map": item_map(chosen.names, torch.from_numpy(chosen.group), chosen.groups, shown),
        },
        tries={"pick": recommend_to_picks(chosen.names)},
    )
