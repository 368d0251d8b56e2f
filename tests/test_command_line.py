"""`gearshift train` and the lists, as they are typed: exit statuses, JSON lines, sentences."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT


def run(*arguments: str, limit_s: float = 90) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit_s, check=False)


SMALL = ["--set", "hidden=16", "--batch-size", "32"]


def test_train_writes_json_lines_of_steps_shifts_and_a_summary(tmp_path: Path) -> None:
    out = run(
        "train", *SMALL, "--steps", "40", "--shift", "10:cpu,dp=2", "--shift", "25:cpu,threads=1",
        "--at", "20:lr=0.01", "--json", "-", "--record", str(tmp_path / "run"),
    )  # fmt: skip
    assert out.returncode == 0, out.stderr
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    steps = [line for line in lines if "event" not in line]
    assert [line["step"] for line in steps] == list(range(40))
    assert [line["segment"] for line in steps] == [0] * 10 + [1] * 15 + [2] * 15
    shifts = [line for line in lines if line.get("event") == "shift"]
    assert [(s["step"], s["from"], s["to"]) for s in shifts] == [
        (10, "cpu,threads=1", "cpu,dp=2"),
        (25, "cpu,dp=2", "cpu,threads=1"),
    ]
    for shift in shifts:
        first = steps[shift["step"]]
        gap_s = first["at_s"] - first["seconds"] - steps[shift["step"] - 1]["at_s"]
        assert shift["seconds"] == pytest.approx(gap_s)
        assert {"gather_s", "start_s", "load_s", "first_step_s"} <= shift.keys()
    summary = lines[-1]
    assert summary["event"] == "summary"
    assert [segment["steps"] for segment in summary["segments"]] == [10, 15, 15]
    assert 0 <= summary["validation_accuracy"] <= 1
    again = run("train", "--resume", str(tmp_path / "run"), "--steps", "50", "--quiet", "--json", "-")
    assert again.returncode == 0, again.stderr
    resumed = [json.loads(line) for line in again.stdout.splitlines()]
    assert [line["step"] for line in resumed if "event" not in line] == list(range(40, 50))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--workload", "nothing"], "nothing"),
        (["--mode", "cpu,tp=9"], "tp"),
        (["--mode", "cuda:0"], "cuda"),
        (["--set", "hidden"], "NAME=VALUE"),
        (["--set", "hidden=0"], "hidden"),
        (["--batch-size", "0"], "batch_size"),
        (["--steps", "10", "--shift", "10:cpu"], "never made"),
        (["--shift", "x:cpu"], "--shift"),
        (["--at", "3:seed=1"], "seed"),
        (["--spec", "missing.toml"], "missing.toml"),
        (["--resume", "missing"], "missing"),
        (["--epochs", "1", "--steps", "1"], "not allowed"),
    ],
)
def test_wrong_requests_exit_with_2_and_a_sentence(arguments: list[str], word: str) -> None:
    out = run("train", *arguments)
    assert out.returncode == 2
    assert word in out.stderr
    assert "Traceback" not in out.stderr


def test_interrupt_keeps_the_run(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    command = [sys.executable, "main.py", "train", *SMALL, "--json", str(lines), "--record", str(tmp_path / "r")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        deadline_s = time.monotonic() + 60
        while not lines.exists() or lines.read_bytes().count(b"\n") < 50:
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    last = json.loads(lines.read_text().splitlines()[-1])
    assert last["event"] == "summary"
    again = run("train", "--resume", str(tmp_path / "r"), "--steps", str(last["steps"] + 5), "--quiet", "--json", "-")
    assert json.loads(again.stdout.splitlines()[0])["step"] == last["steps"]


def test_diverging_run_exits_with_3_and_names_the_step() -> None:
    out = run("train", *SMALL, "--optimizer", "sgd", "--lr", "1e6", "--quiet")
    assert out.returncode == 3
    assert "step" in out.stderr
    assert "learning rate" in out.stderr


@pytest.mark.parametrize("command", ["modes", "workloads", "hardware"])
def test_lists_for_people_and_programs(command: str) -> None:
    assert run(command).stdout.strip()
    assert json.loads(run(command, "--json").stdout)


def test_unknown_command_is_told() -> None:
    out = run("trian")
    assert out.returncode == 2
    assert "trian" in out.stderr
