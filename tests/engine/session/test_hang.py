"""Slow, frozen, or waiting for each other: what a watch makes of ranks, by what they answer and how they compute."""

import numpy as np
import pytest

from engine.events.machine import ProcessUsage
from engine.ipc.orders import AnyOrder, Ping
from engine.ipc.ring import RING_ROW
from engine.rows import Rows
from engine.session.hang import HangWatch
from engine.session.rank_process import RankProcess


class Rank(RankProcess):
    """Computes for `share` of the time, as far as it can be told (None: it cannot), and notes what it is told."""

    def __init__(self, share: float | None, *, born_s: float = 0.0) -> None:
        self.now_s = 0.0
        self.told: list[AnyOrder] = []
        self._share = share
        self._born_s = born_s

    @property
    def pid(self) -> int | None:
        return 1 if self.now_s >= self._born_s else None

    def send(self, order: AnyOrder) -> None:
        self.told.append(order)

    def read(self) -> Rows:
        return np.empty(0, RING_ROW)

    def cpu_s(self) -> float | None:
        return self.now_s * self._share if self._share is not None else None

    def usage(self, label: str) -> ProcessUsage | None:  # noqa: ARG002
        return None

    def freeze(self) -> None: ...

    def kill(self) -> None: ...


Found = tuple[int, str, float]


def found(ranks: list[Rank], *, answering: set[int], limit_s: float = 5.0, steps_until_s: float = 0.0) -> Found | None:
    """What the watch says first, and when, within 100 s, looking ten times a second; steps are made at first."""
    watch = HangWatch(limit_s)
    for tenth in range(1_000):
        now_s = tenth / 10
        for rank in ranks:
            rank.now_s = now_s
        if now_s <= steps_until_s:
            watch.progress(now_s)
        asked = [isinstance(order, Ping) for rank in ranks for order in rank.told]
        if (hang := watch.look(ranks, now_s)) is not None:
            return *hang, now_s
        for number in answering if asked else ():
            watch.answer(number)
    return None


def test_a_rank_that_does_not_answer_is_frozen() -> None:
    words = "has not answered for 2 s and made no step for 7 s: it is frozen."
    assert found([Rank(1.0), Rank(0.0), Rank(0.0)], answering={0}) == (1, words, 7.0)
    assert found([Rank(1.0), Rank(0.0)], answering={0}, steps_until_s=30.0) == (1, words, 37.0)


def test_a_rank_that_is_not_born_yet_is_not_frozen() -> None:
    assert found([Rank(1.0), Rank(1.0, born_s=40.0)], answering={0, 1}) is None
    hang = found([Rank(1.0), Rank(0.0, born_s=40.0)], answering={0})
    assert hang == (1, "has not answered for 2 s and made no step for 7 s: it is frozen.", 47.0)
    unborn = [Rank(1.0), Rank(1.0, born_s=80.0), Rank(1.0, born_s=90.0)]
    assert found(unborn, answering={0, 1, 2}) == (1, "was not started within 60 s.", 60.0)


def test_ranks_that_answer_and_do_not_compute_wait_for_each_other() -> None:
    words = "and its peers wait for each other: no step for 7 s, and none of them computes."
    assert found([Rank(0.0), Rank(0.01)], answering={0, 1}) == (0, words, 7.0)


@pytest.mark.parametrize("shares", [(1.0, 1.0), (0.2, 0.2), (None, None), (0.0, 1.0)])
def test_ranks_that_compute_or_of_which_nobody_can_tell_are_slow(shares: tuple[float | None, ...]) -> None:
    assert found([Rank(share) for share in shares], answering={0, 1}) is None


def test_a_slow_crew_that_freezes_later_is_found() -> None:
    watch, rank = HangWatch(5.0), Rank(1.0)
    for tenth in range(600):
        rank.now_s = tenth / 10
        hang = watch.look([rank], rank.now_s)
        if rank.told and len(rank.told) < 3:  # from the third ping on it is frozen
            watch.answer(0)
        if hang is not None:
            break
    assert hang is not None
    assert "frozen" in hang[1]
    assert len(rank.told) == 3


def test_the_limit_counts_from_when_all_was_well_and_longer_where_a_pace_is_kept() -> None:
    unborn = Rank(1.0, born_s=1e9)
    assert HangWatch(5.0).look([unborn], 59.9) is None
    assert HangWatch(5.0).look([unborn], 60.0) is not None
    later = HangWatch(5.0)
    later.progress(100.0)
    assert later.look([unborn], 159.9) is None
    watch, rank = HangWatch(5.0), Rank(1.0)
    watch.wait_s = 3.0
    for now_s, asked in ((0.0, 0), (7.9, 0), (8.0, 1)):
        watch.look([rank], now_s)
        assert len(rank.told) == asked


def test_a_rank_of_which_nobody_can_tell_any_more_is_not_seen_to_compute() -> None:
    class Lost(Rank):
        def cpu_s(self) -> float | None:
            return None if self.told else 0.0

    assert found([Lost(0.0)], answering={0}) is not None
