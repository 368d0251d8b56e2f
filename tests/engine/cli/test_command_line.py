"""`gearshift train` and the lists, as they are typed: exit statuses, JSON lines, sentences."""

import importlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from engine.cli import train
from engine.config.examples import examples
from engine.config.spec import make_spec
from engine.events.ranks import SlowedDown
from engine.events.run import RunStarted
from engine.record.reader import read_record
from engine.record.states import last_state
from engine.record.writer import Recorder
from gui.cli import preview
from main import COMMANDS
from tests.conftest import ROOT


def run(*arguments: str, limit_s: float = 90, environment: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
        env={**os.environ, **environment},
    )


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
        assert 0.0 < shift["seconds"] <= gap_s  # there is no training while ranks are prepared for a step that is due
        assert shift["gather_s"] + shift["start_s"] + shift["load_s"] == pytest.approx(shift["seconds"])
        assert "first_step_s" in shift
    summary = lines[-1]
    assert summary["event"] == "summary"
    assert [segment["steps"] for segment in summary["segments"]] == [10, 15, 15]
    assert 0 <= summary["validation_metric"] <= 1
    assert summary["metric"] == "accuracy"
    again = run("train", "--resume", str(tmp_path / "run"), "--steps", "50", "--quiet", "--json", "-")
    assert again.returncode == 0, again.stderr
    resumed = [json.loads(line) for line in again.stdout.splitlines()]
    assert [line["step"] for line in resumed if "event" not in line] == list(range(40, 50))
    manifest = tmp_path / "run" / "state-000000000050.json"
    flipped = bytearray(manifest.read_bytes())
    flipped[30] ^= 0x80
    manifest.write_bytes(flipped)
    once_more = run("train", "--resume", str(tmp_path / "run"), "--steps", "45", "--quiet", "--json", "-")
    assert once_more.returncode == 0, once_more.stderr
    assert "state-000000000050.json is damaged" in once_more.stderr
    assert json.loads(once_more.stdout.splitlines()[0])["step"] == 40
    assert [event.step for event in read_record(tmp_path / "run").events if isinstance(event, RunStarted)] == [
        0,
        40,
        40,
    ]


def test_without_an_evaluator_nothing_is_validated() -> None:
    out = run("train", *SMALL, "--steps", "20", "--no-evaluator", "--json", "-")
    assert out.returncode == 0, out.stderr
    assert json.loads(out.stdout.splitlines()[-1])["validation_loss"] is None
    assert "The evaluator is switched off: no validation" in out.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--workload", "nothing"], "nothing"),
        (["--mode", "cpu,tp=9"], "tp"),
        (["--set", "hidden"], "NAME=VALUE"),
        (["--set", "hidden=0"], "hidden"),
        (["--batch-size", "0"], "batch_size"),
        (["--steps", "10", "--shift", "10:cpu"], "never made"),
        (["--shift", "x:cpu"], "--shift"),
        (["--at", "3:seed=1"], "seed"),
        (["--spec", "missing.toml"], "missing.toml"),
        (["--resume", "missing"], "missing"),
        (["--epochs", "1", "--steps", "1"], "not allowed"),
        (["--epochs", "nan"], "--epochs nan"),
        (["--epochs", "inf"], "--epochs inf"),
        (["--epochs", "-1"], "--epochs -1"),
        (["--lr", "1e400"], "lr = inf"),
        (["--lr", "nan"], "lr = nan"),
        (["--hang-limit", "nan"], "hang_limit_s = nan"),
        (["--seed", "9" * 5_000], "--seed"),
        (["--set", "hidden=" + "9" * 5_000], "hidden = inf"),
        (["--set", "=1"], "''"),
        (["--set", "hidden="], "hidden = ''"),
        (["--workload", ""], "workload ''"),
        (["--mode", ""], "empty"),
        (["--mode", "x" * 100_000], "mode"),
        (["--shift", "²:cpu"], "--shift '²:cpu'"),
        (["--shift", "٣:cpu"], "--shift"),
        (["--shift", ":cpu"], "--shift"),
        (["--shift", "-1:cpu"], "--shift"),
        (["--shift", "9" * 19 + ":cpu"], "--shift"),
        (["--shift", "5:"], "empty"),
        (["--shift", "5"], "colon"),
        (["--at", "5:lr="], "lr = ''"),
        (["--at", "5:lr=nan"], "lr = nan"),
        (["--at", "5:lr"], "NAME=VALUE"),
        (["--at", "5:batch_size=1e3"], "batch_size = 1000.0"),
        (["--at", "5:batch_size=²"], "batch_size = '²'"),
        (["--spec", "."], "not a plain file"),
        (["--spec", "/dev/zero"], "not a plain file"),
        (["--spec", "x" * 5_000], "cannot be read"),
        (["--resume", "main.py"], "main.py"),
        (["--resume", ""], "run.toml"),
        (["--record", "main.py"], "main.py is not a directory"),
        (["--record", "main.py/run"], "main.py is not a directory"),
        (["--record", "x" * 5_000], "name too long"),
        (["--record", "engine"], "not empty"),
        (["--json", "."], "--json ."),
        (["--json", "missing/lines"], "missing/lines"),
        (["--json", "main.py/lines"], "main.py/lines"),
        (["--json", ""], "--json"),
    ],
)
def test_wrong_requests_exit_with_2_and_a_sentence(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    try:
        status = train.main(arguments)
    except SystemExit as error:  # argparse's own
        status = int(str(error.code))
    said = capsys.readouterr().err
    assert status == 2
    assert word.lower() in said.lower()
    assert len(said) < 3_000 or len(arguments[1]) > 3_000


@pytest.mark.parametrize(("arguments", "word"), [(["--shift", "²:cpu"], "--shift"), (["--mode", "cuda:0"], "cuda")])
def test_a_wrong_request_as_it_is_typed(arguments: list[str], word: str) -> None:
    out = run("train", *arguments)
    assert (out.returncode, "Traceback" in out.stderr) == (2, False)
    assert word in out.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes with a name in a directory")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.toml")
    for arguments, word in (
        (["--spec", str(tmp_path / "run.toml")], "not a plain file"),
        (["--resume", str(tmp_path)], "not a plain file"),
        (["--json", str(tmp_path / "run.toml")], "nobody reads"),
    ):
        out = run("train", *arguments, limit_s=30)
        assert (out.returncode, "Traceback" in out.stderr) == (2, False)
        assert word in out.stderr


def test_lines_are_not_written_over_what_is_trained(tmp_path: Path) -> None:
    spec = tmp_path / "run.toml"
    spec.write_text('workload = "spirals"\n')
    out = run("train", "--spec", str(spec), "--json", str(spec))
    assert (out.returncode, "written over" in out.stderr) == (2, True)
    assert spec.read_text() == 'workload = "spirals"\n'


def test_a_saved_mode_that_this_machine_lacks_is_told(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    recorder = Recorder(directory, make_spec("spirals", mode="cuda:7", steps=50))
    assert recorder.close() is None
    out = run("train", "--resume", str(directory))
    assert (out.returncode, "Traceback" in out.stderr) == (2, False)
    assert "cuda:7" in out.stderr
    again = run("train", "--resume", str(directory), "--mode", "cpu", "--json", "-", "--quiet")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["steps"] == 50  # the run's own number of steps was kept


def test_whoever_reads_the_lines_may_leave(tmp_path: Path) -> None:
    command = [sys.executable, "main.py", "train", *SMALL, "--json", "-", "--record", str(tmp_path / "r")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(3):
            assert json.loads(process.stdout.readline())
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 141
    assert "Traceback" not in said
    assert "rror" not in said
    state = last_state(tmp_path / "r")
    assert state is not None
    assert state.step == len(read_record(tmp_path / "r").steps)  # and the run is kept


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_lines_that_find_no_room_stop_the_run_and_keep_it(tmp_path: Path) -> None:
    out = run("train", *SMALL, "--json", "/dev/full", "--record", str(tmp_path / "r"), "--quiet")
    assert out.returncode == 3
    assert out.stderr.count("\n") == 1
    assert "--json /dev/full cannot be written any more: No space left on device" in out.stderr
    assert last_state(tmp_path / "r") is not None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("workloads >/dev/full", 3),
        ("train --workload nothing 2>/dev/full", 3),
        ("workloads >&-", 0),
        ("train --workload nothing 2>&-", 2),
    ],
)
def test_an_output_that_takes_nothing_is_no_traceback(command: str, status: int) -> None:
    script = f"{sys.executable} main.py {command}"
    out = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert out.returncode == status
    assert "Traceback" not in out.stderr
    assert "Exception" not in out.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes as POSIX has them")
def test_a_list_whose_reader_has_gone_is_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    out = subprocess.run(
        [sys.executable, "main.py", "workloads"],
        cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (out.returncode, out.stderr) == (141, "")


def wait_for_orphans(before: set[int]) -> None:
    """What a command left behind when it was interrupted early ends by itself, and is then waited for.

    It is this process's to wait for, which has had a fork server and so takes in the children of what it starts.
    """
    deadline_s = time.monotonic() + 10
    while orphans := [child for child in psutil.Process().children(recursive=True) if child.pid not in before]:
        assert time.monotonic() < deadline_s, orphans
        for orphan in orphans:
            with suppress(ChildProcessError):
                os.waitpid(orphan.pid, os.WNOHANG)
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is listed on Linux")
def test_no_file_of_a_run_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    command = [sys.executable, "main.py", "train", *SMALL, "--record", str(tmp_path / "r")]
    closing = "exec " + shlex.join(command) + " 0<&- 1>&- 2>&-"
    with subprocess.Popen(["bash", "-c", closing], cwd=ROOT) as process:
        deadline_s = time.monotonic() + 60
        while not (tmp_path / "r" / "steps.bin").exists():
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        streams = [str(Path(f"/proc/{process.pid}/fd/{number}").readlink()) for number in (0, 1, 2)]
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    assert streams == ["/dev/null"] * 3
    wait_for_orphans(before)
    assert read_record(tmp_path / "r").notes == []


def test_a_shift_that_fails_is_in_the_exit_status() -> None:
    pytest.importorskip("mpi4py")
    lost = {"MPI4PY_LIBMPI": "/nowhere/libmpi.so"}  # asked beforehand, MPI is there; the ranks then do not find it
    asked = ["--steps", "40", "--shift", "10:cpu,dp=2,transport=mpi", "--at", "20:lr=0.01", "--json", "-"]
    out = run("train", *SMALL, *asked, environment=lost)
    assert out.returncode == 3, out.stderr
    assert "The shift to cpu,dp=2,transport=mpi failed." in out.stderr
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    assert [line["step"] for line in lines if "event" not in line] == list(range(40))  # the run went on all the same


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


def test_an_example_trains_with_all_that_is_done_on_the_way(tmp_path: Path) -> None:
    small = ["--set", "hidden=8", "--set", "layers=2", "--batch-size", "8", "--quiet"]
    out = run("train", "--example", "a-straggler", *small, "--record", str(tmp_path / "slow"))
    assert out.returncode == 0, out.stderr
    record = read_record(tmp_path / "slow")
    slow = next(event for event in record.events if isinstance(event, SlowedDown))
    example = examples()["a-straggler"]
    assert (slow.step, slow.rank, slow.factor) == (example.then[0].step, 1, 4.0)
    assert len(record.steps) == example.steps
    out = run("train", "--example", "data-parallel-loses", *small, "--steps", "2010", "--json", "-")
    assert out.returncode == 0, out.stderr
    summary = json.loads(out.stdout.splitlines()[-1])
    assert [(row["mode"], row["steps"]) for row in summary["segments"]] == [
        ("cpu,threads=1", 2000),
        ("cpu,dp=2,threads=1", 10),
    ]
    for wrong in (["--example", "nothing"], ["--example", "a-straggler", "--spec", "x.toml"]):
        out = run("train", *wrong)
        assert out.returncode == 2
    assert "data-parallel-wins" in run("train", "--example", "nothing").stderr


def test_diverging_run_exits_with_3_and_names_the_step() -> None:
    out = run("train", *SMALL, "--optimizer", "sgd", "--lr", "1e6", "--quiet")
    assert out.returncode == 3
    assert "step" in out.stderr
    assert "learning rate" in out.stderr


@pytest.mark.parametrize("command", ["modes", "workloads", "hardware"])
def test_lists_for_people_and_programs(command: str) -> None:
    assert run(command).stdout.strip()
    assert json.loads(run(command, "--json").stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--size", "abc"], ["--size", "0x5"], ["--size", "99999x1"], ["--size", "²x²"], ["--text-points", "²"],
        ["--text-points", "1000"], ["--record", "missing"], ["--record", "main.py"], ["--screenshot", "missing/x.png"],
    ],
)  # fmt: skip
def test_previews_that_cannot_be_are_sentences(
    arguments: list[str], qapp: QApplication, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    if "--screenshot" not in arguments:
        arguments = [*arguments, "--screenshot", "x.png"]
    try:
        status = preview.main(["loss", *arguments])
    except SystemExit as error:
        status = int(str(error.code))
    assert status == 2
    assert "preview" in capsys.readouterr().err


def test_unknown_command_is_told() -> None:
    out = run("trian")
    assert out.returncode == 2
    assert "trian" in out.stderr


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_says_how_it_is_used(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        importlib.import_module(COMMANDS[command]).main(["--help"], command)
    assert left.value.code == 0
    assert f"gearshift {command}" in capsys.readouterr().out
