"""Who chose what: songs that listeners play, by chance, and films that people rated.

generated    500 listeners and 300 songs have 4 factors each, drawn by chance, and a song has a renown; a listener plays
             a song with probability softmax(p . q + renown). So what is to be found is known, and so is the best that
             anybody could reach (`best_recall`): the recall of who knows the factors. A song may be played again.
MovieLens    943 people rated 100,000 times one of 1,682 films (the data pack `movielens`); that somebody rated a film
             is the choice. Held back are the last ten of each; films rated before are not recommended again.

Of either, every fifth item can be new: nobody's choice of one is learned from, and what is held back are choices of new
items alone, ten of each (at most, of films). Known items are told from each other, and so are new ones: somebody who
plays a known song chooses it among known songs, as if the new were on another shelf.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np

from engine.packs.presence import read_file
from engine.pictures import Phrase
from engine.rank.data.titles import film_words, song_words

LONGEST_NAME = 36
USERS, SONGS, FACTORS, SHOWN = 500, 300, 4, 10
GENRES = ("Drama", "Comedy", "Action", "Thriller", "Romance", "Children's", "Horror")
"""A film is of the first of these that it is called."""
TRAIN_PLAYS, HELD_BACK = 60, 10
"""Of each user."""
NEW = 5
"""One item in so many is new, where some are."""
DRAWN = 1e-3
"""Part of a choice by which new items of one group differ at most, so that they have an order."""


class Choices(NamedTuple):
    """Users and items by number, (choices, 2) each, and of which items a user has had enough, (users, items).

    `names` are of the items, `words` what stands on each; `group` (items,) what each is of, by its number among
    `groups`; `is_new` (items,) which of them nobody has chosen in `train`.
    """

    train: np.ndarray
    held_back: np.ndarray
    had: np.ndarray
    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    group: np.ndarray
    groups: tuple[Phrase, ...]
    is_new: np.ndarray


class Plays(NamedTuple):
    """What was drawn: (users, plays of each) songs, and the probability of each song for each user."""

    songs: np.ndarray
    probability: np.ndarray  # (users, songs), of those that are held back
    factors: np.ndarray  # (songs, factors)


def draw_plays(seed: int, *, has_new: bool = False) -> Plays:
    """Users, songs and plays by chance, as the seed has it; with new songs, the plays held back are of these alone."""
    generator = np.random.default_rng(seed)
    users, songs = generator.normal(size=(USERS, FACTORS)), generator.normal(size=(SONGS, FACTORS))
    score = users @ songs.T + generator.normal(0.0, 0.5, SONGS)
    likely = np.exp(score - score.max(1, keepdims=True))  # (users, songs)
    chance = generator.uniform(size=(USERS, TRAIN_PLAYS + HELD_BACK, 1))
    is_new = new_of(SONGS, has_new=has_new)
    played, probability = _drawn(np.where(is_new, 0.0, likely), chance[:, :TRAIN_PLAYS])
    held_back, probability = _drawn(np.where(is_new, likely, 0.0) if has_new else likely, chance[:, TRAIN_PLAYS:])
    return Plays(np.concatenate([played, held_back], axis=1), probability, songs)


def _drawn(likely: np.ndarray, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Songs by chance, (users, plays), each as often as it is likely to each user; and its probability."""
    probability = likely / likely.sum(1, keepdims=True)
    sums = probability.cumsum(1)
    sums /= sums[:, -1:]
    return (chance > sums[:, None, :]).sum(2), probability  # the first song whose sum is not below it


def new_of(items: int, *, has_new: bool) -> np.ndarray:
    """Which items are new, (items,)."""
    return (np.arange(items) % NEW == NEW - 1) & has_new


def best_recall(seed: int, *, has_new: bool = False) -> float:
    """Recall at 10 of who knows each probability: nobody can expect more."""
    probability = draw_plays(seed, has_new=has_new).probability
    return float(np.sort(probability, axis=1)[:, -SHOWN:].sum(1).mean())


def generated(seed: int, *, has_new: bool = False) -> Choices:
    """What was drawn, the last plays of each user held back."""
    plays = draw_plays(seed, has_new=has_new)
    played = plays.songs
    pairs = np.stack([np.arange(USERS)[:, None].repeat(TRAIN_PLAYS + HELD_BACK, axis=1), played], axis=2)
    is_new, words = new_of(SONGS, has_new=has_new), song_words(plays.factors, seed)
    return Choices(
        train=pairs[:, :TRAIN_PLAYS].reshape(-1, 2),
        held_back=pairs[:, TRAIN_PLAYS:].reshape(-1, 2),
        had=np.zeros((USERS, SONGS), dtype=bool),
        names=_names([f"{' '.join(title)} ({number + 1})" for number, title in enumerate(words)], is_new),
        words=words,
        group=np.abs(plays.factors).argmax(1),
        groups=tuple(Phrase("factor {number}", {"number": number + 1}) for number in range(FACTORS)),
        is_new=is_new,
    )


def _names(titles: Sequence[str], is_new: np.ndarray) -> tuple[str, ...]:
    """What items are called, those that are new said to be."""
    return tuple(f"{'new: ' * new}{title}"[:LONGEST_NAME] for title, new in zip(titles, is_new.tolist(), strict=True))


def movielens(*, has_new: bool = False) -> Choices:
    """Who rated which film, by time; the last ratings of each user held back."""
    table = np.loadtxt(BytesIO(read_file("movielens", "ratings.tsv")), dtype=np.int64, delimiter="\t", skiprows=1)
    user, film, _, at = table.T
    order = np.lexsort((film, at, user))
    pairs = np.stack([user, film], axis=1)[order] - 1
    had = np.zeros(pairs.max(0) + 1, dtype=bool)
    had[pairs[:, 0], pairs[:, 1]] = True
    is_new = new_of(had.shape[1], has_new=has_new)
    asked = pairs[is_new[pairs[:, 1]]] if has_new else pairs
    behind = np.bincount(asked[:, 0]).cumsum()[asked[:, 0]] - np.arange(len(asked))  # 1 for the last of a user
    held_back = asked[behind <= HELD_BACK]
    had[held_back[:, 0], held_back[:, 1]] = False
    train = pairs[~is_new[pairs[:, 1]]] if has_new else asked[behind > HELD_BACK]
    titles = [row.split("\t") for row in read_file("movielens", "films.tsv").decode("utf-8").split("\n")[1:] if row]
    group = [next((place for place, genre in enumerate(GENRES) if genre in film[3]), len(GENRES)) for film in titles]
    return Choices(
        train=train,
        held_back=held_back,
        had=had,
        names=_names([f"{title} ({year})" for _, title, year, _ in titles], is_new),
        words=tuple(film_words(title, year, genres) for _, title, year, genres in titles),
        group=np.array(group),
        groups=(*(Phrase("{genre}", {"genre": genre}) for genre in GENRES), Phrase("others")),
        is_new=is_new,
    )


def expected(choices: Choices, seed: int = 0) -> np.ndarray:
    """How often each item was chosen, (items,); of new ones, how often known ones of the same group were on average.

    New ones of a group come in an order drawn by chance: films are numbered so that the first of them are known best.
    """
    often = np.bincount(choices.train[:, 1], minlength=len(choices.is_new)).astype(np.float64)
    group, is_new = choices.group, choices.is_new
    sums, counts = (np.bincount(group[~is_new], of, len(choices.groups)) for of in (often[~is_new], None))
    by_chance = np.random.default_rng(seed).uniform(0.0, DRAWN, len(often))
    return np.where(is_new, (sums / np.maximum(counts, 1))[group] + by_chance, often)
