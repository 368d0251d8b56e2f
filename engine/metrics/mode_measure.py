"""What one mode of a run comes to at one batch size: a row of the board, and what a verdict compares.

rate of a mode = units trained / seconds in which steps were under way        (by the wall clock, whatever ranks do)

The machine is looked at once a second. What was made since the last look, while other programs took cores that the mode
wanted, is left out as soon as there are `CLEAN_S` seconds beside it in which they did not.

    steps, steps taken apart --> what is shown, and `fresh` --look--> stays, or goes to `beside`
"""

import msgspec
import numpy as np
import numpy.typing as npt

from engine.anatomy import Held
from engine.config import roles
from engine.config.mode import ComputeMode
from engine.events.ranks import RankInfo, StepAnatomy
from engine.metrics.segment_sums import SegmentSums, moved_bytes
from engine.metrics.spread import Spread

Key = tuple[str, int, bool]
"""A mode's name, the batch size, and whether something was slow on purpose."""
Floats = npt.NDArray[np.float64]
LEAST_RATE_S = 0.25
"""Computing between two looks, from which on there is a rate of it."""
CLEAN_S, CLEAN_APART = 3.0, 4
"""So many seconds of computing, and steps taken apart, if there are as many at all, say what a mode is worth alone."""


class Made(msgspec.Struct):
    """What was made in a part of a mode's time; `looks` at the machine, in which other programs took `cores` in all.

    `own` are cores that processes of Gearshift took in these looks beside the ranks, by their label.
    """

    sums: SegmentSums
    steps: int = 0
    units: float = 0.0
    seconds: float = 0.0
    looks: int = 0
    cores: float = 0.0
    own: dict[str, float] = {}
    spread: Spread = msgspec.field(default_factory=Spread)

    def add(self, units: float, under_way_s: Floats, sign: int = 1) -> None:
        """Count steps that were under way for so long each, and trained `units` in all; or (`sign` -1) no more."""
        self.steps += sign * len(under_way_s)
        self.units += sign * units
        self.seconds += sign * float(under_way_s.sum())
        self.spread.add(under_way_s, sign)

    def add_up(self, other: "Made", sign: int = 1) -> None:
        """Add what was made in another part, or (`sign` -1) take it out again."""
        self.sums.add_up(other.sums, sign)
        self.steps += sign * other.steps
        self.units += sign * other.units
        self.seconds += sign * other.seconds
        self.looks += sign * other.looks
        self.cores += sign * other.cores
        self.spread.add_up(other.spread, sign)
        for label, cores in other.own.items():
            self.own[label] = self.own.get(label, 0.0) + sign * cores

    def look(self, other_cores: float, own: dict[str, float]) -> None:
        """Count one more look at the machine."""
        self.looks, self.cores = self.looks + 1, self.cores + other_cores
        for label, cores in own.items():
            self.own[label] = self.own.get(label, 0.0) + cores


class ModeMeasure(msgspec.Struct):
    """One mode at one batch size (samples). `made` is what its figures are of."""

    mode: ComputeMode
    batch_size: int
    ranks: tuple[RankInfo, ...]
    made: Made
    fresh: Made
    """The part of it since the machine was looked at last."""
    beside: Made
    """What was made while other programs took its cores."""
    leaves_out: bool = False
    """That is no part of what is shown."""
    is_slowed_down: bool = False
    """Something was slow on purpose in all of these steps."""
    visits: list[int] = []
    """The segments it is made of."""
    went_on: int = 0
    """How many of them went on with the visit before, after a break in the same mode."""
    warm_up: int = 0
    """Steps left out, for they were the first of a visit."""
    preparing: int = 0
    """Steps left out, for ranks of a next mode were built beside them."""
    again: int = 0
    """Steps, whether they count or not, that were made before: after a break the run went on from an earlier one."""
    at_pace: int = 0
    """Steps left out, for each came after a wait that somebody had asked for."""
    is_at_pace: bool = False
    """All of its steps came after such a wait; the first at full speed makes the row anew."""
    loss: float | None = None
    """Of its last step; None where it was no finite number."""
    anatomy: StepAnatomy | None = None
    """The newest step taken apart that counts."""
    held: dict[int, Held] = {}
    """What each rank held of the model, where that was counted."""
    is_spoilt: bool = False
    """Other programs took cores that it wanted, as its figures show, until there are enough seconds in which they do
    not, or it is visited again."""
    name: str = ""
    """The mode in a few words, as it is called in this run."""
    is_warming: bool = False
    """Its visit is so young that what it makes a second is no measure of it yet."""

    @property
    def entries(self) -> int:
        """How often the run has come to it, by a start or a shift: going on after a break goes on with the visit."""
        return max(1, len(self.visits) - self.went_on)

    @property
    def key(self) -> Key:
        """What the row is known by."""
        return self.name, self.batch_size, self.is_slowed_down

    def add(self, units: float, under_way_s: Floats, sign: int = 1) -> None:
        """Count steps that were under way for so long each; or (`sign` -1) no more, for they were something else."""
        for made in (self.made, self.fresh):
            made.add(units, under_way_s, sign)

    def take_apart(self, anatomy: StepAnatomy) -> None:
        """Add a step taken apart."""
        self.made.sums.take_in(anatomy)
        self.fresh.sums.take_in(anatomy)

    def look(self, other_cores: float, own: dict[str, float], *, is_contended: bool) -> None:
        """Judge what was made since the last look at the machine by what other programs took of it meanwhile.

        `own` is what Gearshift's processes took beside the ranks: that is no reason to leave anything out.
        """
        self.made.look(other_cores, own)
        fresh = self.fresh
        if fresh.seconds >= LEAST_RATE_S and not self.is_warming:
            for made in (self.made, fresh):
                made.spread.add_rate(fresh.units / fresh.seconds)
        fresh.look(other_cores, own)
        self.forget_fresh()
        if is_contended:
            self.beside.add_up(fresh)
            if self.leaves_out:
                self.made.add_up(fresh, -1)
        if not self.leaves_out and self.beside.looks and self._has_enough_clean:
            self.leaves_out = True
            self.made.add_up(self.beside, -1)

    @property
    def _has_enough_clean(self) -> bool:
        apart = self.made.sums.counted
        clean_apart = apart - self.beside.sums.counted
        return self.made.seconds - self.beside.seconds >= CLEAN_S and clean_apart >= min(CLEAN_APART, apart)

    def forget_fresh(self) -> None:
        """What was made so far is judged, or never will be."""
        sums = self.fresh.sums
        self.fresh = Made(SegmentSums(sums.segment, sums.mode, sums.ranks))

    @property
    def sums(self) -> SegmentSums:
        """What the steps taken apart that count come to."""
        return self.made.sums

    @property
    def steps(self) -> int:
        """How many steps of it count."""
        return self.made.steps

    @property
    def seconds(self) -> float:
        """How long they were under way, by the wall clock."""
        return self.made.seconds

    @property
    def other_cores(self) -> float | None:
        """Cores that other programs took beside it, on average; None where nobody looked."""
        return self.made.cores / self.made.looks if self.made.looks else None

    @property
    def own_cores(self) -> dict[str, float]:
        """Cores that Gearshift's processes took beside the ranks, on average, by label; {} where nobody looked."""
        return {label: cores / self.made.looks for label, cores in self.made.own.items()} if self.made.looks else {}

    @property
    def beside_others(self) -> int:
        """Steps left out, for other programs took its cores beside them."""
        return self.beside.steps if self.leaves_out else 0

    @property
    def beside_others_s(self) -> float:
        """Seconds left out, for other programs took its cores in them."""
        return self.beside.seconds if self.leaves_out else 0.0

    @property
    def left_out(self) -> int:
        """How many steps do not count."""
        return self.warm_up + self.preparing + self.at_pace + self.beside_others

    @property
    def units_per_s(self) -> float | None:
        """Units (samples, tokens) trained a second; None before there is anything to measure."""
        return self.made.units / self.seconds if self.seconds > 0 else None

    @property
    def step_s(self) -> float | None:
        """Seconds of the wall clock that a step takes; None before there is anything to measure."""
        return self.seconds / self.steps if self.steps and self.seconds > 0 else None

    @property
    def median_s(self) -> float | None:
        """Seconds of the wall clock that half of its steps are shorter than; None before there is one."""
        return self.made.spread.median_s

    @property
    def vary(self) -> float | None:
        """By how much its steps vary, as a part of the median (`spread.py`); None of few, or where they overlap."""
        return self.made.spread.vary if roles.is_exact(self.mode) else None

    @property
    def off(self) -> float | None:
        """By how much its rate may be off, as a part of it, as seconds of it differ; of too few, as steps do."""
        off, vary = self.made.spread.off, self.vary
        return vary / 2 if off is None and vary is not None else off

    @property
    def phase_s(self) -> Floats:
        """Where a step's seconds go, by phase: a mean over ranks, scaled to what a step takes by the wall clock."""
        return self.sums.shares * (self.step_s or 0.0)

    @property
    def sent_bytes(self) -> float | None:
        """What the rank that sends most sends in a step, by the messages counted; None where none were."""
        if self.anatomy is None:
            return None
        return max((sum(map(moved_bytes, rank.traffic)) for rank in self.anatomy.ranks), default=0.0)

    @property
    def held_bytes(self) -> int | None:
        """What the rank that holds most holds: weights, gradients, the optimizer's state and what backward needs."""
        return max(
            (h.parameter_bytes + h.gradient_bytes + h.optimizer_bytes + h.activation_bytes for h in self.held.values()),
            default=None,
        )


def factor(speed_up: float) -> str:
    """How many times as fast a mode is, in two digits, or whole from 10 on: in board, headline, verdict and terminal.

    A third digit would change from look to look, and none of them may say another than the rest.
    """
    if speed_up >= 9.95:
        return f"{speed_up:.0f}"
    if speed_up >= 0.995:
        return f"{speed_up:.1f}"
    return f"{speed_up:.2f}" if speed_up >= 0.095 else f"{speed_up:.2g}"
