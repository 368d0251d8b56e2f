"""The record: whole after any cut, replayed as it was, and nothing in it can do harm."""

import contextlib
import os
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from engine.config.spec import make_spec, spec_toml
from engine.errors import RequestError, Sentence
from engine.events.evaluator import Surface
from engine.events.ranks import StepAnatomy
from engine.events.run import Notice, RunStarted, SegmentStarted, StatusChanged
from engine.record import reader
from engine.record.reader import read_record
from engine.record.replay import Replay
from engine.record.writer import Recorder
from engine.rows import STEP_ROW, StepBatch

SPEC = make_spec("spirals")


def rows(first: int, count: int, at_s: float) -> StepBatch:
    made = np.zeros(count, STEP_ROW)
    made["step"] = np.arange(first, first + count)
    made["loss"] = np.linspace(1, 2, count)
    made["at_s"] = at_s + np.arange(1, count + 1) * 0.01
    made["seconds"], made["samples"] = 0.01, 64
    return StepBatch(made)


def started(step: int, at_s: float) -> RunStarted:
    return RunStarted(at_s=at_s, spec=spec_toml(SPEC), step=step, started_unix_s=0.0, directory="x")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """300 steps, some events."""
    directory = tmp_path / "run"
    directory.mkdir()
    recorder = Recorder(directory, SPEC)
    recorder.write(started(0, 0.0))
    recorder.write(SegmentStarted(at_s=0.0, segment=0, step=0, mode="cpu", words="w", ranks=(), warmup_steps=3))
    for first in range(0, 300, 100):
        recorder.write(rows(first, 100, first / 100))
        recorder.write(Notice(at_s=first / 100 + 0.5, level="info", text=f"after {first}"))
        assert recorder.flush() is None
    assert recorder.close() is None
    return directory


def test_what_was_written_is_read(record: Path) -> None:
    read = read_record(record)
    assert read.spec == SPEC
    assert read.steps["step"].tolist() == list(range(300))
    assert len(read.events) == 5
    assert read.notes == []


@pytest.mark.parametrize("name", ["steps.bin", "events.jsonl"])
def test_cut_anywhere_the_whole_prefix_is_read(record: Path, name: str) -> None:
    whole = (record / name).read_bytes()
    rng = np.random.default_rng(3)
    for end in [0, 1, 63, 64, 65, *rng.integers(64, len(whole), 25).tolist()]:
        (record / name).write_bytes(whole[:end])
        read = read_record(record)
        steps = read.steps["step"].tolist()
        assert steps == list(range(len(steps)))
        if name == "steps.bin":
            assert len(steps) == max(0, end - 64) // STEP_ROW.itemsize
        unit = STEP_ROW.itemsize if name == "steps.bin" else None
        is_torn = whole[:end][-1:] not in (b"", b"\n") if unit is None else end > 64 and (end - 64) % unit > 0
        assert any("ends in the middle" in note for note in read.notes) == is_torn
    (record / name).unlink()
    assert any(name in note for note in read_record(record).notes)


def test_a_flipped_byte_costs_its_row_and_no_other(record: Path) -> None:
    whole = (record / "steps.bin").read_bytes()
    clean = np.array(read_record(record).steps)
    rng = np.random.default_rng(4)
    refused = left_out = 0
    for at in [*range(0, 70), *rng.integers(70, len(whole), 150).tolist()]:
        damaged = bytearray(whole)
        damaged[at] ^= int(rng.integers(1, 256))
        (record / "steps.bin").write_bytes(damaged)
        if at < 64:
            with pytest.raises(RequestError, match="not a file of this version"):
                read_record(record)
            refused += 1
            continue
        read = read_record(record)
        others = np.delete(clean, (at - 64) // STEP_ROW.itemsize)
        assert np.isin(others, read.steps).all()
        assert 299 <= len(read.steps) <= 300
        assert bool(read.notes) == (len(read.steps) == 299)
        left_out += len(read.steps) == 299
    assert refused == 64
    assert left_out > 5  # a sign bit in each of some fields, a time that is no number


def test_lines_that_are_no_events_are_left_out_and_counted(record: Path) -> None:
    lines = (record / "events.jsonl").read_bytes()
    assert len(read_record(record).events) == 5
    broken = [
        b'{"event":"notice",{"at_s":1}}',
        b"\xff\xfe",
        b'{"event":"os.system","at_s":1}',
        b'{"event":"notice","at_s":1,"level":"info","text":"x","extra":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"event":"changed","at_s":1,"step":' + b"9" * 5_000 + b',"lr":1,"batch_size":1}',
        b'{"event":"changed","at_s":1,"step":' + b"9" * 30 + b',"lr":1,"batch_size":1}',
        b'{"event":"changed","at_s":1e400,"step":1,"lr":1,"batch_size":1}',
        b'{"event":"changed","at_s":-5,"step":1,"lr":1,"batch_size":1}',
        b'{"event":"surface","at_s":1,"step":1,"x_min":0,"x_max":1,"y_min":0,"y_max":1,"width":9,"height":9,'
        b'"probability":""}',
        b'{"event":"shifted","at_s":1}',
        b"",
    ]
    for count, line in enumerate(broken, start=1):
        with (record / "events.jsonl").open("ab") as file:
            file.write(line + b"\n")
        read = read_record(record)
        assert len(read.events) == 5, line[:80]
        assert any(f" {count:,} line" in note for note in read.notes), read.notes
    (record / "events.jsonl").write_bytes(lines.replace(b'"info"', b'{"info"'))
    assert len(read_record(record).events) == 2


def test_a_line_too_long_to_be_an_event_is_left_out_and_the_next_are_read(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LINE_BYTES", 1_000)
    whole = (record / "events.jsonl").read_bytes()
    (record / "events.jsonl").write_bytes(b"x" * 3_500 + b"\n" + whole)
    read = read_record(record)
    assert len(read.events) == 5
    assert read.notes == ["events.jsonl has 1 line that cannot be read; left out."]


@pytest.mark.parametrize("name", ["run.toml", "events.jsonl"])
def test_what_is_too_large_is_not_taken_into_memory(record: Path, name: str) -> None:
    with (record / name).open("r+b") as file:
        file.truncate(2**40)  # holes: it takes no room on the disk
    begin_s = time.monotonic()
    tracemalloc.start()
    if name == "run.toml":
        with pytest.raises(RequestError, match="more than 65,536 bytes"):
            read_record(record)
    else:
        read = read_record(record)
        assert len(read.events) == 5
        assert any("the rest is left out" in note for note in read.notes)
        for size_bytes, why in ((2**40, "536,870,912 bytes or more"), (2**28, "no whole line in its last")):
            os.truncate(record / name, size_bytes)
            with pytest.raises(RequestError, match=why):
                Recorder(record, SPEC, resume=True)
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    tracemalloc.stop()
    assert time.monotonic() - begin_s < 20.0


def test_of_too_many_rows_the_first_are_read_without_holding_them(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "ROWS", 2**23)
    with (record / "steps.bin").open("r+b") as file:
        file.truncate(2**40)
    tracemalloc.start()
    read = read_record(record)
    assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    tracemalloc.stop()
    assert len(read.steps) == 300  # what a disk fills up with zeros is no row
    assert any("the first 8,388,608 are read" in note for note in read.notes)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes with a name in a directory")
@pytest.mark.parametrize("name", ["run.toml", "events.jsonl", "steps.bin"])
def test_a_pipe_in_a_record_is_not_waited_for(record: Path, name: str) -> None:
    (record / name).unlink()
    os.mkfifo(record / name)
    if name == "run.toml":
        with pytest.raises(RequestError, match="not a plain file"):
            read_record(record)
    else:
        assert any(name in note for note in read_record(record).notes)
    with pytest.raises(RequestError, match="not a plain file") if name != "run.toml" else contextlib.nullcontext():
        Recorder(record, SPEC, resume=True).close()


@pytest.mark.parametrize("path", ["a\0b", "\ud800", "x" * 5_000, "missing", ""])
def test_a_place_that_cannot_be_is_a_sentence(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError):
        read_record(Path(path))


def test_a_cut_record_can_be_continued(record: Path) -> None:
    whole = (record / "steps.bin").read_bytes()
    (record / "steps.bin").write_bytes(whole[:-20])
    events = (record / "events.jsonl").read_bytes()
    (record / "events.jsonl").write_bytes(events + b'{"half')
    recorder = Recorder(record, SPEC, resume=True)
    recorder.write(started(250, 10.0))
    recorder.write(rows(250, 20, 10.0))
    assert recorder.close() is None
    read = read_record(record)
    assert read.steps["step"].tolist() == list(range(270))
    assert len(read.events) == 6  # as they were, and the start
    assert read.notes == []


@pytest.mark.parametrize("name", ["steps.bin", "events.jsonl"])
def test_going_on_with_a_cut_record_keeps_its_whole_units_to_the_byte(record: Path, name: str) -> None:
    whole = (record / name).read_bytes()
    unit = STEP_ROW.itemsize if name == "steps.bin" else None
    for end in [0, 10, 63, 64, 65, *range(len(whole) - 120, len(whole) + 1, 7)]:
        (record / name).write_bytes(whole[:end])
        assert Recorder(record, SPEC, resume=True).close() is None
        kept = whole[:end].rfind(b"\n") + 1 if unit is None else 0 if end < 64 else end - (end - 64) % unit
        assert (record / name).read_bytes() == whole[:kept]


def test_no_record_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"no run\.toml"):
        read_record(tmp_path)
    (tmp_path / "run.toml").write_text('workload = "spirals"')
    with pytest.raises(RequestError, match="batch_size"):
        read_record(tmp_path)


def test_replay_gives_the_same_messages_by_its_own_clock(record: Path) -> None:
    now = [100.0]
    replay = Replay(record, clock=lambda: now[0])
    assert [m for m in replay.take() if isinstance(m, StepBatch)] == []
    replay.play()
    now[0] += 1.0
    first = [m for m in replay.take() if isinstance(m, StepBatch)]
    seen = [step for m in first for step in m.rows["step"].tolist()]
    assert seen == list(range(100))
    replay.shift("cpu,dp=2")
    replay.change(lr=0.5)
    replay.slow_down(factor=2.0)
    replay.break_rank(0)
    refused = [m.text for m in replay.take() if isinstance(m, Notice) and "replay" in m.text]
    assert ["cpu,dp=2" in text for text in refused] == [True, False, False, False]
    assert all(isinstance(text, Sentence) for text in refused)  # a catalogue can know them
    replay.step(5)
    seen += [step for m in replay.take() if isinstance(m, StepBatch) for step in m.rows["step"].tolist()]
    assert seen == list(range(105))
    at_end = Replay(record, at_end=True).take()
    assert sum(len(m.rows) for m in at_end if isinstance(m, StepBatch)) == 300
    order = [m.at_s for m in at_end if hasattr(m, "at_s")]
    assert order == sorted(order)


def test_steps_taken_apart_are_kept_ever_more_rarely_in_a_segment(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run", SPEC)
    for begin_s in (0.0, 400.0):
        recorder.write(SegmentStarted(at_s=begin_s, segment=0, step=0, mode="cpu", words="w", ranks=(), warmup_steps=3))
        for number in range(1_600):
            at_s = begin_s + number * 0.25
            recorder.write(
                StepAnatomy(at_s=at_s, segment=0, step=0, ranks=(), clock_offset_s=0.0, clock_error_s=0.0, skipped=0)
            )
    assert recorder.close() is None
    times_s = [event.at_s for event in read_record(tmp_path / "run").events if isinstance(event, StepAnatomy)]
    for begin_s in (0.0, 400.0):
        kept_s = np.array([at_s - begin_s for at_s in times_s if begin_s <= at_s < begin_s + 400.0])
        gaps_s, needed_s = np.diff(kept_s), np.maximum(1.0, 0.05 * kept_s[1:])
        assert kept_s[:4].tolist() == [0.0, 1.0, 2.0, 3.0]
        assert kept_s[-1] > 370.0
        assert (gaps_s >= needed_s).all()
        assert (gaps_s < needed_s + 0.51).all()


def test_bytes_in_events_survive(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, SPEC)
    picture = bytes(range(256))
    recorder.write(
        Surface(at_s=1.0, step=1, x_min=0, x_max=1, y_min=0, y_max=1, width=16, height=16, probability=picture)
    )
    recorder.write(StatusChanged(at_s=2.0, status="paused", step=1))
    recorder.close()
    read = read_record(tmp_path)
    assert isinstance(read.events[0], Surface)
    assert read.events[0].probability == picture


def test_a_run_that_was_cut_off_is_shown_as_paused(record: Path) -> None:
    with (record / "events.jsonl").open("ab") as file:
        file.write(b'{"event":"statuschanged","at_s":1.0,"status":"running","step":5,"words":""}\n')
    statuses = [m for m in Replay(record, at_end=True).take() if isinstance(m, StatusChanged)]
    assert (statuses[-1].status, statuses[-1].step) == ("paused", 300)
