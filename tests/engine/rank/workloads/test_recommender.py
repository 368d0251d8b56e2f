"""The recommender: what is learned from, what is held back, and the bars of its two ways to know an item."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from engine.rank.data import choices, titles
from engine.rank.data.workload import Workload
from engine.rank.models.towers import Titles
from tests.conftest import Watched
from tests.engine.rank.workloads.bars import built, need, reached, whole

Watch = Callable[..., Watched]
NOT_NEW = [0, 1, 2, 3, 5, 6, 7, 8, 10, 11]
"""Of twelve items."""


def most_chosen(workload: Workload) -> float:
    """The share of choices held back that are among the ten items most chosen of those that a user has not had."""
    assert workload.validation is not None
    _, chosen, _, wanted = whole(workload)
    return recall_of(torch.bincount(chosen[:, 0], minlength=int(wanted[:, 0].max()) + 1).float(), workload)


def recall_of(scores: Tensor, workload: Workload) -> float:
    """The share of choices held back that are among the ten best of everybody's same scores, (items,)."""
    _, _, _, wanted = whole(workload)
    return float(workload.score_sum(scores.expand(len(wanted), -1), wanted)) / len(wanted)


@pytest.mark.long
def test_films_are_recommended_better_than_those_that_most_people_rated(watch: Watch) -> None:
    need("movielens")
    workload = built("recommender", data="MovieLens")
    inputs, chosen, held_back, wanted = whole(workload)
    assert torch.equal(inputs, chosen[:, 1])
    assert torch.equal(held_back, wanted[:, 1])
    assert (torch.bincount(held_back) == choices.HELD_BACK).all()
    pairs = torch.cat([chosen, wanted])
    assert len(pairs.unique(dim=0)) == len(pairs) == 100_000  # nothing held back is trained on
    popular = most_chosen(workload)
    last = reached(watch, "recommender", 2_000, data="MovieLens")
    print(f"the ten most rated: {popular:.4f}")
    assert last.metric is not None
    assert last.metric > popular + 0.02


def test_ratings_are_held_back_by_time_and_what_was_rated_is_not_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people, twelve films; the first to rate is the last to be held back."""
    rows = [f"{1 + n % 2}\t{1 + n // 2}\t5\t{1000 - n if n % 2 else n}" for n in range(24)]
    films = [f"{n + 1}\tFilm {n}\t1999\tDrama" for n in range(12)]
    lines = {"ratings.tsv": ["user\titem\trating\ttimestamp", *rows, ""], "films.tsv": ["film", *films, ""]}
    monkeypatch.setattr(choices, "read_file", lambda _, name: "\n".join(lines[name]).encode())
    workload = built("recommender", data="MovieLens")
    inputs, chosen, _, wanted = whole(workload)
    assert chosen.tolist() == [[0, 0], [1, 0], [11, 1], [10, 1]]
    assert inputs.tolist() == [0, 0, 1, 1]
    assert wanted[:10, 0].tolist() == list(range(2, 12))
    assert wanted[10:, 0].tolist() == list(range(9, -1, -1))
    scores = torch.zeros(20, 12)
    scores[:, :2] = 9.0  # the first has had them
    assert int(workload.score_sum(scores, wanted)) == 20  # ten are left to each
    chosen = choices.movielens(has_new=True)
    assert chosen.train.tolist() == [[0, n] for n in NOT_NEW] + [[1, n] for n in NOT_NEW[::-1]]
    assert chosen.held_back.tolist() == [[0, 4], [0, 9], [1, 9], [1, 4]]
    assert chosen.names[3:5] == ("Film 3 (1999)", "new: Film 4 (1999)")
    assert chosen.words[4] == ("film", "4", "(1999)", "1990s", "Drama")
    assert (chosen.had.sum(0) == np.where(chosen.is_new, 0, 2)).all()


def test_songs_are_recommended_nearly_as_well_as_by_who_knows_how_they_were_drawn(watch: Watch) -> None:
    popular = most_chosen(built("recommender"))
    last = reached(watch, "recommender", 1_200)
    best = choices.best_recall(0)
    print(f"the ten most played: {popular:.3f}; who knows the factors: {best:.3f}")
    assert last.metric is not None
    assert last.metric_name == "recall@10"
    assert popular + 0.8 * (best - popular) < last.metric < best + 0.02


# Titles, and items that nobody has chosen yet ------------------------------------------------------------------------


def liked_words(chosen: choices.Choices, workload: Workload) -> float:
    """Recall of one list for everybody: new items by how often known ones with their words were chosen (ridge)."""
    spelled, count = titles.numbered(chosen.words, chosen.is_new)
    bags = np.zeros((len(spelled), count))
    np.put_along_axis(bags, spelled, 1.0, axis=1)
    bags[:, 0] = 0.0
    often = np.log1p(np.bincount(chosen.train[:, 1], minlength=len(spelled)))
    known, mean = bags[~chosen.is_new], often[~chosen.is_new].mean()
    worth = np.linalg.solve(known.T @ known + 20 * np.eye(count), known.T @ (often[~chosen.is_new] - mean))
    return recall_of(torch.from_numpy(bags @ worth), workload)


def test_new_items_of_a_kind_come_in_an_order_by_chance() -> None:
    chosen = choices.generated(0, has_new=True)
    one, other = choices.expected(chosen), choices.expected(chosen, seed=1)
    assert (one[~chosen.is_new] == np.bincount(chosen.train[:, 1], minlength=300)[~chosen.is_new]).all()
    assert (one[chosen.is_new].round(2) == other[chosen.is_new].round(2)).all()
    assert (one[chosen.is_new].argsort() != other[chosen.is_new].argsort()).any()
    for group in range(4):
        known = one[~chosen.is_new & (chosen.group == group)].mean()
        assert one[chosen.is_new & (chosen.group == group)] == pytest.approx(known, abs=choices.DRAWN)


def test_words_of_a_film_tell_its_title_from_its_genres_and_song_titles_follow_the_factors() -> None:
    words = titles.film_words("Heavy Metal: The 2nd, the Comedy", "1981", "Action Comedy")
    assert words == ("heavy", "metal", "the", "2nd", "comedy", "(1981)", "1980s", "Action", "Comedy")
    assert titles.film_words("Unknown", "V", "") == ("unknown",)
    factors = np.zeros((400, 4))
    factors[:200, 2], factors[200:, 2] = 3.0, -3.0
    songs = titles.song_words(factors, 0)
    assert songs == titles.song_words(factors, 0) != titles.song_words(factors, 1)
    assert all(len(set(song)) == titles.TITLE_WORDS for song in songs)
    for side, part in zip(titles.SIDES[2], (songs[:200], songs[200:]), strict=True):
        assert sum(word in side.split() for song in part for word in song) > 0.9 * 600


def test_words_are_numbered_that_others_can_be_told_by() -> None:
    items = [("a", "b"), ("b", "c", "a"), ("c",), ("c", "d"), ("d", "b")]
    spelled, count = titles.numbered(items, np.array([False, False, False, False, True]))
    assert spelled.tolist() == [[1, 2, 0], [2, 3, 1], [3, 0, 0], [3, 0, 0], [2, 0, 0]]  # d: on one known item alone
    assert count == 4


@pytest.mark.parametrize("data", ["generated", "generated, new songs"])
def test_an_item_is_the_sum_of_its_words(data: str) -> None:
    model = built("recommender", data=data, items="titles").make_model()
    users, tower = model.get_submodule("users"), model.get_submodule("items")
    assert isinstance(tower, Titles)
    torch.nn.init.normal_(tower.renown.weight)
    scores = model(torch.tensor([7, 9]))
    for item in (0, 4, 299):
        words = tower.spelled[item][tower.spelled[item] > 0]
        place = tower.words.weight[words].sum(0) / len(words) ** 0.5
        renown = tower.renown.weight[words].sum() / len(words) ** 0.5
        for row, user in enumerate((7, 9)):
            by_hand = users.weight[user] @ place + renown  # type: ignore[union-attr, operator]
            assert scores[row, item].item() == pytest.approx(by_hand.item(), abs=1e-5)


def test_of_new_items_nobody_learns_and_only_they_are_asked_for() -> None:
    for items in ("table", "titles"):
        workload = built("recommender", data="generated, new songs", items=items)
        users, chosen, _, wanted = whole(workload)
        is_new = torch.arange(300) % choices.NEW == choices.NEW - 1
        assert not is_new[chosen[:, 0]].any()
        assert is_new[wanted[:, 0]].all()
        model = workload.make_model()
        scores = model(users[:64])
        loss = workload.loss_sum(scores, chosen[:64])
        known = functional.cross_entropy(
            scores[:, ~is_new], chosen[:64, 0] - chosen[:64, 0] // choices.NEW, reduction="sum"
        )
        assert loss.item() == pytest.approx(known.item())
        loss.backward()
        best = torch.where(is_new, -1.0, 1.0)  # known ones come first for everybody, and are not asked for
        at_random = torch.rand(300, generator=torch.Generator().manual_seed(0))
        assert recall_of(at_random + best, workload) == recall_of(at_random, workload)
        if items == "table":
            gradient = model.get_submodule("items").weight.grad  # type: ignore[union-attr]
            assert (gradient[is_new] == 0).all()  # type: ignore[index]
            assert (gradient[~is_new] != 0).any()  # type: ignore[index]


def test_titles_know_of_songs_that_nobody_has_played_what_a_table_cannot(watch: Watch) -> None:
    data = "generated, new songs"
    known_best = liked_words(choices.generated(0, has_new=True), built("recommender", data=data))
    best = choices.best_recall(0, has_new=True)
    known = reached(watch, "recommender", 1_200, data=data, items="titles").metric
    unknown = reached(watch, "recommender", 1_200, data=data).metric
    print(f"as its words are played: {known_best:.3f}; who knows the factors: {best:.3f}")
    assert known is not None
    assert unknown is not None
    assert known_best + 0.2 * (best - known_best) < known < best + 0.02
    assert unknown < known_best + 0.05


@pytest.mark.long
def test_titles_know_of_films_that_nobody_has_rated_more_than_how_popular_their_words_are(watch: Watch) -> None:
    need("movielens")
    data = "MovieLens, new films"
    workload = built("recommender", data=data)
    _, chosen, _, wanted = whole(workload)
    assert not set(chosen[:, 0].tolist()) & set(wanted[:, 0].tolist())
    chosen_films = choices.movielens(has_new=True)
    kinds = [recall_of(torch.from_numpy(choices.expected(chosen_films, seed)), workload) for seed in range(12)]
    words = liked_words(chosen_films, workload)
    known = reached(watch, "recommender", 2_000, data=data, items="titles").metric
    unknown = reached(watch, "recommender", 2_000, data=data).metric
    print(f"as its genre is rated: {np.mean(kinds):.4f}; as its words are: {words:.4f}")
    assert known is not None
    assert unknown is not None
    assert known > max(words, float(np.mean(kinds))) + 0.02
    assert unknown < words


@pytest.mark.long
def test_titles_alone_recommend_films_better_than_those_that_most_people_rated(watch: Watch) -> None:
    need("movielens")
    known = reached(watch, "recommender", 2_000, data="MovieLens", items="titles").metric
    assert known is not None
    assert known > most_chosen(built("recommender", data="MovieLens")) + 0.005
