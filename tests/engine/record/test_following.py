"""Looking on at a run that another process trains: real trainings, followed as they write."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.config.spec import make_spec
from engine.events.message import Message
from engine.events.run import Notice, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Shifted
from engine.record.following import Following
from engine.record.lock import holder_of
from engine.record.reader import read_record
from engine.record.writer import Recorder
from engine.rows import StepBatch
from tests.conftest import ROOT
from tests.messages import batch, begin

TRAIN = ["main.py", "train", "--workload", "spirals", "--set", "hidden=8", "--mode", "cpu,threads=1"]


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[tuple[Path, "subprocess.Popen[str]"]]:
    """A run of 3,000 steps with a shift in it, and the process that is at it: it has made a step."""
    directory = tmp_path / "run"
    words = ["--steps", "3000", "--shift", "1500:cpu,threads=1,precision=fp64", "--record", str(directory), "--quiet"]
    process = subprocess.Popen(
        [sys.executable, *TRAIN, *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    deadline_s = time.monotonic() + 60
    while not ((directory / "steps.bin").exists() and (directory / "steps.bin").stat().st_size > 1_000):
        assert time.monotonic() < deadline_s
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.02)
    yield directory, process
    end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """Kill it. What it started ends with it, and may be this process's own child by then."""
    with contextlib.suppress(psutil.Error):
        started = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        psutil.wait_procs(started, 10)
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def follow_to_its_end(following: Following, messages: list[Message]) -> None:
    """Take as a window does, until the run is an ordinary replay."""
    deadline_s = time.monotonic() + 100
    while not any(isinstance(m, StatusChanged) and m.status == "paused" and m.words == "replay" for m in messages):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
        messages += following.take()


def test_what_comes_is_shown_once_and_in_order_to_the_end(trained: tuple[Path, "subprocess.Popen[str]"]) -> None:
    directory, process = trained
    holder = holder_of(directory)
    assert holder == str(process.pid)
    following = Following(directory, holder)
    first = following.take()
    assert [m.status for m in first if isinstance(m, StatusChanged)][-1] == "running"
    assert any(f"trained by process {process.pid}" in m.text for m in first if isinstance(m, Notice))
    following.pause()
    following.shift("cpu,dp=2")
    refused = [m.text for m in following.take() if isinstance(m, Notice)]
    assert ["process" in text for text in refused] == [True, False]
    messages = list(first)
    follow_to_its_end(following, messages)
    assert process.wait(30) == 0
    record = read_record(directory)
    shown = np.concatenate([m.rows for m in messages if isinstance(m, StepBatch)])
    assert shown.tolist() == record.steps.tolist()
    assert len(shown) == 3_000
    told = [m for m in messages if isinstance(m, RunStarted | SegmentStarted | Shifted)]
    assert told == [event for event in record.events if isinstance(event, RunStarted | SegmentStarted | Shifted)]
    assert len(told) == 4
    assert following.take() == []
    following.close()


def test_a_training_that_is_killed_leaves_a_replay(trained: tuple[Path, "subprocess.Popen[str]"]) -> None:
    directory, process = trained
    following = Following(directory, str(process.pid))
    messages = following.take()
    end(process)
    follow_to_its_end(following, messages)
    shown = np.concatenate([m.rows for m in messages if isinstance(m, StepBatch)])
    assert shown.tolist() == read_record(directory).steps.tolist()
    assert holder_of(directory) is None
    following.close()


def test_rows_wait_for_the_segment_they_belong_to(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, make_spec("spirals"))
    recorder.write(begin(0, 0, 0.0))
    recorder.write(batch(0, 10))
    recorder.flush()
    following = Following(tmp_path, "1")
    following.take()
    recorder.write(batch(10, 10, segment=1, at_s=2.0))
    recorder.flush()  # as it is seen between the flush of rows and that of events
    assert [m for m in following.take() if isinstance(m, StepBatch)] == []
    recorder.write(begin(1, 10, 1.5))
    recorder.flush()
    found = [m for m in following.take() if isinstance(m, SegmentStarted | StepBatch)]
    assert [type(m) for m in found] == [SegmentStarted, StepBatch]
    assert found[1].rows["step"].tolist() == list(range(10, 20))  # type: ignore[union-attr]
    following.close()
    assert recorder.close() is None
