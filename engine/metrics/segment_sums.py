"""What many steps taken apart say together, a segment at a time. No Qt, no torch.

share of a phase   = its seconds / the step's, summed over ranks and steps
overlap            = 1 - (seconds spent in collectives, waiting for others left out) / (seconds they take alone)
bubble of a stage  = waiting for stages / (forward + backward + waiting for stages), theory (p - 1) / (m + p - 1)
without a core     = of the same time, what a rank was ready to compute in and other ranks had the cores

With p ranks on c < p cores no schedule can be busier than c / p, so bubble and "without a core" together are at least
1 - c / p; which of the two it is depends on where the system takes a core away.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from engine.anatomy import THROUGH_MEMORY, RankAnatomy, Traffic
from engine.config import roles
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.technique_card import TechniqueCard
from engine.events.ranks import RankInfo, StepAnatomy
from engine.rows import PHASES

FORWARD, BACKWARD, COMMUNICATE, WAIT = (PHASES.index(n) for n in ("forward", "backward", "communicate", "wait"))
MEASURED_OVER = 8
"""Steps taken apart, two seconds of them, over which it is measured what is moved."""
WARMUP = 1
"""The first step taken apart in a segment comes right after one that was counted: its caches are cold."""


def phase_seconds(rank: RankAnatomy) -> np.ndarray:
    """Seconds of each phase on one rank, (phases,)."""
    found = np.zeros(len(PHASES))
    for span in rank.spans:
        found[span.phase] += span.duration_s
    return found


class SegmentSums(msgspec.Struct):
    """Sums over the steps of one segment that were taken apart."""

    segment: int
    mode: str
    ranks: tuple[RankInfo, ...] = ()
    steps: int = 0
    total_s: float = 0.0
    rank_s: dict[int, np.ndarray] = {}
    alone_s: float = 0.0
    without_core_s: float = 0.0
    stage_wait_s: float = 0.0
    """Waiting for other stages of a pipeline, not for other members of a collective."""
    is_slowed_down: bool = False
    """Something was made slow on purpose in some of these steps."""
    work_s: dict[int, float] = {}
    """How long each rank really computed, forward and backward: what it had no core for is left out."""
    squares_s2: Any = 0.0
    """Of each phase's seconds in a step, a mean over ranks, the squares summed up, (phases,): how far steps differ."""

    def add(self, anatomy: StepAnatomy) -> None:
        """Take one more step that was taken apart into the sums."""
        self.steps += 1
        if self.steps > WARMUP:
            self._sum_up(anatomy)

    def take_in(self, anatomy: StepAnatomy) -> None:
        """Add a step of which it is known that its caches were warm."""
        self.steps = max(self.steps, WARMUP) + 1
        self._sum_up(anatomy)

    @property
    def counted(self) -> int:
        """How many steps are summed up."""
        return max(0, self.steps - WARMUP)

    def add_up(self, other: "SegmentSums", sign: int = 1) -> None:
        """Add the steps that others are sums of, or (`sign` -1) take them out again."""
        self.steps = max(self.steps, WARMUP) + sign * other.counted
        for rank, seconds in other.rank_s.items():
            self.rank_s[rank] = self.rank_s.get(rank, np.zeros(len(PHASES))) + sign * seconds
            self.work_s[rank] = self.work_s.get(rank, 0.0) + sign * other.work_s[rank]
        self.total_s += sign * other.total_s
        self.alone_s += sign * other.alone_s
        self.without_core_s += sign * other.without_core_s
        self.stage_wait_s += sign * other.stage_wait_s
        self.squares_s2 = self.squares_s2 + sign * other.squares_s2

    @property
    def phase_errors(self) -> np.ndarray:
        """The standard error of each phase's mean seconds, as a part of them, (phases,); inf where it is not known."""
        count, ranks = self.counted, len(self.rank_s)
        if count < 2 or not ranks:
            return np.full(len(PHASES), np.inf)
        mean_s = sum(self.rank_s.values(), np.zeros(len(PHASES))) / ranks / count
        spread_s = np.sqrt(np.maximum(0.0, self.squares_s2 / count - mean_s**2) / (count - 1))
        errors = np.full(len(PHASES), np.inf)
        np.divide(spread_s, mean_s, out=errors, where=mean_s > 0)
        return errors

    @property
    def step_s(self) -> float | None:
        """Seconds of a step, a mean over ranks and steps; None where none is summed up."""
        return self.total_s / len(self.rank_s) / self.counted if self.rank_s and self.counted else None

    def _sum_up(self, anatomy: StepAnatomy) -> None:
        together_s = np.zeros(len(PHASES))
        for rank in anatomy.ranks:
            before, seconds = self.rank_s.get(rank.rank, np.zeros(len(PHASES))), phase_seconds(rank) / rank.steps
            self.rank_s[rank.rank] = before + seconds
            together_s += seconds
            self.total_s += rank.seconds / rank.steps
            self.alone_s += rank.alone_s or 0.0
            self.stage_wait_s += sum(span.duration_s for span in rank.spans if span.phase == WAIT and not span.among)
            computing = [span for span in rank.spans if span.phase in (FORWARD, BACKWARD)]
            ran_s = sum(span.duration_s if span.on_core_s is None else span.on_core_s for span in computing)
            self.work_s[rank.rank] = self.work_s.get(rank.rank, 0.0) + ran_s / rank.steps
            without_core_s = sum(
                max(0.0, span.duration_s - span.on_core_s) for span in computing if span.on_core_s is not None
            )
            self.without_core_s += without_core_s / rank.steps
        self.squares_s2 = self.squares_s2 + (together_s / max(1, len(anatomy.ranks))) ** 2

    @property
    def shares(self) -> np.ndarray:
        """Shares of a step's time by phase, (phases,); the rest is idle."""
        if not self.total_s:
            return np.zeros(len(PHASES))
        return sum(self.rank_s.values(), np.zeros(len(PHASES))) / self.total_s

    @property
    def overlap_frac(self) -> float | None:
        """Share of the communication that is hidden behind computing; None without collectives, or for a pipeline."""
        if not self.alone_s or roles.stages_axis(parse_mode(self.mode)):
            return None
        exposed_s = float(sum(seconds[COMMUNICATE] for seconds in self.rank_s.values()))
        return max(0.0, 1.0 - exposed_s / self.alone_s)

    @property
    def bubble(self) -> tuple[float, float] | None:
        """(measured, theory) of a pipeline, as fractions; None for other modes."""
        mode = parse_mode(self.mode)
        if not roles.stages_axis(mode) or not self.rank_s:
            return None
        inside_s = self._inside_s
        return self.stage_wait_s / inside_s if inside_s else 0.0, bubble_theory(mode)

    @property
    def crowd(self) -> tuple[float, int, int] | None:
        """(share of the time without a core, ranks, cores) where ranks share cores; None where each has its own."""
        cores = min((info.cores or 0 for info in self.ranks), default=0)
        inside_s = self._inside_s
        if not inside_s or not 0 < cores < len(self.ranks) or any(info.threads > 1 for info in self.ranks):
            return None
        return self.without_core_s / inside_s, len(self.ranks), cores

    @property
    def _inside_s(self) -> float:
        """Seconds of forward, backward and waiting for other stages."""
        total = sum(self.rank_s.values(), np.zeros(len(PHASES)))
        return float(total[FORWARD] + total[BACKWARD]) + self.stage_wait_s


def bubble_theory(mode: ComputeMode) -> float:
    """(p - 1) / (v m + p - 1): p ranks, m micro-batches, v stages a rank. A zero-bubble schedule aims at 0."""
    return bubble_at(mode, roles.microbatches(mode))


def bubble_at(mode: ComputeMode, microbatches: int) -> float:
    """The bubble in theory of a pipeline like this one with another number of micro-batches."""
    schedule, ranks = roles.schedule(mode), mode.degree(roles.stages_axis(mode))
    if not schedule.has_bubble:
        return 0.0
    return (ranks - 1) / (schedule.stages_per_rank * microbatches + ranks - 1)


def sent_bytes(anatomy: StepAnatomy, *, through_memory: bool = True) -> np.ndarray:
    """Who sends how much to whom in a step, (ranks, ranks) bytes, from the messages counted.

    A send goes from one to another. Of a collective over n ranks it is taken that each passes its part to the next one
    around a ring, which is what moves least: all-reduce 2 (n-1)/n of the payload, reduce-scatter (n-1)/n, all-gather
    (n-1) times it. Through shared memory every rank (column) reads one n-th of each buffer (row), its own too; what it
    then writes is in `summed_bytes`.
    """
    size = len(anatomy.ranks)
    found = np.zeros((size, size))
    for rank in anatomy.ranks:
        for entry in rank.traffic:
            n = len(entry.ranks)
            if entry.kind == "send":
                found[entry.ranks[0], entry.ranks[1]] += entry.payload_bytes / entry.every
            elif entry.kind == THROUGH_MEMORY:
                for other in entry.ranks if through_memory else ():
                    found[other, rank.rank] += entry.payload_bytes / n / entry.every
            elif entry.kind != "receive" and n > 1:
                at = entry.ranks.index(rank.rank)
                found[rank.rank, entry.ranks[(at + 1) % n]] += moved_bytes(entry)
    return found


def summed_bytes(anatomy: StepAnatomy) -> np.ndarray:
    """What each rank writes of sums in shared memory in a step, (ranks,) bytes: with `sent_bytes` all that moves."""
    found = np.zeros(len(anatomy.ranks))
    for at, rank in enumerate(anatomy.ranks):
        for entry in rank.traffic:
            if entry.kind == THROUGH_MEMORY:
                found[at] += entry.payload_bytes / len(entry.ranks) / entry.every
    return found


def moved_bytes_a_step(anatomies: Iterable[StepAnatomy]) -> float | None:
    """Bytes that all ranks moved through shared memory a step, as they counted them over the steps taken apart last.

    None where they send messages, or where fewer than two steps of the segment in force were taken apart.
    """
    latest = list(anatomies)[-MEASURED_OVER:]
    mine = [each for each in latest if each.segment == latest[-1].segment]
    counts = [[rank.moved_bytes for rank in each.ranks if rank.moved_bytes is not None] for each in mine]
    steps = mine[-1].step - mine[0].step if mine else 0
    if steps <= 0 or not counts[-1]:
        return None
    return (sum(counts[-1]) - sum(counts[0])) / steps


def moved_bytes(entry: Traffic) -> float:
    """Bytes a rank sends a step by the formula of a message's kind; through shared memory, what it reads and writes."""
    if entry.kind == "receive":
        return 0.0
    return _collective_bytes(entry.kind, len(entry.ranks), entry.payload_bytes / entry.every)


def whole_bytes(mode: ComputeMode, card: TechniqueCard, held_bytes: float) -> float:
    """All weights that a technique's formula speaks of, where a rank holds `held_bytes` of them."""
    return held_bytes * _ranks_of(mode, card) if "weights" in card.shards else held_bytes


def expected_bytes(mode: ComputeMode, card: TechniqueCard, held_bytes: float) -> float:
    """What a rank sends in a step by the formula of a technique's card, over the transport in force.

    `held_bytes` are the weights that it holds; over shared memory it is what the rank reads and writes.
    """
    ranks, whole = _ranks_of(mode, card), whole_bytes(mode, card, held_bytes)
    total = 0.0
    for send in card.sends:
        kind = roles.collective(mode, card, send.kind)
        sent = send.count * _collective_bytes(kind, ranks, whole / ranks if send.of_part else whole)
        total += sent / int(mode.option(card.key)) if send.per_value else sent
    return total


def ring_bytes(kind: str, ranks: int, payload_bytes: float) -> float:
    """What each rank sends when a collective goes around a ring."""
    factors = {"all-reduce": 2 * (ranks - 1) / ranks, "reduce-scatter": (ranks - 1) / ranks, "all-gather": ranks - 1.0}
    return factors.get(kind, 1.0) * payload_bytes


def _collective_bytes(kind: str, ranks: int, payload_bytes: float) -> float:
    if kind == THROUGH_MEMORY:
        return payload_bytes * (ranks + 1) / ranks
    return ring_bytes(kind, ranks, payload_bytes)


def _ranks_of(mode: ComputeMode, card: TechniqueCard) -> int:
    return mode.degree(card.key if card.option is None else roles.replicas_axis(mode))
