"""Puts the ranks' views of one step together, on one clock, and tells waiting from communicating.

    a collective that all ranks took part in:   |--wait--|--communicate--|        rank 0, early
                                                         |--communicate--|        rank 1, the last to arrive

The ranks' clocks: CLOCK_MONOTONIC is one for all processes of a machine. That is not taken on trust: each answer to a
ping carries the rank's clock, which must lie between the moments of asking and hearing; half their distance is the
error of the offset it gives.
"""

from collections.abc import Iterable

import msgspec

from engine.anatomy import LaneSpan, RankAnatomy
from engine.events.ranks import StepAnatomy
from engine.rows import PHASES

COMMUNICATE, WAIT = PHASES.index("communicate"), PHASES.index("wait")


class Clocks:
    """Offsets of the ranks' clocks, from pings; the answer that came fastest counts."""

    def __init__(self) -> None:
        self._asked_s: dict[int, float] = {}
        self._best: dict[int, tuple[float, float]] = {}

    def asked(self, ranks: Iterable[int], now_s: float) -> None:
        """Note that a ping was sent to `ranks` at `now_s`."""
        self._asked_s = dict.fromkeys(ranks, now_s)

    def answered(self, rank: int, clock_s: float, now_s: float) -> None:
        """Note that a rank's answer, its own clock at `clock_s`, was heard at `now_s`."""
        asked_s = self._asked_s.pop(rank, None)
        if asked_s is None:
            return
        error_s = (now_s - asked_s) / 2
        if rank not in self._best or error_s < self._best[rank][1]:
            self._best[rank] = clock_s - (asked_s + now_s) / 2, error_s

    @property
    def waiting(self) -> bool:
        """Whether some rank has not answered the ping yet."""
        return bool(self._asked_s)

    @property
    def known(self) -> bool:
        """Whether any rank's clock has been compared with the session's."""
        return bool(self._best)

    @property
    def offset_s(self) -> float:
        """The largest offset of a rank's clock from the session's, in seconds; 0 before any was measured."""
        return max((abs(offset_s) for offset_s, _ in self._best.values()), default=0.0)

    @property
    def error_s(self) -> float:
        """How far the offset of any rank's clock may be off, in seconds."""
        return max((error_s for _, error_s in self._best.values()), default=0.0)

    def certain(self, rank: int) -> float:
        """The offset to correct a rank's times by: none while it is within its own error."""
        offset_s, error_s = self._best.get(rank, (0.0, 0.0))
        return offset_s if abs(offset_s) > error_s else 0.0


class Assembler:
    """Keeps the ranks' reports until the last one is in."""

    def __init__(self, world_size: int, segment: int, origin_s: float) -> None:
        self.clocks = Clocks()
        self._world_size = world_size
        self._segment = segment
        self._origin_s = origin_s
        self._waiting: dict[int, dict[int, RankAnatomy]] = {}
        self._last_step = -1

    def add(self, step: int, anatomy: RankAnatomy, at_s: float) -> StepAnatomy | None:
        """The whole anatomy of a step, once every rank's part of it is there; None before."""
        last = step + anatomy.steps - 1  # the first one of several long steps comes again
        mine = self._waiting.setdefault(last, {})
        begin_s = anatomy.begin_s - self._origin_s - self.clocks.certain(anatomy.rank)
        mine[anatomy.rank] = msgspec.structs.replace(anatomy, begin_s=begin_s)
        if len(mine) < self._world_size:
            return None
        self._waiting = {other: ranks for other, ranks in self._waiting.items() if other > last}
        skipped = max(0, step - self._last_step - 1) if self._last_step >= 0 else 0
        self._last_step = last
        return StepAnatomy(
            at_s=at_s,
            segment=self._segment,
            step=step,
            ranks=part_waits([mine[rank] for rank in sorted(mine)]),
            clock_offset_s=self.clocks.offset_s,
            clock_error_s=self.clocks.error_s,
            skipped=skipped,
        )


def part_waits(ranks: list[RankAnatomy]) -> tuple[RankAnatomy, ...]:
    """Split each collective on each rank: until the last one has arrived a rank waits, then they communicate.

    The k-th collective among the same ranks is the same one on each of them. Where a rank does not know which of its
    spans was which message, those of its group are left whole.
    """
    arrival_of: dict[tuple[int, int], float] = {}  # by rank and index of the span
    for among in {span.among for rank in ranks for span in rank.spans if len(span.among) > 1}:
        talks = [[i for i, span in enumerate(ranks[member].spans) if span.among == among] for member in among]
        if len({len(talk) for talk in talks}) != 1:
            continue
        for same in zip(*talks, strict=True):
            times = [ranks[m].begin_s + ranks[m].spans[i].offset_s for m, i in zip(among, same, strict=True)]
            arrival_of |= {(member, index): max(times) for member, index in zip(among, same, strict=True)}
    return tuple(msgspec.structs.replace(rank, spans=tuple(_parted(rank, arrival_of))) for rank in ranks)


def _parted(rank: RankAnatomy, arrival_of: dict[tuple[int, int], float]) -> Iterable[LaneSpan]:
    for index, span in enumerate(rank.spans):
        wait_s = min(arrival_of.get((rank.rank, index), 0.0) - rank.begin_s - span.offset_s, span.duration_s)
        if wait_s <= 0:
            yield span
            continue
        yield LaneSpan(WAIT, span.microbatch, span.offset_s, wait_s, among=span.among)
        if span.duration_s > wait_s:
            rest_s = span.duration_s - wait_s
            yield msgspec.structs.replace(span, offset_s=span.offset_s + wait_s, duration_s=rest_s, on_core_s=None)
