"""Adds up the ranks' shares of a validation into one loss and one accuracy."""

import math

from engine.events import Validated
from engine.ipc.wire import ValidationShare


class Validation:
    """Keeps the shares of one crew, of steps that not all its ranks have reported yet."""

    def __init__(self) -> None:
        self._shares: dict[int, list[ValidationShare]] = {}

    def add(self, share: ValidationShare, *, world_size: int, at_s: float) -> Validated | None:
        """The whole, once the last rank's share of it is in."""
        shares = self._shares.setdefault(share.step, [])
        shares.append(share)
        if len(shares) < world_size:
            return None
        self._shares.clear()
        samples = sum(part.samples for part in shares)
        loss = sum(part.loss_sum for part in shares) / samples
        return Validated(
            at_s=at_s,
            step=share.step,
            loss=loss if math.isfinite(loss) else None,
            accuracy=sum(part.num_correct for part in shares) / samples,
            samples=samples,
            seconds=max(part.seconds for part in shares),
        )
