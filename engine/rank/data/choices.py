"""Who chose what: songs that listeners play, by chance, and films that people rated.

generated    500 listeners and 300 songs have 4 factors each, drawn by chance, and a song has a renown; a listener plays
             a song with probability softmax(p . q + renown). So what is to be found is known, and so is the best that
             anybody could reach (`best_recall`): the recall of who knows the factors. A song may be played again.
MovieLens    943 people rated 100,000 times one of 1,682 films (the data pack `movielens`); that somebody rated a film
             is the choice. Held back are the last ten of each; films rated before are not recommended again.
"""

from io import BytesIO
from typing import NamedTuple

import numpy as np

from engine.packs.presence import read_file
from engine.pictures import Phrase

LONGEST_NAME = 36
USERS, SONGS, FACTORS, SHOWN = 500, 300, 4, 10
GENRES = ("Drama", "Comedy", "Action", "Thriller", "Romance", "Children's", "Horror")
"""A film is of the first of these that it is called."""
TRAIN_PLAYS, HELD_BACK = 60, 10
"""Of each user."""


class Choices(NamedTuple):
    """Users and items by number, (choices, 2) each, and of which items a user has had enough, (users, items).

    `names` are of the items, `group` (items,) what each is of, by its number among `groups`.
    """

    train: np.ndarray
    held_back: np.ndarray
    had: np.ndarray
    names: tuple[str, ...]
    group: np.ndarray
    groups: tuple[Phrase, ...]


class Plays(NamedTuple):
    """What was drawn: (users, plays of each) songs, and the probability of each song for each user."""

    songs: np.ndarray
    probability: np.ndarray  # (users, songs)
    factors: np.ndarray  # (songs, factors)


def draw_plays(seed: int) -> Plays:
    """Users, songs and plays by chance, as the seed has it."""
    generator = np.random.default_rng(seed)
    users, songs = generator.normal(size=(USERS, FACTORS)), generator.normal(size=(SONGS, FACTORS))
    score = users @ songs.T + generator.normal(0.0, 0.5, SONGS)
    probability = np.exp(score - score.max(1, keepdims=True))
    probability /= probability.sum(1, keepdims=True)
    chance = generator.uniform(size=(USERS, TRAIN_PLAYS + HELD_BACK, 1))
    played = (chance > probability.cumsum(1)[:, None, :]).sum(2)  # the first song whose sum is not below it
    return Plays(np.minimum(played, SONGS - 1), probability, songs)


def best_recall(seed: int) -> float:
    """Recall at 10 of who knows each probability: nobody can expect more."""
    probability = draw_plays(seed).probability
    return float(np.sort(probability, axis=1)[:, -SHOWN:].sum(1).mean())


def generated(seed: int) -> Choices:
    """What was drawn, the last plays of each user held back."""
    plays = draw_plays(seed)
    played = plays.songs
    pairs = np.stack([np.arange(USERS)[:, None].repeat(TRAIN_PLAYS + HELD_BACK, axis=1), played], axis=2)
    parts = (pairs[:, :TRAIN_PLAYS].reshape(-1, 2), pairs[:, TRAIN_PLAYS:].reshape(-1, 2))
    names = tuple(f"song {number + 1}" for number in range(SONGS))
    groups = tuple(Phrase("factor {number}", {"number": number + 1}) for number in range(FACTORS))
    group = np.abs(plays.factors).argmax(1)
    return Choices(*parts, np.zeros((USERS, SONGS), dtype=bool), names, group, groups)


def movielens() -> Choices:
    """Who rated which film, by time; the last ratings of each user held back."""
    table = np.loadtxt(BytesIO(read_file("movielens", "ratings.tsv")), dtype=np.int64, delimiter="\t", skiprows=1)
    user, film, _, at = table.T
    order = np.lexsort((film, at, user))
    pairs = np.stack([user, film], axis=1)[order] - 1
    behind = np.bincount(pairs[:, 0]).cumsum()[pairs[:, 0]] - np.arange(len(pairs))  # 1 for the last of a user
    train, held_back = pairs[behind > HELD_BACK], pairs[behind <= HELD_BACK]
    had = np.zeros(pairs.max(0) + 1, dtype=bool)
    had[train[:, 0], train[:, 1]] = True
    titles = [row.split("\t") for row in read_file("movielens", "films.tsv").decode("utf-8").split("\n")[1:] if row]
    names = tuple(f"{title} ({year})"[:LONGEST_NAME] for _, title, year, _ in titles)
    group = [next((place for place, genre in enumerate(GENRES) if genre in film[3]), len(GENRES)) for film in titles]
    groups = tuple(Phrase("{genre}", {"genre": genre}) for genre in GENRES)
    return Choices(train, held_back, had, names, np.array(group), (*groups, Phrase("others")))
