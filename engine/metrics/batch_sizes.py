"""The batch size of every step as it was set, in samples of all ranks, also where steps count tokens."""

import numpy as np
import numpy.typing as npt

from engine.rows import Rows


class BatchSizes:
    """The batch sizes of one run, set in samples; steps count units, and the first one says how many a sample has."""

    def __init__(self) -> None:
        self._begins: list[tuple[int, int]] = []
        """From which step on which one."""
        self._set: list[tuple[int, int]] = []
        """From which step on which one was set: what was told before the first step."""
        self._units_a_sample: float | None = None
        """What steps count of a sample: its tokens, say; None before the first step."""

    @property
    def now(self) -> int | None:
        """Samples of all ranks in the newest step; None before there is one."""
        return self._begins[-1][1] if self._begins else None

    def set(self, step: int, batch_size: int) -> None:
        """Note that steps from `step` on are to have so many samples."""
        if self._units_a_sample is None:
            self._set.append((step, batch_size))

    def at(self, step: int) -> int | None:
        """Samples of all ranks in one step; None before the first step was made."""
        return next((size for first, size in reversed(self._begins) if first <= step), None)

    def of(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Samples of each step, as they were set, (n,); its units, where that was never told."""
        if self._units_a_sample is None:
            first, units = int(rows["step"][0]), int(rows["samples"][0])
            size = next((size for step, size in reversed(self._set) if step <= first), units)
            self._units_a_sample = units / size if units else 1.0
        return np.rint(rows["samples"] / self._units_a_sample).astype(np.int64)

    def add(self, rows: Rows) -> None:
        """Take in steps that were made, rows of STEP_ROW."""
        sizes = self.of(rows)
        for at in np.flatnonzero(np.diff(sizes, prepend=self.now or 0)).tolist():
            self._begins.append((int(rows["step"][at]), int(sizes[at])))

    def go_on_from(self, step: int) -> None:
        """Forget the steps from `step` on, which are made again."""
        self._begins = [(first, size) for first, size in self._begins if first <= step]
