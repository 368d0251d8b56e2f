"""A replay that is wound: what is due from any moment on, back from the beginning, at any speed, in portions."""

from pathlib import Path

import numpy as np
import pytest

from engine.events.message import Message
from engine.events.run import Notice, SegmentStarted, StatusChanged
from engine.record.following import Following
from engine.record.reader import Record
from engine.record.replay import Replay
from engine.rows import StepBatch
from tests.engine.record.test_library import record


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Forty steps in four seconds and four segments."""
    return record(tmp_path / "run", samples=3)


def steps(messages: list[Message]) -> list[int]:
    batches = [message.rows["step"] for message in messages if isinstance(message, StepBatch)]
    return np.concatenate(batches).tolist() if batches else []


def test_it_is_wound_forward_and_back(run: Path) -> None:
    replay = Replay(run, clock=lambda: 0.0)
    assert steps(replay.take()) == []
    assert not replay.wind(1.05)
    assert steps(replay.take()) == list(range(10))
    assert (replay.at_s, replay.end_s, replay.shown_step, replay.steps) == (1.05, pytest.approx(4.0), 10, 40)
    assert not replay.wind(2.05)
    assert steps(replay.take()) == list(range(10, 20))
    assert replay.wind(0.55)
    messages = replay.take()
    assert steps(messages) == list(range(5))
    assert [m.segment for m in messages if isinstance(m, SegmentStarted)] == [0]
    assert not replay.wind(99.0)
    assert steps(replay.take()) == list(range(5, 40))
    assert not any(isinstance(m, Notice) for m in messages)


def test_the_status_is_told_after_what_led_to_it(run: Path) -> None:
    replay = Replay(run, clock=lambda: 0.0)
    replay.wind(2.05)
    *_, last = replay.take()
    assert isinstance(last, StatusChanged)
    assert (last.status, last.step, last.words) == ("paused", 20, "replay")
    replay.play()
    *_, last = replay.take()
    assert (last.status, replay.is_playing) == ("running", True)  # type: ignore[union-attr]


def test_it_plays_as_fast_as_it_is_told_to_and_stops_at_the_end(run: Path) -> None:
    now = [0.0]
    replay = Replay(run, clock=lambda: now[0])
    replay.play()
    now[0] = 0.55
    assert steps(replay.take()) == list(range(5))
    replay.keep_speed(4.0)
    assert replay.at_s == pytest.approx(0.55)
    now[0] += 0.25
    assert replay.at_s == pytest.approx(1.55)
    assert steps(replay.take()) == list(range(5, 15))
    replay.wind(0.25)  # a clock that runs goes on from there
    assert replay.is_playing
    now[0] += 0.5
    assert steps(replay.take()) == list(range(22))
    now[0] += 100.0
    assert steps(replay.take()) == list(range(22, 40))
    assert not replay.is_playing
    replay.play()  # there is nothing more
    assert not replay.is_playing


def test_portions_come_one_after_the_other_and_leave_nothing_out(run: Path) -> None:
    whole = Replay(run, at_end=True).take()
    replay = Replay(run, at_end=True)
    replay.portion = 4
    pieces = [replay.take() for _ in range(20)]
    assert max(map(len, pieces)) <= 6
    told = [message for piece in pieces for message in piece]
    assert steps(told) == steps(whole)
    assert [m for m in told if not isinstance(m, StepBatch)] == [m for m in whole if not isinstance(m, StepBatch)]


def test_what_is_trained_elsewhere_cannot_be_wound() -> None:
    assert Replay.can_wind
    assert not Following.can_wind


@pytest.mark.parametrize("at", [1, 2, 3])
def test_it_may_be_closed_by_another_thread_at_any_moment_while_it_is_looked_at(run: Path, at: int) -> None:
    class Closed(Replay):
        """Closed at the moment when its record, or the clock, is looked at for the `at`-th time from then on."""

        looks = -1_000

        @property
        def _record(self) -> Record:
            self.look()
            return self.__dict__["record"]

        @_record.setter
        def _record(self, record: Record) -> None:
            self.__dict__["record"] = record

        def look(self) -> float:
            self.looks += 1
            if self.looks == at:
                self.close()
            return 0.0

    for look in (Closed.shown_step, Closed.steps, Closed.at_s, Closed.is_playing):
        replay = Closed(run, at_end=True)
        replay.take()
        replay.wind(1.05)
        replay._clock = replay.look
        replay.play()
        replay.looks = 0
        assert look.fget(replay) >= 0  # type: ignore[attr-defined]
    replay = Replay(run, at_end=True)
    replay.take()
    shown = replay._next_step
    replay.close()
    replay._next_step = shown  # as a take that was under way leaves it
    assert replay.shown_step == 0
    assert replay.take() == []
