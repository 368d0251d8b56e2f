"""Reading a record at the edges of what can be: rows, lines, and the format that old records have."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.config.spec import make_spec, spec_toml
from engine.errors import RequestError
from engine.events.evaluator import Validated
from engine.events.ranks import StepAnatomy
from engine.events.run import Notice, RunFinished
from engine.events.shift import Shifted
from engine.events.states import StateSaved
from engine.record import reader, sound_rows
from engine.record.reader import read_record
from engine.record.replay import Replay
from engine.record.states import last_state
from engine.record.writer import Recorder
from engine.rows import STEP_ROW, Rows, StepBatch
from engine.sizes import size

SPEC = make_spec("spirals")
FIRST_FORM = Path(__file__).with_name("first_form")


def written(directory: Path, steps: Rows, *, notes: int = 0) -> Path:
    recorder = Recorder(directory, SPEC)
    recorder.write(StepBatch(steps))
    for number in range(notes):
        recorder.write(Notice(at_s=0.0, level="info", text=f"{number}"))
    assert recorder.close() is None
    return directory


def test_the_format_is_the_one_that_older_records_have(tmp_path: Path) -> None:
    run = written(tmp_path / "run", np.zeros(2, STEP_ROW))
    header = (run / "steps.bin").read_bytes()[:64]
    assert header == f"gearshift steps 1 {STEP_ROW.itemsize}\n".encode().ljust(64, b"\0")
    assert (run / "steps.bin").stat().st_size == 64 + 2 * STEP_ROW.itemsize
    assert (run / "run.toml").read_text() == spec_toml(SPEC)


def test_a_record_of_the_first_form_opens_and_is_gone_on_with(tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(FIRST_FORM, run)  # as it was written before spans were left out: 240 steps in three modes
    read = read_record(run)
    assert read.notes == []
    assert read.spec.knobs["copies"] == 1  # it had each digit once, when there was no such knob
    assert read.steps["step"].tolist() == list(range(240))
    assert np.unique(read.steps["segment"]).tolist() == [0, 1, 2]
    assert {type(event) for event in read.events} >= {Shifted, StepAnatomy, Validated, StateSaved, RunFinished}
    assert sum(len(m.rows) for m in Replay(run, at_end=True).take() if isinstance(m, StepBatch)) == 240
    state = last_state(run)
    assert state is not None
    assert state.step == 240
    recorder = Recorder(run, read.spec, resume=True)
    more = np.zeros(10, STEP_ROW)
    more["step"], more["at_s"], more["segment"] = np.arange(240, 250), 5.0, 3
    recorder.write(StepBatch(more))
    assert recorder.close() is None
    assert read_record(run).steps["step"].tolist() == list(range(250))
    assert (run / "spans.bin").read_bytes() == (FIRST_FORM / "spans.bin").read_bytes()


def test_spans_are_written_no_more(tmp_path: Path) -> None:
    run = written(tmp_path / "run", np.zeros(2, STEP_ROW))
    assert sorted(path.name for path in run.iterdir()) == ["events.jsonl", "lock", "run.toml", "steps.bin"]


@pytest.mark.parametrize("at_once", [1, 3, 100])
@pytest.mark.parametrize(
    ("field", "edge", "beyond"),
    [("step", 0, -1), ("segment", 0, -1), ("seconds", 0.0, -1e-9), ("samples", 0, -1), ("at_s", 0.0, np.inf),
     ("at_s", 0.0, np.nan)],
)  # fmt: skip
def test_rows_that_cannot_be_are_left_out_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str, edge: float, beyond: float, at_once: int
) -> None:
    monkeypatch.setattr(sound_rows, "ROWS_AT_ONCE", at_once)
    made = np.zeros(7, STEP_ROW)
    made["step"] = np.arange(7)
    made[field] = np.where(made["step"] == 4, beyond, made["step"] if field == "step" else edge)
    read = read_record(written(tmp_path / "run", made))
    assert read.steps.tolist() == np.delete(made, 4).tolist()
    assert read.notes == ["steps.bin has 1 damaged rows; they are left out."]


def test_a_file_of_another_version_is_told_by_how_it_begins(tmp_path: Path) -> None:
    run = written(tmp_path / "run", np.zeros(1, STEP_ROW))
    begins = b"gearshift steps 2 " + b"x" * 100
    (run / "steps.bin").write_bytes(begins)
    with pytest.raises(RequestError) as caught:
        read_record(run)
    assert repr(begins[:32]) in str(caught.value)


@pytest.mark.parametrize("more_bytes", [0, 1])
def test_rows_up_to_the_limit_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more_bytes: int) -> None:
    monkeypatch.setattr(reader, "ROWS", 5 - more_bytes)
    made = np.zeros(5, STEP_ROW)
    made["step"] = np.arange(5)
    read = read_record(written(tmp_path / "run", made))
    assert read.steps["step"].tolist() == list(range(5 - more_bytes))
    assert len(read.notes) == more_bytes


@pytest.mark.parametrize("less_bytes", [0, 1])
def test_events_up_to_the_limit_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, less_bytes: int) -> None:
    run = written(tmp_path / "run", np.zeros(1, STEP_ROW), notes=9)
    lines = (run / "events.jsonl").read_bytes().splitlines(keepends=True)
    monkeypatch.setattr(reader, "EVENTS_BYTES", sum(map(len, lines[:5])) - less_bytes)
    read = read_record(run)
    assert [event.text for event in read.events] == ["0", "1", "2", "3", "4"]  # type: ignore[union-attr]
    assert ["the rest is left out" in note for note in read.notes] == [True]
    monkeypatch.setattr(reader, "EVENTS_BYTES", sum(map(len, lines)))
    read = read_record(run)
    assert (len(read.events), read.notes) == (9, [])


@pytest.mark.parametrize("longest", [10, 11, 40])
def test_a_long_line_is_one_bad_line_however_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: int
) -> None:
    run = written(tmp_path / "run", np.zeros(1, STEP_ROW), notes=1)
    good = (run / "events.jsonl").read_bytes()
    monkeypatch.setattr(reader, "LINE_BYTES", len(good))
    for bad in (1, 2, 3):
        (run / "events.jsonl").write_bytes((b"x" * (len(good) + longest) + b"\n") * bad + good)
        read = read_record(run)
        assert len(read.events) == 1
        said = "1 line that" if bad == 1 else f"{bad} lines that"
        assert read.notes == [f"events.jsonl has {said} cannot be read; left out."]
    (run / "events.jsonl").write_bytes(good + b"x" * 3 * len(good))
    read = read_record(run)
    assert (len(read.events), len(read.notes)) == (1, 1)
    assert "ends in the middle of a line" in read.notes[0]


@pytest.mark.parametrize(("call", "code"), [("write", errno.ENOSPC), ("fsync", errno.EIO)])
def test_what_the_disk_does_not_take_is_told_with_how_much_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    recorder = Recorder(tmp_path / "run", SPEC)
    recorder.write(StepBatch(np.zeros(50_000, STEP_ROW)))

    def refused(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, refused)
        problem = recorder.close()
    assert problem is not None
    assert os.strerror(code) in problem
    waiting = size(50_000 * STEP_ROW.itemsize) if call == "write" else "0 B"
    assert f". {waiting} wait for room" in problem
    assert "left out" not in problem


def test_what_had_to_wait_for_the_disk_is_written_later_and_none_of_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = np.zeros(9, STEP_ROW)
    made["step"] = np.arange(9)
    recorder = Recorder(tmp_path / "run", SPEC)
    recorder.write(StepBatch(made))

    def refused(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", refused)
        assert recorder.flush() is not None
    assert recorder.flush() is None
    assert recorder.words_of_recovery == "The record is being written again; nothing of it was lost."
    assert recorder.close() is None
    assert read_record(tmp_path / "run").steps["step"].tolist() == list(range(9))
