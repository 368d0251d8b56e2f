"""Names that every machine with Python has: those of functions and classes in its own library.

    abc.py, aifc.py, ... : every `def NAME` and `class NAME`  ->  lower case, without underscores at the ends
    ->  those of 2 to 11 letters and underscores, each kept once, the first 2,300 of them

Nothing is imported for it: Python's own files are searched for the words alone, then those of its packages where there
are too few. The names are those of the Python that runs: another version has other ones here and there.
"""

import re
import sys
import sysconfig
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np

from engine.errors import RequestError

ALPHABET = "\n_abcdefghijklmnopqrstuvwxyz"
"""28 characters. A line's end stands before a name, where nothing has been read yet, and after it."""
LONGEST = 11
COUNT, HELD_BACK = 2_300, 300
DEFINED = re.compile(rb"^ *(?:async )?(?:def|class) +_*([A-Za-z_]+?)_*\b[(:]", re.MULTILINE)


@cache
def names() -> tuple[str, ...]:
    """The names in an order that says nothing; each stands in it once. The last 300 are to be held back.

    Raises:
        RequestError: this Python has its library in no files, or in too few.
    """
    found: dict[str, None] = {}
    library = Path(sysconfig.get_path("stdlib"))
    inner = (path for path in sorted(library.glob("*/*.py")) if path.parent.name in sys.stdlib_module_names)
    for path in chain(sorted(library.glob("*.py")), inner):
        words = (word.decode().lower() for word in DEFINED.findall(path.read_bytes()))
        found |= dict.fromkeys(word for word in words if 2 <= len(word) <= LONGEST)
        if len(found) >= COUNT:
            order = np.random.default_rng(0).permutation(COUNT)
            every = list(found)
            return tuple(every[number] for number in order)
    raise RequestError(
        "Python's library has {found:,} names here, {wanted:,} are wanted. Take a Python whose library lies in files.",
        found=len(found),
        wanted=COUNT,
    )


def numbers_of(text: str) -> list[int]:
    """Each character's place in the alphabet; what the alphabet does not have is left out."""
    return [ALPHABET.index(character) for character in text.lower() if character in ALPHABET]


def text_of(numbers: list[int]) -> str:
    """The characters that stand at these places of the alphabet."""
    return "".join(ALPHABET[number] for number in numbers)
