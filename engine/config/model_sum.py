"""What a model's training state takes, by the sum of Rajbhandari et al. (ZeRO, SC 2020).

b bytes a number      weight   gradient   optimizer (k numbers)
frozen                b
trained               b        b          k b                    fp32 and Adam: 4 + 4 + 8 = 16 bytes a weight
"""

import msgspec

from engine.anatomy import ModelCount
from engine.config.spec import OPTIMIZERS


class ModelSum(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of each part for one trained weight, and of the whole state; a frozen weight has `weight_bytes` alone."""

    count: ModelCount
    weight_bytes: int
    gradient_bytes: int
    optimizer_bytes: int

    @property
    def trained_bytes(self) -> int:
        """Bytes of one weight that is trained, with its gradient and its share of the optimizer's state."""
        return self.weight_bytes + self.gradient_bytes + self.optimizer_bytes

    @property
    def state_bytes(self) -> int:
        """Bytes of the whole state, wherever it lies; activations are not in it."""
        frozen = self.count.weights - self.count.trained
        return frozen * self.weight_bytes + self.count.trained * self.trained_bytes


def model_sum(count: ModelCount, optimizer: str) -> ModelSum:
    """The sum of a model with this optimizer, one of `OPTIMIZERS`."""
    each = count.number_bytes
    return ModelSum(count=count, weight_bytes=each, gradient_bytes=each, optimizer_bytes=OPTIMIZERS[optimizer] * each)
