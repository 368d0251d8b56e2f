"""The board of modes: a row for each mode a run has visited, beside the baseline of its batch size. No Qt.

    ModeMeasures (what was measured) --rows()--> BoardRow        order and clearing: what the user wants of it

A row goes when the board is cleared, and comes back, with all its visits, when its mode is visited again or all are
wanted. What was chosen is kept with the run (`gui/boards.py`).
"""

import msgspec

from engine.config import roles
from engine.metrics.mode_measure import Key, ModeMeasure
from engine.metrics.mode_measures import ModeMeasures
from engine.metrics.segment_sums import SegmentSums
from engine.metrics.spread import clear_from
from engine.metrics.steadiness import is_enough
from engine.record.kept_board import BoardChoice
from engine.rows import PHASES

MANY_STEPS = 200
"""Of steps that are short, or that a pace keeps apart, so many are enough, however few seconds they took."""
ROUNDING = 1e-9
"""Of a step, what is left of it by rounding alone."""


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A mode's averages. None where nothing counts yet, or nothing was counted."""

    key: Key
    name: str
    text: str
    """The mode as one line of text, as menus and commands have it."""
    batch_size: int
    step_s: float | None
    units_per_s: float | None
    speed_up: float | None
    """Its rate over that of the baseline of its batch size."""
    apart_s: float | None
    """What the steps taken apart took, on average; None, too, where ranks run freely, and theirs overlap."""
    phase_s: tuple[float, ...]
    """Of a step, by phase; what is missing to `step_s` is idle. All 0 before a step was taken apart."""
    sent_bytes: float | None
    held_bytes: int | None
    loss: float | None
    steps: int
    again: int
    """Steps among these that were made before, and once more after a break."""
    warm_up: int
    preparing: int
    anatomies: int
    """Steps taken apart, of which the split is."""
    is_split_cold: bool
    """The split is of the first one, which came right after one that was counted: there is no other."""
    visits: int
    """How often the run has come to it: going on after a break in the same mode goes on with the visit."""
    last_visit: int
    """The segment of the last one: the newest has the highest number."""
    other_cores: float | None
    """Cores that other programs took beside it; None where nobody looked."""
    is_spoilt: bool
    """They took cores that it wanted; what is measured when they have left them, or at its next visit, replaces it."""
    is_doubtful: bool
    """It is spoilt, or the baseline it is compared with; or one of the two was measured at a pace."""
    is_alike: bool
    """It is neither clearly faster nor clearly slower than the baseline: rates may be off by as much as they differ."""
    vary: float | None
    """By how much its steps vary, as a part of their median; None where that is not known."""
    is_early: bool
    """It, or the baseline it is compared with, has few steps yet: the speed-up may still be another."""
    beside_others: int
    """Steps left out, for other programs took cores beside them that it wanted."""
    beside_others_s: float
    """How long those were under way."""
    seconds: float
    """How long those were that count."""
    at_pace: int
    """Steps left out, for they came at a pace."""
    is_at_pace: bool
    """All its steps came at a pace, each after a wait: at full speed it is measured anew."""
    is_slowed_down: bool
    is_now: bool
    is_baseline: bool


class Board:
    """What is shown of the modes measured; `rows` may be asked for at every frame."""

    def __init__(self, measures: ModeMeasures) -> None:
        self.is_by_speed = False
        """The fastest first, instead of in the order of first visit."""
        self._measures = measures

    def clear(self) -> None:
        """Take off all rows but the one of the mode in force."""
        measures = self._measures
        measures.cleared = {key: row.visits[-1] for key, row in measures.rows.items() if row is not measures.now}

    def show_all(self) -> None:
        """Put back what was taken off."""
        self._measures.cleared = {}

    @property
    def cleared(self) -> int:
        """How many rows somebody has taken off."""
        return len(self._measures.rows) - len(self._measures.shown)

    def compare_with(self, key: Key) -> None:
        """Rows of the batch size of that row are compared with it from now on."""
        self._measures.chosen[key[1]] = key

    @property
    def choice(self) -> BoardChoice:
        """What somebody has chosen on it."""
        chosen, cleared = self._measures.chosen, self._measures.cleared
        return BoardChoice(
            is_by_speed=self.is_by_speed, baselines=tuple(chosen.values()), cleared=tuple(cleared.items())
        )

    def look_like(self, choice: BoardChoice) -> None:
        """Have what somebody has chosen on this run's board before, however much of the run is told yet."""
        self.is_by_speed = choice.is_by_speed
        self._measures.chosen = {key[1]: key for key in choice.baselines}
        self._measures.cleared = dict(choice.cleared)

    def rows(self) -> list[BoardRow]:
        """The rows of the board as they are shown, from the top."""
        now = self._measures.now
        shown = sorted(self._measures.shown, key=_slowness) if self.is_by_speed else self._measures.shown
        return [_row(row, self._measures.baseline_of(row), is_now=row is now) for row in shown]

    def beside_baseline(self) -> tuple[BoardRow, str] | None:
        """The row of the mode in force, and what the baseline is called that it is compared with.

        None where it is the baseline itself.
        """
        measures, now = self._measures, self._measures.now
        baseline = measures.baseline_of(now) if now is not None else None
        if now is None or baseline is None or baseline is now:
            return None
        return _row(now, baseline, is_now=True), baseline.name

    def sums(self) -> list[tuple[BoardRow, SegmentSums]]:
        """The steps taken apart of all modes, cleared ones too, in the order of `rows`."""
        now = self._measures.now
        rows = [*self._measures.rows.values()]
        if self.is_by_speed:
            rows.sort(key=_slowness)
        return [(_row(row, None, is_now=row is now), row.sums) for row in rows]


def _row(row: ModeMeasure, baseline: ModeMeasure | None, *, is_now: bool) -> BoardRow:
    sums, is_split_cold = _split(row)
    rate, beside = row.units_per_s, baseline.units_per_s if baseline is not None else None
    return BoardRow(
        key=row.key,
        name=row.name,
        text=row.mode.text,
        batch_size=row.batch_size,
        step_s=row.step_s,
        units_per_s=rate,
        speed_up=rate / beside if rate is not None and beside else None,
        apart_s=sums.step_s if roles.is_exact(row.mode) else None,
        phase_s=tuple((sums.shares * (row.step_s or 0.0)).tolist()),
        sent_bytes=row.sent_bytes,
        held_bytes=row.held_bytes,
        loss=row.loss,
        steps=row.steps,
        again=row.again,
        warm_up=row.warm_up,
        preparing=row.preparing,
        anatomies=sums.counted,
        is_split_cold=is_split_cold,
        visits=row.entries,
        last_visit=max(row.visits, default=-1),
        other_cores=row.other_cores,
        is_spoilt=row.is_spoilt,
        is_doubtful=row.is_spoilt
        or (baseline is not None and (baseline.is_spoilt or baseline.is_at_pace is not row.is_at_pace)),
        is_alike=_is_alike(row, baseline),
        vary=row.vary,
        is_early=baseline is not None and baseline is not row and (_has_few(row) or _has_few(baseline)),
        beside_others=row.beside_others,
        beside_others_s=row.beside_others_s,
        seconds=row.seconds,
        at_pace=row.at_pace,
        is_at_pace=row.is_at_pace,
        is_slowed_down=row.is_slowed_down,
        is_now=is_now,
        is_baseline=row is baseline,
    )


def _slowness(row: ModeMeasure) -> float:
    return -(row.units_per_s or 0.0)


def _is_alike(row: ModeMeasure, baseline: ModeMeasure | None) -> bool:
    rate, beside = row.units_per_s, baseline.units_per_s if baseline is not None else None
    if rate is None or not beside or baseline is None:
        return True
    return abs(rate / beside - 1) <= clear_from(row.off, baseline.off)


def _has_few(row: ModeMeasure) -> bool:
    """Fewer steps, or seconds, than a verdict waits for, and not so many that their mean says enough in less time."""
    return row.steps < MANY_STEPS and not is_enough(row.steps, row.seconds)


def _split(row: ModeMeasure) -> tuple[SegmentSums, bool]:
    """What a row's split is of, and whether that is its first step taken apart, for want of another.

    A short visit has no other; nor has the record of one, which keeps fewer.
    """
    if row.sums.counted or row.anatomy is None or not row.steps:
        return row.sums, False
    cold = SegmentSums(row.anatomy.segment, row.mode.text, row.ranks)
    cold.take_in(row.anatomy)
    return cold, True


def idle_s(row: BoardRow) -> float:
    """Seconds of a step that are in no phase; 0 before a step was taken apart."""
    step_s = row.step_s or 0.0
    idle = step_s - sum(row.phase_s)
    return idle if row.anatomies and idle > ROUNDING * step_s else 0.0


def left_out(row: BoardRow) -> int:
    """How many of its steps do not count."""
    return row.warm_up + row.preparing + row.at_pace + row.beside_others


def has_accelerator(rows: list[BoardRow]) -> bool:
    """Whether something is copied to a device in some step."""
    return any(row.phase_s[PHASES.index("h2d")] > 0 for row in rows)
