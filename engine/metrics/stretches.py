"""Stretches of a run's steps of which something is said."""

from collections.abc import Iterable
from math import inf

import msgspec
import numpy as np
import numpy.typing as npt


class Stretch(msgspec.Struct):
    """Steps from `begin` on, up to `end`, which is none of them."""

    begin: int
    end: float = inf

    def holds(self, step: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each step is one of them, an array of the shape of `step`."""
        return (np.asarray(step) >= self.begin) & (np.asarray(step) < self.end)


def held_by(stretches: Iterable[Stretch], step: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether one of the stretches holds each step, an array of the shape of `step`."""
    found = np.zeros(np.shape(step), bool)
    for stretch in stretches:
        found |= stretch.holds(step)
    return found
