"""Several steps of a rank taken apart together: long ones are told as they come, and a wait between them is no end."""

import mmap

import pytest
import torch

from engine.anatomy import LaneSpan, RankAnatomy
from engine.events.ranks import StepAnatomy
from engine.ipc.ring import RING_BYTES, RingWriter
from engine.rank.trace import host_trace
from engine.rank.trace.host_trace import FORWARD, OPTIMIZER, HostTrace, StepSpans


class Rank:
    """Makes steps of 1 s by a clock of its own: 0.75 s forward, 0.25 s in the optimizer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(host_trace, "perf_counter", lambda: self.now_s)
        monkeypatch.setattr(host_trace, "thread_time", lambda: self.now_s)
        self.trace, self.made = HostTrace(RingWriter(mmap.mmap(-1, RING_BYTES))), 0

    def make(self, steps: int, *, wait_s: float = 0.0) -> None:
        for _ in range(steps):
            self.now_s += wait_s
            self.trace.resume()
            self.trace.begin(self.made)
            self.trace.enter(FORWARD)
            self.now_s += 0.75
            self.trace.enter(OPTIMIZER)
            self.now_s += 0.25
            self.trace.end(torch.tensor(1.0), 8, 8)
            self.made += 1

    def seen(self) -> StepSpans:
        found = self.trace.watched()
        assert found is not None
        return found


def test_long_steps_are_told_before_so_many_of_them_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    rank = Rank(monkeypatch)
    rank.make(1)
    rank.trace.watch(3)
    rank.make(1)
    assert rank.trace.watched() is None
    rank.trace.watch(3)
    assert (one := rank.seen()).step == 1
    assert (one.begin_s, one.end_s, one.step_begins_s) == (1.0, 2.0, ())
    for made, first in ((2, 1), (3, 1), (4, 2)):  # never more than so many, the newest
        rank.make(1)
        rank.trace.watch(3)
        seen = rank.seen()
        assert seen.step == first
        assert [span.begin_s for span in seen.spans if span.phase == FORWARD] == list(seen.step_begins_s)
        assert (seen.begin_s, seen.end_s) == (first, made + 1)
    rank.make(3)
    assert rank.seen().step_begins_s == (5.0, 6.0, 7.0)
    rank.make(1)
    rank.trace.watch(3)
    assert rank.trace.watched() is None, "three were made since it was asked for, and that was the end of it"


def test_who_waits_for_another_rank_is_seen_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rank = Rank(monkeypatch)
    rank.trace.watch(2)
    rank.make(2, wait_s=0.5)
    assert rank.seen().step_begins_s == (0.5, 2.0)


def test_what_is_seen_ends_where_another_thing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    rank = Rank(monkeypatch)
    rank.trace.watch(16)
    rank.make(2)
    rank.trace.part()
    assert rank.seen().step_begins_s == (0.0, 1.0)
    rank.make(1)
    assert rank.trace.watched() is None


def test_of_steps_that_come_again_each_counts_once() -> None:
    def seen(step: int, steps: int) -> StepAnatomy:
        begins = tuple(float(n) for n in range(steps))
        spans = tuple(LaneSpan(FORWARD, -1, begin_s, 0.75) for begin_s in begins)
        rank = RankAnatomy(
            rank=0,
            begin_s=10.0 + step,
            seconds=steps,
            spans=spans,
            traffic=(),
            step_begins_s=begins if steps > 1 else (),
        )
        return StepAnatomy(
            at_s=0.0, segment=0, step=step, ranks=(rank,), clock_offset_s=0.0, clock_error_s=0.0, skipped=0
        )

    before, after = seen(5, 2), seen(5, 4)
    fresh = after.fresh_after(before)
    assert (fresh.step, fresh.next_step) == (7, 9)
    rank = fresh.ranks[0]
    assert (rank.begin_s, rank.seconds, rank.step_begins_s) == (17.0, 2.0, (0.0, 1.0))
    assert [span.offset_s for span in rank.spans] == [0.0, 1.0]
    one = seen(5, 5).fresh_after(after).ranks[0]
    assert (one.begin_s, one.seconds, one.step_begins_s, one.steps) == (19.0, 1.0, (), 1)
    for other in (seen(20, 4), seen(0, 4)):  # after a gap; and of a run that went back
        assert other.fresh_after(after) is other
    assert after.fresh_after(None) is after
