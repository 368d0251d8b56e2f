"""What looks at the machine say of the modes measured: beside which of them other programs took cores that it wanted.

    sample --> cores of others = all that is busy - ours --> the row in force (`ModeMeasure.look`), and `others`
           --> ours but the ranks, by label: window, evaluator --> the row in force

A sample is of the second before it, so the first one of a crew counts for nothing: a part of that second was another's.
A mode that was left before it had one is judged by the two beside it, by the one in which others took more.
"""

from collections import deque
from statistics import median

from engine.events.machine import DeviceSample
from engine.events.message import Message
from engine.events.ranks import RankInfo
from engine.events.run import SegmentStarted
from engine.explain.rules.facts import mode_facts
from engine.explain.rules.machine import OTHER_CORES, is_contended
from engine.metrics.mode_measure import ModeMeasure
from engine.metrics.mode_measures import ModeMeasures

SAMPLES, LEAST_SAMPLES = 5, 2
"""What other programs take is the median of so many."""
SAMPLE_S = 1.05
"""So long after a segment has begun, what a sample counts is of it alone."""
UNSAMPLED_S = 8.0
"""A segment that has no samples by then is judged without."""
BESIDE_S = 4.0
"""No further off is a sample that a mode without one is judged by."""


class MachineWatch:
    """Hears the messages of one run, a segment's begin before `measures` does: the row that was in force is told then.

    `cores` are those of the machine; None where ranks may use some of them only, for who took those is not known.
    """

    def __init__(self, measures: ModeMeasures) -> None:
        self._measures = measures
        self._ranks: tuple[RankInfo, ...] = ()
        self._began_s = 0.0
        self._cores: int | None = None
        self._others: deque[float] = deque(maxlen=SAMPLES)
        self._last: DeviceSample | None = None
        """The last one that could be used, and what others took in it."""
        self._last_others = 0.0
        self._brief: tuple[ModeMeasure, float] | None = None
        """The row that was left without a sample, and when."""

    def hear(self, message: Message) -> None:
        """Take in one message about the run."""
        match message:
            case DeviceSample():
                self._sample(message)
            case SegmentStarted(ranks=ranks, at_s=at_s):
                self._leave(at_s)
                self._ranks, self._began_s = ranks, at_s
                self._others.clear()

    @property
    def others(self) -> float | None:
        """Cores that other programs take now; None where nobody has looked."""
        return median(self._others) if self._others else None

    @property
    def cores(self) -> int | None:
        """How many the machine has; None where ranks may use some of them only."""
        is_whole = all(info.cores in (None, self._cores) for info in self._ranks)
        return self._cores if is_whole else None

    def is_known(self, at_s: float) -> bool:
        """What others take is known: one look is enough to see that they take next to nothing."""
        is_alone = len(self._others) == 1 and self._others[0] < OTHER_CORES
        return is_alone or len(self._others) >= LEAST_SAMPLES or at_s - self._began_s > UNSAMPLED_S

    def _sample(self, sample: DeviceSample) -> None:
        ours = sum(usage.cpu_frac for usage in sample.processes)
        pids = {info.pid for info in self._ranks}
        if sample.at_s < self._began_s + SAMPLE_S or not pids <= {usage.pid for usage in sample.processes}:
            return  # part of that second was another crew's
        self._cores = len(sample.cores_frac)
        others = max(0.0, sum(sample.cores_frac) - ours)
        self._others.append(others)
        self._last, self._last_others = sample, others
        now, brief = self._measures.now, self._brief
        self._brief = None
        if brief is not None and sample.at_s - brief[1] <= BESIDE_S:
            self._judge_by_neighbour(brief[0], others)
        if now is not None and not self._measures.is_disturbed:
            own = {usage.label: usage.cpu_frac for usage in sample.processes if usage.pid not in pids}
            now.look(others, own, is_contended=self._takes(now, others))
            now.is_spoilt = self._takes(now, now.other_cores)

    def _leave(self, at_s: float) -> None:
        """Another mode begins: what was made of this one since the last look at the machine is judged by that look."""
        row, self._brief = self._measures.now, None
        if row is None:
            return
        row.forget_fresh()
        if row.made.looks + row.beside.looks:
            return
        self._brief = row, at_s
        if self._last is not None and at_s - self._last.at_s <= BESIDE_S:
            self._judge_by_neighbour(row, self._last_others)

    def _judge_by_neighbour(self, row: ModeMeasure, others: float) -> None:
        row.made.looks, row.made.cores = 1, max(row.made.cores, others)
        row.is_spoilt = self._takes(row, row.other_cores)

    def _takes(self, row: ModeMeasure, others: float | None) -> bool:
        return is_contended(mode_facts(row, others), self.cores)
