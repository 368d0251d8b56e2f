"""Slow, frozen, or waiting for each other: what a watch makes of ranks, by what they answer and how they compute."""

import numpy as np
import pytest

from engine.events import ProcessUsage
from engine.ipc.orders import AnyOrder, Ping
from engine.ipc.ring import RING_ROW
from engine.rows import Rows
from engine.session.hang import ANSWER_S, HangWatch
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


def found(ranks: list[Rank], *, answering: set[int], limit_s: float = 5.0) -> tuple[int, str] | None:
    """What the watch says first within 100 s of no progress, looking ten times a second."""
    watch = HangWatch(limit_s)
    watch.progress(0.0)
    for tenth in range(1_000):
        for rank in ranks:
            rank.now_s = tenth / 10
        asked = [isinstance(order, Ping) for rank in ranks for order in rank.told]
        if (hang := watch.look(ranks, tenth / 10)) is not None:
            assert tenth / 10 >= limit_s + ANSWER_S - 1e-9
            return hang
        for number in answering if asked else ():
            watch.answer(number)
    return None


def test_a_rank_that_does_not_answer_is_frozen() -> None:
    hang = found([Rank(1.0), Rank(0.0)], answering={0})
    assert hang is not None
    assert hang[0] == 1
    assert "frozen" in hang[1]


def test_a_rank_that_is_not_born_yet_is_not_frozen() -> None:
    assert found([Rank(1.0), Rank(1.0, born_s=40.0)], answering={0, 1}) is None
    hang = found([Rank(1.0), Rank(0.0, born_s=40.0)], answering={0})
    assert hang is not None
    assert "frozen" in hang[1]
    hang = found([Rank(1.0), Rank(1.0, born_s=80.0)], answering={0, 1})
    assert hang == (1, "was not started within 60 s.")


def test_ranks_that_answer_and_do_not_compute_wait_for_each_other() -> None:
    hang = found([Rank(0.0), Rank(0.01)], answering={0, 1})
    assert hang is not None
    assert "none of them computes" in hang[1]


@pytest.mark.parametrize("share", [1.0, 0.2, None])
def test_ranks_that_compute_or_of_which_nobody_can_tell_are_slow(share: float | None) -> None:
    assert found([Rank(share), Rank(share)], answering={0, 1}) is None
