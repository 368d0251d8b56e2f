"""What stands on an item, word by word: a film's title, year and genres, or the title that a song was given by chance.

film     "Heavy Metal", 1981, Action Horror ->  heavy  metal  (1981)  1980s  Action  Horror
song     three of 40 words. Each of a song's four factors has five words for much of it and five for little; a word
         comes with probability softmax(LOUD x factor, its sign turned for those of little). So a title says something
         of the factors by which a song was played, and not all: it is made up so, to show what titles can do.

A word that stands on one item alone says nothing of any other, and is left out.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

LOUD, TITLE_WORDS = 2.0, 3
SIDES = (
    ("thunder wild electric fire drums", "quiet slow whisper lullaby snow"),
    ("morning sun golden summer bright", "night moon shadow midnight dark"),
    ("heart kiss darling tender forever", "road stranger train goodbye alone"),
    ("city neon street machine radio", "river sea mountain forest bird"),
)
"""Words of songs: for much and for little of each factor."""


def film_words(title: str, year: str, genres: str) -> tuple[str, ...]:
    """The words of a film: those of the title in small letters, year and decade, and the genres with a capital."""
    known_year = (f"({year})", f"{year[:3]}0s") if re.fullmatch(r"\d{4}", year) else ()
    return tuple(dict.fromkeys((*re.findall(r"\w+", title.lower()), *known_year, *genres.split())))


def song_words(factors: np.ndarray, seed: int) -> tuple[tuple[str, ...], ...]:
    """Titles of songs by their factors, (songs, 4): three different words each."""
    words = np.array([word for sides in SIDES for side in sides for word in side.split()])
    signs = np.repeat(np.kron(np.eye(len(SIDES)), [[1.0], [-1.0]]), 5, axis=0)  # (40, 4)
    chance = np.random.default_rng([seed, 1]).gumbel(size=(len(factors), len(words)))
    drawn = (chance + LOUD * factors @ signs.T).argsort(1)[:, : -TITLE_WORDS - 1 : -1]  # without putting back
    return tuple(tuple(words[row]) for row in drawn)


def numbered(items: Sequence[Sequence[str]], is_new: np.ndarray) -> tuple[np.ndarray, int]:
    """The numbers of the words on each item, (items, longest), 0 behind the end; and how many numbers there are.

    Words get numbers that stand on two items at least that are not new: of others nothing could be learned.
    """
    often = Counter(word for words, new in zip(items, is_new, strict=True) if not new for word in words)
    number = {word: place for place, word in enumerate((word for word in often if often[word] > 1), 1)}
    rows = [[number[word] for word in words if word in number] for words in items]
    spelled = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for row, found in zip(spelled, rows, strict=True):
        row[: len(found)] = found
    return spelled, len(number) + 1
