"""How a saver writes a state: in chunks and with rests, one state at a time, and what it tells of it."""

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from engine.ipc.reports import Saved, Saving
from engine.rank.state import saver as module
from engine.rank.state.saver import Saver
from engine.record import states
from tests.saving import Told, shared_state, states_of_ranks

STEP = 7
NAME = "state-000000000007.safetensors"


class Chunks:
    """Does something for each chunk that is read; `now_s` and `worked_s` are what the saver's clocks show."""

    def __init__(self) -> None:
        self.now_s, self.worked_s = 50.0, 0.0
        self.rests_s: list[float] = []
        self.act: Callable[[], None] = lambda: None
        self._digest = hashlib.sha256()

    def update(self, chunk: memoryview) -> None:
        self._digest.update(chunk)
        self.act()

    def hexdigest(self) -> str:
        return self._digest.hexdigest()

    def take(self, seconds: float, work_s: float) -> None:
        """A chunk takes so long, and so long of a core."""
        self.now_s += seconds
        self.worked_s += work_s

    def wait(self, seconds: float) -> bool:
        """In place of an event that nobody sets."""
        self.rests_s.append(seconds)
        self.now_s += max(0.0, seconds)
        return False

    def clear(self) -> None: ...


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chunks]:
    """Of 96 bytes, so that a small state has several."""
    made = Chunks()
    monkeypatch.setattr(module, "CHUNK_BYTES", 96)
    monkeypatch.setattr(module, "hashlib", SimpleNamespace(sha256=lambda: made))
    monkeypatch.setattr(module, "perf_counter", lambda: made.now_s)
    monkeypatch.setattr(module, "thread_time", lambda: made.worked_s)
    yield made
    made.act = lambda: None  # what it knows of goes before what is left behind is looked for


def saved(saver: Saver, told: Told, **options: Any) -> list[Any]:
    """What is reported of a state that is saved."""
    saver.save(STEP, 1, **{"every_s": 1.0, "gently": False, **options})
    saver.wait()
    return [report for report in told.reports if isinstance(report, Saved)]


def test_memory_is_written_as_it_is_and_each_chunk_before_the_next_is_read(tmp_path: Path, chunks: Chunks) -> None:
    partial, sizes, priorities = tmp_path / f"{NAME}.partial", [], []

    def look() -> None:
        sizes.append(partial.stat().st_size)
        if sys.platform == "linux":
            priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        chunks.take(0.5, 0.25)

    chunks.act = look
    with shared_state(1.0) as state:
        total_bytes = state.layout.total_bytes
        assert total_bytes % 96  # the last chunk is a smaller one
        (report,) = saved(Saver(tmp_path, told := Told(), state), told, every_s=1.0)
        assert (tmp_path / NAME).read_bytes() == bytes(state.memory[:total_bytes])
    found = states.last_state(tmp_path)
    assert found is not None
    assert (found.step, found.state_bytes) == (STEP, total_bytes)
    assert sizes == [*range(0, total_bytes, 96)]
    assert set(priorities) <= {19}  # training goes first
    seconds, work_s = 0.5 * len(sizes), 0.25 * len(sizes)
    assert seconds > 1.0
    assert report == Saved(
        step=STEP, name=NAME, state_bytes=total_bytes, seconds=seconds, work_s=work_s, every_s=seconds, problem=""
    )


def test_a_disk_that_takes_a_little_at_a_time_gets_all_of_it(
    tmp_path: Path, chunks: Chunks, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_path = Path.open

    def opened(path: Path, *mode: Any, **options: Any) -> Any:
        file = open_path(path, *mode, **options)
        return Little(file) if path.suffix == ".partial" else file

    class Little:
        def __init__(self, file: Any) -> None:
            self._file = file

        def __enter__(self) -> "Little":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def write(self, data: memoryview) -> int:
            return self._file.write(data[:9])

    monkeypatch.setattr(Path, "open", opened)
    with shared_state(1.0) as state:
        (report,) = saved(Saver(tmp_path, told := Told(), state), told)
        assert (tmp_path / NAME).read_bytes() == bytes(state.memory[: state.layout.total_bytes])
    assert report.problem == ""


@pytest.mark.parametrize("gently", [True, False])
def test_beside_training_it_rests_a_hundred_times_as_long_as_it_works(
    tmp_path: Path, chunks: Chunks, gently: bool
) -> None:
    chunks.act = lambda: chunks.take(0.008, 0.008)
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told := Told(), state)
        saver._given_up = chunks  # type: ignore[assignment]
        (report,) = saved(saver, told, gently=gently, every_s=1_000.0)
    count = len(chunks.rests_s)
    assert count > 3
    assert chunks.rests_s == pytest.approx([0.0, *(count - 1) * [0.992 if gently else 0.0]])
    assert report.every_s == 1_000.0


def test_what_took_nothing_of_a_core_needs_no_rest(tmp_path: Path, chunks: Chunks) -> None:
    chunks.act = lambda: chunks.take(3.0, 0.001)
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told := Told(), state)
        saver._given_up = chunks  # type: ignore[assignment]
        saved(saver, told, gently=True)
    assert set(chunks.rests_s) == {0.0}


def test_every_tenth_of_a_second_it_tells_how_far_it_is(tmp_path: Path, chunks: Chunks) -> None:
    chunks.act = lambda: chunks.take(0.0625, 0.0)
    with shared_state(1.0) as state:
        saved(Saver(tmp_path, told := Told(), state), told)
        total_bytes = state.layout.total_bytes
    expected = [min(size, total_bytes) for size in range(192, total_bytes + 96, 192)]
    assert len(expected) > 1
    told_of = [report for report in told.reports if isinstance(report, Saving)]
    assert told_of == [Saving(step=STEP, saved_bytes=size, total_bytes=total_bytes) for size in expected]


def test_who_waits_is_told_once_a_second_and_a_state_waits_for_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []

    class Thread:
        """One that takes two seconds and a half."""

        def __init__(self, *, daemon: bool, **_: object) -> None:
            assert daemon  # a rank that is to end does not wait for it
            self.left_s = 0.0

        def start(self) -> None:
            self.left_s = 2.5
            done.append("start")

        def is_alive(self) -> bool:
            return self.left_s > 0

        def join(self, timeout_s: float) -> None:
            self.left_s -= timeout_s
            done.append(timeout_s)
            assert len(done) < 99

    monkeypatch.setattr(module, "threading", SimpleNamespace(Thread=Thread, Event=threading.Event))
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told := Told(), state)
        saver.wait()  # for nothing
        assert not saver.busy
        saver.save(STEP, 1, every_s=1.0, gently=True)
        assert saver.busy
        saver.save(STEP, 1, every_s=1.0, gently=True)
        assert done == ["start", 1.0, 1.0, 1.0, "start"]
        assert told.reports == 2 * [Saving(step=STEP, saved_bytes=0, total_bytes=state.layout.total_bytes)]
        saver.wait()
        assert not saver.busy


def test_one_that_rests_is_given_up_at_once_and_the_next_is_not(tmp_path: Path, chunks: Chunks) -> None:
    chunks.worked_s = 1e6
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told := Told(), state)
        saver.save(STEP, 1, every_s=1.0, gently=True)
        saver.abandon()
        saver.wait()
        assert told.reports == []
        assert not list(tmp_path.iterdir())
        assert saved(saver, told)[0].problem == ""


def test_one_that_is_given_up_after_its_directory_was_deleted_is_no_problem(tmp_path: Path, chunks: Chunks) -> None:
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told := Told(), state)

        def delete() -> None:
            (tmp_path / f"{NAME}.partial").unlink(missing_ok=True)
            saver.abandon()

        chunks.act = delete
        assert saved(saver, told) == []


def test_it_waits_until_every_rank_has_written_its_part(tmp_path: Path, chunks: Chunks) -> None:
    begun = threading.Event()
    chunks.act = begun.set
    with states_of_ranks(2) as (state, other):
        saver = Saver(tmp_path, told := Told(), state)
        saver.save(STEP, 1, every_s=1.0, gently=False)
        assert not begun.wait(0.1)
        other.begin()
        other.end()
        saver.wait()
        assert begun.is_set()
        assert told.reports[-1].problem == ""


@pytest.mark.parametrize("place", ["missing", "no directory"])
def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "no directory").write_bytes(b"")
    with shared_state(1.0) as state:
        (report,) = saved(Saver(tmp_path / place, told := Told(), state), told, every_s=2.5)
    assert place in report.problem
    assert report == Saved(
        step=STEP, name="", state_bytes=0, seconds=0.0, work_s=0.0, every_s=2.5, problem=report.problem
    )


@pytest.mark.parametrize("at", range(6))
def test_one_weight_that_is_not_finite_is_found_wherever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 2)
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told := Told(), state)
        assert saved(saver, told)[-1].problem == ""
        state.views["model.weight"].view(-1)[at] = torch.nan
        assert "no longer finite" in saved(saver, told)[-1].problem
