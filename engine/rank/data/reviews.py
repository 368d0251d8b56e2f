"""Reviews in Chinese, in praise or not, and how a text becomes grams by a fixed hash.

Each is kept once, none that stands on both sides. A gram is a character, or two or three that follow each other.
Source of the hash: Fowler, Noll and Vo's FNV, over the characters' numbers.
"""

import numpy as np

from engine.packs.presence import read_file

LONGEST = 200  # characters: of the longer reviews, a tenth, the rest is not read
GRAM = 3
BEGINS = {"neg.txt": (0, 1_748, 6_158), "pos.txt": (0, 2_000, 5_472)}
"""The lines, each counted once, at which books begin, hotels, and computers."""
PARTS = {"books, computers": (0, 2), "hotels": (1,), "all": (0, 1, 2)}


def read_reviews(about: str) -> list[list[str]]:
    """Reviews not in praise, and those in praise, in the order of the files."""
    sides: list[dict[str, str]] = []
    for name, begins in BEGINS.items():
        lines = list(dict.fromkeys(line.strip() for line in read_file("reviews", name).decode("utf-8").split("\n")))
        parts = [lines[begins[part] : [*begins, None][part + 1]] for part in PARTS[about]]
        kept = [line.lower() for part in parts for line in part]
        sides.append({"".join(filter(str.isalnum, line)): line for line in kept})
    return [[text for key, text in sides[side].items() if key and key not in sides[1 - side]] for side in (0, 1)]


def grams_of(texts: list[str], buckets: int) -> np.ndarray:
    """The bucket of each gram of each text, (texts, 600); 0 behind its end."""
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
    return np.concatenate(found, axis=1)
