"""Finished steps as rows of numbers: the form they have in the ring, in the record and in the window."""

import numpy as np
import numpy.typing as npt

PHASES = ("data", "h2d", "forward", "backward", "communicate", "wait", "optimizer")
"""What a span of a step can be spent on; a span's `phase` is an index into this. What is left of a step is idle."""

STEP_ROW = np.dtype(
    [
        ("step", "<i8"),  # from 0, unbroken over all segments of the run
        ("loss", "<f8"),  # over the global batch: the sum of the ranks' shares
        ("at_s", "<f8"),  # when the step ended, since the run began
        ("seconds", "<f8"),  # of computing that it adds to that of the steps before (engine/metrics/steps.py)
        ("samples", "<i4"),  # global batch size
        ("segment", "<i4"),
    ]
)

Rows = npt.NDArray[np.void]


class StepBatch:
    """Finished steps, in order: `rows` has dtype STEP_ROW. No step is ever left out."""

    __slots__ = ("rows",)

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
