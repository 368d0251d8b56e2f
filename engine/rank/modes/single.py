"""Single process: the plain loop that every other mode is measured against and must agree with.

rank 0:  [ W ]  [ whole batch ]  ->  loss  ->  dW  ->  W - lr * dW
"""

from engine.rank.modes.base import SingleProcess

CARD = {
    "key": "",
    "title": "Single process",
    "summary": "One process holds the whole model and takes the whole batch.",
}


class Technique(SingleProcess):
    """One process alone: there is nothing to add to what every technique does."""
