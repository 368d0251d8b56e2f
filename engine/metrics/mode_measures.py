"""What each mode of a run comes to, over all its visits: the board of modes, and what a verdict compares.

Left out are the first steps of every visit (they are slow, `warming.py`), and steps beside which ranks of a next mode
were built. Steps of another batch size are another row, for they do another thing; so are steps that were slow on
purpose. What was measured beside other programs that took its cores stands only until there is enough beside which they
did not, or the mode is visited again (`mode_measure.py`); what was measured at a pace that holds it back (`holding.py`)
until there are steps at full speed: a step after a wait takes longer.

    steps --hear--> a row's sums        an event that says from which step on: steps that have come are counted anew
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf, isfinite

import numpy as np

from engine.config.mode import ComputeMode
from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.events.message import Message
from engine.events.ranks import SlowedDown, StepAnatomy
from engine.events.run import Changed, RunFinished, RunStarted, SegmentStarted
from engine.events.shift import Preparing
from engine.metrics.batch_sizes import BatchSizes
from engine.metrics.holding import Holding
from engine.metrics.mode_measure import Floats, Key, Made, ModeMeasure
from engine.metrics.segment_sums import SegmentSums
from engine.metrics.stretches import Stretch, held_by
from engine.metrics.warming import Warming
from engine.rows import Rows, StepBatch

RECENT_BATCHES = 32
RECENT_ROWS = 4_096
"""Of each of them: ranks tell over another way than steps come, a little earlier or later."""


class ModeMeasures:
    """Hears the messages of one run; `rows` are its modes in the order of first visit, by `ModeMeasure.key`."""

    def __init__(self) -> None:
        self.rows: dict[Key, ModeMeasure] = {}
        self.chosen: dict[int, Key] = {}
        """By batch size, the row that others of it are compared with, where somebody has chosen one."""
        self.cleared: dict[Key, int] = {}
        """Of rows that somebody took off, the segment each was visited in last by then: a later one brings it back."""
        self.clean_from_step = 0
        """From this step on nothing disturbs the mode in force: it is warm, and has the batch size that it has."""
        self._segment: SegmentStarted | None = None
        self._mode, self._name = ComputeMode(), ""
        self._goes_on = False
        """The segment in force began after a break, in the mode that was in force before it."""
        self.workload = ""
        """What the run trains: in its words modes are called."""
        self._preparing: list[Stretch] = []
        self._slow: list[Stretch] = []
        self.holding = Holding()
        """Which steps are held back by the pace that was asked for."""
        self._paced: tuple[Stretch, ...] = ()
        """Those that were counted so."""
        self._batch_sizes = BatchSizes()
        self._last_end_s = 0.0
        self._next_step = self._new_from_step = 0
        """The one to be made, and from which on steps are made for the first time."""
        self._recent: deque[tuple[Rows, Floats]] = deque(maxlen=RECENT_BATCHES)
        self._apart: StepAnatomy | None = None
        """The one of this segment that came last."""
        self._warming = Warming()

    @property
    def now(self) -> ModeMeasure | None:
        """What the mode in force comes to by now; None before there was a step of it."""
        batch_size = self._batch_sizes.now
        if self._segment is None or batch_size is None:
            return None
        return self.rows.get((self._name, batch_size, self.is_slowed_down))

    @property
    def shown(self) -> list[ModeMeasure]:
        """The rows that nobody has taken off, and that of the mode in force, in the order of first visit."""
        now = self.now
        return [row for key, row in self.rows.items() if row is now or row.visits[-1] > self.cleared.get(key, -1)]

    def baseline_of(self, row: ModeMeasure) -> ModeMeasure | None:
        """What board, headline and verdict compare a row with: at its batch size the one chosen, or else the first.

        Steps of another size are another thing to do; so where a run changed its size, the mode that came first of all
        is what others are compared with at each, once it was visited there. Of what was slow on purpose no first row
        is made.
        """
        fair = [other for other in self.shown if other.units_per_s and not other.is_slowed_down]
        as_first = [other for other in fair if other.name == fair[0].name]
        alike = [other for other in [*as_first, *fair, *self.shown] if other.batch_size == row.batch_size]
        chosen = [other for other in alike if other.key == self.chosen.get(row.batch_size)]
        return next(iter([*chosen, *alike]), None)

    @property
    def is_preparing(self) -> bool:
        """Ranks of a next mode are built beside those that train."""
        return bool(self._preparing) and self._preparing[-1].end == inf

    @property
    def is_slowed_down(self) -> bool:
        """Whether something is slow on purpose just now."""
        return bool(self._slow) and self._slow[-1].end == inf

    @property
    def is_disturbed(self) -> bool:
        """What is measured now says nothing of the mode in force."""
        return self.is_preparing or self.is_slowed_down

    def hear(self, message: Message) -> None:
        """Take in one message about the run."""
        self.holding.hear(message)
        match message:
            case StepBatch(rows=rows):
                self._add(rows)
            case StepAnatomy():
                self._take_anatomy(message)
            case SegmentStarted():
                self._begin(message)
            case Preparing(step=step, is_over=is_over):
                self._count_anew(self._preparing, step, begins=not is_over)
            case SlowedDown(step=step, factor=factor, delay_s=delay_s):
                self._count_anew(self._slow, step, begins=factor > 1 or delay_s > 0)
            case Changed(step=step, batch_size=batch_size):
                self._batch_sizes.set(step, batch_size)
                if self._batch_sizes.now not in (None, batch_size):
                    self.clean_from_step = max(self.clean_from_step, step)
            case RunStarted(step=step):
                self._go_on_from(step)
            case RunFinished(step=step):
                self._count_anew(self._preparing, step, begins=False)
        self._hold()

    def _begin(self, segment: SegmentStarted) -> None:
        mode, is_after_break = parse_mode(segment.mode), self._segment is None
        name = name_of(mode, self.workload)
        self._goes_on = is_after_break and name == self._name
        self._segment, self._mode, self._name, self._apart = segment, mode, name, None
        self._last_end_s = segment.at_s
        self._preparing, self._slow, self._paced = [], [], self.holding.stretches
        self._recent.clear()
        self._warming.begin()
        self.clean_from_step = segment.step + segment.warmup_steps

    def _go_on_from(self, step: int) -> None:
        """Modes visited only after it were never visited; of others what was measured stays what it was."""
        last, made_until = self._segment, self._next_step
        if last is not None and last.step >= step:
            for key in [key for key, row in self.rows.items() if row.visits == [last.segment]]:
                del self.rows[key]
            if not any(last.segment in row.visits for row in self.rows.values()):
                made_until = last.step
        self._batch_sizes.go_on_from(step)
        self._new_from_step = max(self._new_from_step, made_until)
        self._segment = None
        self._preparing, self._slow, self._paced = [], [], self.holding.stretches
        self._recent.clear()

    def _row(self, batch_size: int, *, is_slow: bool, is_at_pace: bool = False) -> ModeMeasure:
        segment = self._segment
        assert segment is not None
        key = (self._name, batch_size, is_slow)
        row = self.rows.get(key)
        is_new_visit = row is None or segment.segment not in row.visits
        if row is None or (is_new_visit and row.is_spoilt) or (row.is_at_pace and not is_at_pace):
            visits, went_on = (row.visits, row.went_on) if row is not None and row.is_at_pace else ([], 0)
            row = self._begin_row(key, visits)
            row.went_on, row.is_at_pace = went_on, is_at_pace
        if not row.steps:  # that there is a pace is told a little before its steps come, or after them
            row.is_at_pace = is_at_pace
        if segment.segment not in row.visits:
            row.visits.append(segment.segment)
            row.went_on += self._goes_on
        return row

    def _begin_row(self, key: Key, visits: list[int]) -> ModeMeasure:
        segment, (name, batch_size, is_slow) = self._segment, key
        assert segment is not None
        made, fresh, beside = (Made(SegmentSums(segment.segment, segment.mode, segment.ranks)) for _ in range(3))
        made.sums.is_slowed_down = is_slow
        row = ModeMeasure(self._mode, batch_size, segment.ranks, made, fresh, beside, is_slowed_down=is_slow, name=name)
        row.visits = visits
        self.rows[key] = row
        return row

    # Steps -----------------------------------------------------------------------------------------------------------

    def _add(self, rows: Rows) -> None:
        if self._segment is None or not len(rows):
            return
        self.holding.add(rows)
        self._hold()
        # Steps of ranks that run free overlap: of each counts what lies behind the end of the one before.
        under_way_s = np.minimum(rows["seconds"], np.diff(rows["at_s"], prepend=self._last_end_s)).clip(0.0)
        self._last_end_s, self._next_step = float(rows["at_s"][-1]), int(rows["step"][-1]) + 1
        self._batch_sizes.add(rows)
        self._sum_up(rows, under_way_s, 1)
        self._recent.append((rows[-RECENT_ROWS:], under_way_s[-RECENT_ROWS:]))

    def _sum_up(self, rows: Rows, under_way_s: Floats, sign: int) -> None:
        """Add steps to the rows they belong to, or (`sign` -1) take them out again."""
        segment, sizes = self._segment, self._batch_sizes.of(rows)
        assert segment is not None
        is_slow = held_by(self._slow, rows["step"])
        for size in sorted(set(sizes.tolist())):
            for slow in (False, True) if is_slow.any() else (False,):
                mine = (sizes == size) & (is_slow == slow)
                if mine.any():
                    is_at_pace = bool(held_by(self._paced, rows["step"][mine]).all())
                    row = self._row(size, is_slow=slow, is_at_pace=is_at_pace)
                    self._sum_up_row(row, rows[mine], under_way_s[mine], sign)

    def _sum_up_row(self, row: ModeMeasure, rows: Rows, under_way_s: Floats, sign: int) -> None:
        assert self._segment is not None
        is_cold = rows["step"] < self._segment.step + self._segment.warmup_steps
        is_beside = held_by(self._preparing, rows["step"]) & ~is_cold
        is_other = (held_by(self._paced, rows["step"]) != row.is_at_pace) & ~is_cold & ~is_beside
        counts = ~is_cold & ~is_beside & ~is_other
        row.at_pace += sign * int(is_other.sum())
        row.again += sign * int((rows["step"] < self._new_from_step).sum())
        row.warm_up += sign * int(is_cold.sum())
        row.preparing += sign * int(is_beside.sum())
        row.add(float(rows["samples"][counts].sum()), under_way_s[counts], sign)
        if sign > 0 and (self.holding.is_held is not None or not self.holding.counts_as_held):
            self._warming.add(row, rows[counts], under_way_s[counts])
        if sign > 0:
            loss = float(rows["loss"][-1])
            row.loss = loss if isfinite(loss) else None

    def _count_anew(self, stretches: list[Stretch], step: int, *, begins: bool) -> None:
        """From `step` on something else is so; steps that have come already are counted by that."""
        if not begins and not (stretches and stretches[-1].end == inf):
            return
        self._warming.give_up()
        with self._other_terms():
            if stretches and stretches[-1].end == inf:
                stretches[-1].end = step
                self.clean_from_step = max(self.clean_from_step, step)
            if begins:
                stretches.append(Stretch(step))

    def _hold(self) -> None:
        """Other steps than were counted so may be held at a pace; steps that have come already are counted by that."""
        held, counted = self.holding.stretches, self._paced
        if held == counted:
            return
        if held or self._segment is None or counted[0].begin > self._segment.step:
            self._warming.give_up()  # of a visit in which no step was held nothing was looked at yet
        with self._other_terms():
            self._paced = held
        ended = [int(stretch.end) for stretch in held if stretch.end < inf and stretch not in counted]
        self.clean_from_step = max([self.clean_from_step, *ended])

    @contextmanager
    def _other_terms(self) -> Iterator[None]:
        """Within it terms change by which steps are counted: those that have come lately are counted anew after it."""
        for rows, under_way_s in self._recent:
            self._sum_up(rows, under_way_s, -1)
        yield
        for rows, under_way_s in self._recent:
            self._sum_up(rows, under_way_s, 1)
        for key in [key for key, row in self.rows.items() if not row.steps + row.left_out]:
            del self.rows[key]

    # Steps taken apart -----------------------------------------------------------------------------------------------

    def _take_anatomy(self, anatomy: StepAnatomy) -> None:
        fresh = anatomy.fresh_after(self._apart)
        segment, step = self._segment, fresh.step
        batch_size = self._batch_sizes.at(step)
        if segment is None or anatomy.segment != segment.segment or batch_size is None:
            return
        is_at_pace = bool(held_by(self._paced, step))
        row = self._row(batch_size, is_slow=bool(held_by(self._slow, step)), is_at_pace=is_at_pace)
        is_first, self._apart = self._apart is None, anatomy
        row.anatomy = row.anatomy or anatomy  # its messages are the same in each step
        row.held |= {rank.rank: rank.held for rank in anatomy.ranks if rank.held is not None}
        if is_at_pace is not row.is_at_pace:
            return
        if step < segment.step + segment.warmup_steps or held_by(self._preparing, step) or is_first:
            return  # the first one comes right after one that was counted: its caches are cold
        row.anatomy = anatomy
        row.take_apart(fresh)
        self._warming.take_apart(fresh)


def measured(messages: Iterable[Message]) -> ModeMeasures:
    """What the modes of a run come to, by all its messages."""
    found = ModeMeasures()
    for message in messages:
        found.hear(message)
    return found
