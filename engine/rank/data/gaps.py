"""Lines of a text with gaps, and what stands in these: the task of who reads both sides of a gap.

    t h e _ w o r d _ h a s       of each line k = 10 places are hidden; at these alone something is asked for

Which places are hidden, (seed, sample) says: each place of each line has a number of its own, and the k with the least
are hidden. So no rank draws anything, every mode hides the same, and a line counts for k tokens, known beforehand.
"""

import torch
from torch import Tensor

from engine.rank.data.python_text import ALPHABET
from engine.rank.data.source import Source

HIDDEN, GAP = 10, len(ALPHABET)
"""How many places of a line are hidden, and the number that stands there instead."""
NOT_ASKED = -100  # a target at places that are not hidden


def _mixed(numbers: Tensor) -> Tensor:
    """Numbers that look drawn by chance, each from one number alone (int64, which wraps around)."""
    for factor, shift in ((-7046029254386353131, 31), (-4417276706812531889, 29)):
        numbers = (numbers ^ (numbers >> shift)) * factor
    return (numbers ^ (numbers >> 32)) & (2**62 - 1)


class Gaps(Source):
    """Lines with gaps: those of sample i are the i-th of the seed."""

    units = HIDDEN

    def __init__(self, text: Tensor, seed: int) -> None:
        self._text = text  # (samples, t)
        self._seed = seed

    def __len__(self) -> int:
        return len(self._text)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Lines with gaps, (b, t), and what is in the gaps, (b, t)."""
        text = self._text.index_select(0, indices)
        places = indices[:, None] * text.shape[1] + torch.arange(text.shape[1], device=text.device)
        mixed = _mixed(places + _mixed(torch.tensor(self._seed, device=text.device)))
        hidden = mixed.topk(HIDDEN, largest=False).indices
        inputs = text.scatter(1, hidden, GAP)
        targets = torch.full_like(text, NOT_ASKED).scatter(1, hidden, text.gather(1, hidden))
        return inputs, targets

    def to(self, device: torch.device, dtype: torch.dtype) -> "Gaps":  # noqa: ARG002 - there are whole numbers alone
        """This source with its lines on `device`."""
        return Gaps(self._text.to(device), self._seed)

    @property
    def index_device(self) -> torch.device:
        """The device on which the text lies."""
        return self._text.device
