"""What a model takes, by formula: found once a run, by rank 0 of the first crew, and told to the crews after it.

To find it takes a rank some 15 ms, a tenth of what a shift takes, and it is the same in every mode.
"""

import msgspec

from engine.anatomy import ModelCount


class ModelSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of a model whose numbers have `number_bytes` each, and the work that a unit makes.

    `weight_bytes` are all weights, `trained_bytes` those that are trained. On its way through the model and back a
    sample takes at most `sample_bytes`. `layers` are those that follow each other (none where nobody says which do):
    what a sample takes within each, and what it has when it leaves it. Who validates passes `slice_samples` at once.
    """

    number_bytes: int
    weight_bytes: int
    trained_bytes: int
    sample_bytes: int
    layers: tuple[tuple[int, int], ...]
    slice_samples: int
    flops_per_unit: float
    """Floating-point operations of one unit, forward and backward."""

    @property
    def count(self) -> ModelCount:
        """How many weights the model has, how many are trained, and the bytes of each."""
        each = self.number_bytes
        return ModelCount(weights=self.weight_bytes // each, trained=self.trained_bytes // each, number_bytes=each)
