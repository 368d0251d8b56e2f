"""How fast a run was: samples a second in windows of a quarter second, a steady line through them, and their spread."""

import numpy as np

from engine.rows import Rows
from gui.model.columns import Floats, MeanLevels
from gui.model.curves import Axis, Curve

WINDOW_S = 0.25
PACED_S = 1.0
"""By the clock, most of which passes in waits: computing a quarter of a second may take many."""
SHARES = (10, 50, 90)
SPREAD_OVER = 8
"""Windows: the line is the median of so many of the latest ones, the band holds eight of ten of them."""


class ThroughputCurve:
    """Samples a second, in windows of a quarter second of computing (one step, where steps are longer).

    Time between steps (a pause, a seam) is not computing and does not count; nor do a segment's warm-up steps.
    While a pace is kept, a window closes with each second of the clock, too, so that the curve comes to the present.
    `steady` is the median of the last eight windows, `low` and `high` are the 10th and 90th percentile of the same.
    A segment's first values hold from its first step that counts on: one that closed a single window is a line, too.
    """

    def __init__(self) -> None:
        self.axis = Axis()
        self.curve, self.steady, self.low, self.high = (Curve(self.axis, MeanLevels()) for _ in range(4))
        self._segment_first_step = 0
        self._warmup_steps = 0
        self._open_seconds = 0.0
        self._open_samples = 0.0
        self._first: tuple[float, float, float] | None = None
        """Step, time and samples after the first step of the segment that counts; None before there is one."""
        self._latest = np.empty(0)
        """Rates of the latest windows of the segment and pace in force, fewer than SPREAD_OVER."""
        self._is_paced = False
        self._clock: float | None = None
        """In which second of the run's clock the last step that counts ended; None before there is one."""

    def begin_segment(self, step: int, warmup_steps: int) -> None:
        """From `step` on another mode computes; an open window is dropped with the old one."""
        self._segment_first_step, self._warmup_steps = step, warmup_steps
        self._drop_open()

    def keep_pace(self, steps_per_s: float | None) -> None:
        """Steps come at a pace from now on, with colder caches; None: at full speed. An open window is dropped."""
        self._is_paced = steps_per_s is not None
        self._drop_open()

    def _drop_open(self) -> None:
        self._open_seconds = self._open_samples = 0.0
        self._clock = None
        self._first = None
        self._latest = np.empty(0)

    def append(self, rows: Rows, samples_before: float) -> None:
        """Add finished steps; `samples_before` were taken before the first of them."""
        taken = samples_before + np.cumsum(rows["samples"], dtype=np.float64)
        counted = rows["step"] >= self._segment_first_step + self._warmup_steps
        rows, taken = rows[counted], taken[counted]
        if not len(rows):
            return
        if self._first is None:
            self._first = (float(rows["step"][0]) + 1.0, float(rows["at_s"][0]), float(taken[0]))
        seconds = self._open_seconds + np.cumsum(rows["seconds"])
        samples = self._open_samples + np.cumsum(rows["samples"], dtype=np.float64)
        window = np.floor(seconds / WINDOW_S)
        is_last = np.diff(window, prepend=0.0) > 0
        if self._is_paced:
            clock = np.floor(rows["at_s"] / PACED_S)
            is_next = np.diff(clock, prepend=clock[0] if self._clock is None else self._clock) > 0
            is_last |= is_next & (rows["seconds"] > 0)  # that of a rank that runs free may add none to another's
            self._clock = float(clock[-1])
        closes = np.flatnonzero(is_last)
        if not len(closes):
            self._open_seconds, self._open_samples = float(seconds[-1]), float(samples[-1])
            return
        rate = np.diff(samples[closes], prepend=0.0) / np.diff(seconds[closes], prepend=0.0)
        places = np.array([rows["step"][closes] + 1.0, rows["at_s"][closes], taken[closes]])
        is_new = not len(self._latest)
        values = np.array([rate, *self._spread(rate)])
        if is_new and self._first[0] < places[0, 0]:
            places, values = np.column_stack([self._first, places]), np.column_stack([values[:, 0], values])
        self.axis.append(*places)
        for curve, of_curve in zip((self.curve, self.low, self.steady, self.high), values, strict=True):
            curve.levels.append(of_curve)
        last = closes[-1]
        self._open_seconds = float(seconds[-1] - seconds[last])
        self._open_samples = float(samples[-1] - samples[last])

    def _spread(self, rate: Floats) -> tuple[Floats, Floats, Floats]:
        """10th percentile, median and 90th of each rate and those just before it, all of one segment."""
        known = np.concatenate([self._latest, rate])
        first = len(self._latest)
        self._latest = known[-(SPREAD_OVER - 1) :]
        found = [np.percentile(known[: end + 1], SHARES) for end in range(first, min(len(known), SPREAD_OVER - 1))]
        columns = np.array(found).reshape(-1, 3).T
        if len(known) >= SPREAD_OVER:
            windows = np.lib.stride_tricks.sliding_window_view(known, SPREAD_OVER)[max(0, first - SPREAD_OVER + 1) :]
            ordered = np.sort(windows, axis=1).T
            lower, part = np.divmod(np.array(SHARES) / 100 * (SPREAD_OVER - 1), 1)
            at = lower.astype(int)
            columns = np.concatenate([columns, ordered[at] + part[:, None] * (ordered[at + 1] - ordered[at])], axis=1)
        return columns[0], columns[1], columns[2]

    def pieces(self, segments_steps: list[int]) -> list[int]:
        """Where on its axis segments that begin at these steps do."""
        found: list[int] = np.searchsorted(self.axis.of("step"), segments_steps, side="right").tolist()
        return found

    def truncate_from(self, step: int) -> None:
        """Forget every point that comes after `step`, from which the run goes on at full speed."""
        length = int(np.searchsorted(self.axis.of("step"), step, side="right"))
        self.axis.truncate(length)
        for curve in (self.curve, self.steady, self.low, self.high):
            curve.levels.truncate(length)
        self.keep_pace(None)
