"""Reviews in Chinese, in praise or not, by topic, and how a text becomes grams by a fixed hash.

Each is kept once, none that stands on both sides. A gram is a character, or two or three that follow each other; that
it stands in a text counts, not how often.
Sources: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009; the hash: Fowler, Noll and
Vo's FNV, over the characters' numbers.
"""

from typing import NamedTuple

import numpy as np

from engine.packs.presence import read_file

LONGEST = 200  # characters: of the longer reviews, a tenth, the rest is not read
GRAM = 3
PLACE_BITS = 10  # for the place of a gram among 600; 20 are left for its bucket
BEGINS = {"neg.txt": (0, 1_748, 6_158), "pos.txt": (0, 2_000, 5_472)}
"""The lines, each counted once, at which books begin, hotels, and computers."""
TOPICS = ("books", "hotels", "computers")
PARTS = {"books, computers": (0, 2), "hotels": (1,), "all": (0, 1, 2)}


class Review(NamedTuple):
    """What somebody wrote, and about which of the topics of `topics_of`, by its number there."""

    text: str
    topic: int


def topics_of(about: str) -> tuple[str, ...]:
    """What reviews of a choice are about."""
    return tuple(TOPICS[part] for part in PARTS[about])


def read_reviews(about: str) -> list[list[Review]]:
    """Reviews not in praise, and those in praise, in the order of the files."""
    sides: list[dict[str, Review]] = []
    for name, begins in BEGINS.items():
        lines = list(dict.fromkeys(line.strip() for line in read_file("reviews", name).decode("utf-8").split("\n")))
        parts = [lines[begins[part] : [*begins, None][part + 1]] for part in PARTS[about]]
        kept = [Review(line.lower(), topic) for topic, part in enumerate(parts) for line in part]
        sides.append({"".join(filter(str.isalnum, review.text)): review for review in kept})
    return [[review for key, review in sides[side].items() if key and key not in sides[1 - side]] for side in (0, 1)]


def grams_of(texts: list[str], buckets: int) -> np.ndarray:
    """The bucket of each gram of each text, (texts, 600); 0 where one stands again, and behind the end."""
    codes = np.zeros((len(texts), LONGEST + GRAM - 1), dtype=np.uint32)
    for row, text in zip(codes, texts, strict=True):
        characters = np.frombuffer(text[:LONGEST].encode("utf-32-le"), dtype=np.uint32)
        row[: len(characters)] = characters
    found = []
    for length in range(1, GRAM + 1):
        mixed = np.full((len(texts), LONGEST), length, dtype=np.uint32)
        for place in range(length):  # numbers that wrap around, as in Fowler, Noll and Vo's hash
            mixed = (mixed ^ codes[:, place : LONGEST + place]) * np.uint32(16_777_619)
            mixed ^= mixed >> np.uint32(15)
        is_whole = codes[:, length - 1 : LONGEST + length - 1] > 0
        found.append(np.where(is_whole, 1 + mixed % np.uint32(buckets - 1), 0).astype(np.int32))
    grams = np.concatenate(found, axis=1)
    placed = np.sort(grams << PLACE_BITS | np.arange(grams.shape[1], dtype=np.int32), axis=1)
    lines, again = np.nonzero(np.diff(placed >> PLACE_BITS, axis=1) == 0)
    grams[lines, placed[lines, again + 1] & ((1 << PLACE_BITS) - 1)] = 0
    return grams


def weights_of(grams: np.ndarray, buckets: int) -> np.ndarray:
    """What each bucket weighs by how many of the texts, (texts, 600), it stands in: (buckets,); nothing weighs 0.

    Source: Sparck Jones, "A statistical interpretation of term specificity", Journal of Documentation 28(1), 1972.
    """
    weights = np.log(len(grams) / (1 + np.bincount(grams.ravel(), minlength=buckets))).clip(0.05)
    weights[0] = 0.0
    return weights.astype(np.float32)
