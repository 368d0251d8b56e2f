"""`train --shift` and `--at`: each takes effect at its step, which parity of the losses cannot see."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli.train import main
from engine.events.run import Changed, Paced, SegmentStarted
from engine.events.shift import Shifted
from engine.record.reader import Record, read_record
from tests.conftest import ROOT


def train(tmp_path: Path, *options: str) -> tuple[Record, list[dict[str, Any]]]:
    command = [sys.executable, "main.py", "train", "--workload", "digits-mlp", "--set", "hidden=128", "--quiet"]
    record = tmp_path / "run"
    out = subprocess.run(
        [*command, "--batch-size", "32", "--record", str(record), "--json", "-", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert out.returncode == 0, out.stderr
    return read_record(record), [json.loads(line) for line in out.stdout.splitlines()]


def segments(record: Record) -> list[tuple[int, str]]:
    """(first step, mode) of each segment, as events tell it; the rows must say the same."""
    told = [(event.step, event.mode) for event in record.events if isinstance(event, SegmentStarted)]
    rows, firsts = record.steps, []
    for segment in dict.fromkeys(rows["segment"].tolist()):
        firsts.append(int(rows["step"][rows["segment"] == segment][0]))
    with_steps = [step for index, (step, _) in enumerate(told) if index + 1 == len(told) or told[index + 1][0] != step]
    assert firsts == with_steps
    return told


def test_a_shift_on_a_long_way_is_made_at_its_step(tmp_path: Path) -> None:
    record, lines = train(tmp_path, "--mode", "cpu,threads=1", "--steps", "6000", "--shift", "5000:cpu,threads=2")
    assert segments(record) == [(0, "cpu,threads=1"), (5000, "cpu,threads=2")]
    assert [event.step for event in record.events if isinstance(event, Shifted)] == [5000]
    assert [line["step"] for line in lines if line.get("event") == "shift"] in ([5000], [])
    assert record.steps["step"].tolist() == list(range(6000))


def test_shifts_and_changes_at_the_same_step_are_all_made_there(tmp_path: Path) -> None:
    record, _ = train(
        tmp_path,
        *("--steps", "330", "--mode", "cpu,threads=1"),
        *("--shift", "0:cpu,threads=2", "--shift", "3:cpu,threads=1", "--shift", "4:cpu,dp=2"),
        *("--shift", "300:cpu,pp=2", "--shift", "300:cpu,threads=2"),
        *("--at", "300:lr=0.0005", "--at", "310:batch_size=16", "--at", "310:lr=0.0001"),
    )
    assert segments(record) == [
        (0, "cpu,threads=1"),
        (0, "cpu,threads=2"),
        (3, "cpu,threads=1"),
        (4, "cpu,dp=2"),
        (300, "cpu,pp=2"),
        (300, "cpu,threads=2"),
    ]
    changes = [(event.step, event.lr, event.batch_size) for event in record.events if isinstance(event, Changed)]
    assert changes[1:] == [(300, 0.0005, 32), (310, 0.0005, 16), (310, 0.0001, 16)]
    samples = record.steps["samples"].tolist()
    assert samples == [32] * 310 + [16] * 20


def test_a_pace_is_kept_from_its_step_on(tmp_path: Path) -> None:
    record, _ = train(tmp_path, "--steps", "90", "--pace", "100", "--at", "60:pace=20", "--at", "75:pace=full")
    told = [(event.step, event.steps_per_s) for event in record.events if isinstance(event, Paced)]
    assert told == [(0, 100.0), (60, 20.0), (75, None)]
    apart_s = np.diff(record.steps["at_s"])
    assert np.median(apart_s[5:59]) == pytest.approx(0.01, abs=0.003)
    assert np.median(apart_s[61:74]) == pytest.approx(0.05, abs=0.01)
    assert np.median(record.steps["seconds"]) < 0.009


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--pace", "0"], "pace = 0.0 must be"),
        (["--at", "5:pace=fast"], "must be a number"),
        (["--pace", "x"], "invalid"),
    ],
)
def test_a_pace_that_cannot_be_is_refused(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        assert main(options) == 2
    assert said in capsys.readouterr().err
