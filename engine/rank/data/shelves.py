"""Which items a choice is told from: known items stand on one shelf, new ones, where there are some, on another.

among    scores of the items on the shelf of the one that was chosen; the others count as impossible
fresh    of these, scores of what the same person has not had yet: what can be recommended
"""

import torch
from torch import Tensor


class Shelves:
    """Scores (b, items) beside what was chosen, (b, 2): the item, and who chose it."""

    def __init__(self, is_new: Tensor, had: Tensor) -> None:
        """`is_new` (items,) are the items of the second shelf; `had` (users, items) what each has had enough of."""
        self._is_new, self._had = is_new, had
        self._has_new = bool(is_new.any())

    def among(self, scores: Tensor, chosen: Tensor) -> Tensor:
        """Scores with minus infinity for items of the other shelf, (b, items)."""
        if not self._has_new:
            return scores
        is_new = self._is_new.to(scores.device)
        return scores.masked_fill(is_new != is_new[chosen[:, :1]], -torch.inf)

    def fresh(self, scores: Tensor, chosen: Tensor) -> Tensor:
        """Scores with minus infinity also for what the one who chose has had, (b, items)."""
        return self.among(scores, chosen).masked_fill(self._had.to(scores.device)[chosen[:, 1]], -torch.inf)
