"""Writing a record: into its own files alone, by one process alone, within a bound of memory, and told what is lost."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from engine.anatomy import RankAnatomy
from engine.config.spec import make_spec, spec_toml
from engine.errors import RequestError
from engine.events.evaluator import Surface, TextSample
from engine.events.event import Event
from engine.events.machine import DeviceSample
from engine.events.ranks import StepAnatomy
from engine.events.run import Notice, RunStarted
from engine.record import appender
from engine.record.form import EVENTS_BYTES, ROWS
from engine.record.lock import refuse_if_trained
from engine.record.places import new_run_directory
from engine.record.reader import read_record
from engine.record.states import publish, state_name
from engine.record.whole_file import whole_file
from engine.record.writer import Recorder
from engine.rows import STEP_ROW, StepBatch
from tests.conftest import ROOT, Watched
from tests.messages import sample

SPEC = make_spec("spirals")
POSIX = pytest.mark.skipif(os.name == "nt", reason="links, permissions and limits as POSIX has them")


def rows(first: int, count: int) -> StepBatch:
    made = np.zeros(count, STEP_ROW)
    made["step"] = np.arange(first, first + count)
    made["at_s"] = made["step"] * 1e-3
    return StepBatch(made)


def picture(at_s: float) -> Surface:
    return Surface(
        at_s=at_s, step=1, x_min=0, x_max=1, y_min=0, y_max=1, width=100, height=100, probability=bytes(10_000)
    )


def text_sample(at_s: float) -> TextSample:
    return TextSample(at_s=at_s, step=1, prompt="p", text="t" * 1_000)


def large_sample(at_s: float) -> DeviceSample:
    return sample(at_s, cores_frac=(0.5,) * 64, accelerator_reason="x" * 500)


def anatomy(at_s: float) -> StepAnatomy:
    names = tuple(RankAnatomy(rank=rank, begin_s=0.0, seconds=1.0, spans=(), traffic=()) for rank in range(20))
    return StepAnatomy(at_s=at_s, segment=0, step=0, ranks=names, clock_offset_s=0.0, clock_error_s=0.0, skipped=0)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A record of 100 steps and a state."""
    directory = tmp_path / "run"
    recorder = Recorder(directory, SPEC)
    recorder.write(RunStarted(at_s=0.0, spec=spec_toml(SPEC), step=0, started_unix_s=0.0, directory="x"))
    recorder.write(rows(0, 100))
    assert recorder.close() is None
    temporary = directory / f"{state_name(100)}.partial"
    temporary.write_bytes(bytes(1_000))
    publish(directory, temporary, 100, sha256(temporary.read_bytes()).hexdigest())
    return directory


@pytest.mark.parametrize(
    ("name", "limit_bytes"), [("steps.bin", 64 + ROWS * STEP_ROW.itemsize), ("events.jsonl", EVENTS_BYTES)]
)
def test_a_run_does_not_go_on_where_nobody_would_read_it(run: Path, name: str, limit_bytes: int) -> None:
    if name == "steps.bin":
        os.truncate(run / name, limit_bytes - STEP_ROW.itemsize)
        assert Recorder(run, SPEC, resume=True).close() is None
    os.truncate(run / name, limit_bytes)
    with pytest.raises(RequestError, match=f"{name} has {limit_bytes:,} bytes or more"):
        Recorder(run, SPEC, resume=True)
    assert Recorder(run / "another", SPEC).close() is None  # nothing is held


# Files of its own ----------------------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize(
    "name",
    ["events.jsonl", "steps.bin", "run.toml", "lock", state_name(100), "state-000000000100.json",
     f"{state_name(200)}.partial"],
)  # fmt: skip
@pytest.mark.parametrize("is_hard", [False, True])
def test_nothing_is_written_through_a_link(run: Path, tmp_path: Path, name: str, is_hard: bool) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("three years of work\n")
    (run / name).unlink(missing_ok=True)
    if not is_hard:
        (run / name).symlink_to(thesis)
    elif name in ("events.jsonl", "steps.bin", "lock"):
        (run / name).hardlink_to(thesis)
    else:
        return  # these are replaced by a new file, never opened
    with pytest.raises(RequestError, match="is a link"):
        Recorder(run, SPEC, resume=True)
    assert thesis.read_text() == "three years of work\n"
    assert thesis.stat().st_mode & 0o777 != 0o600
    (run / name).unlink()
    if name != "run.toml":
        assert Recorder(run, SPEC, resume=True).close() is None  # and nothing was left locked


@POSIX
def test_a_file_written_whole_replaces_a_link(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("three years of work\n")
    (tmp_path / "export.csv").symlink_to(thesis)
    (tmp_path / "export.csv.partial").symlink_to(thesis)
    with whole_file(tmp_path / "export.csv", text=True) as file:
        file.write("step,loss\n")
    assert thesis.read_text() == "three years of work\n"
    assert (tmp_path / "export.csv").read_text() == "step,loss\n"
    assert not (tmp_path / "export.csv").is_symlink()


@POSIX
def test_a_file_written_whole_replaces_files_only(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    for name in ("pipe", "directory"):
        with pytest.raises(FileExistsError, match="no plain file"), whole_file(tmp_path / name):
            pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["directory", "pipe"]


@POSIX
def test_a_run_is_read_by_its_owner_alone(run: Path) -> None:
    assert run.stat().st_mode & 0o777 == 0o700
    for path in run.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path.name


def test_runs_that_begin_in_the_same_second_get_a_directory_each() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(new_run_directory, ["spirals"] * 24))
    assert len(set(made)) == 24
    assert all(path.is_dir() for path in made)


@POSIX
def test_a_place_for_runs_that_cannot_be_made_is_named_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    path = new_run_directory("spirals")
    with pytest.raises(OSError, match="Not a directory"):
        Recorder(path, SPEC)


def test_what_a_killed_rank_left_is_out_of_the_way_when_the_run_goes_on(run: Path) -> None:
    (run / f"{state_name(200)}.partial").write_bytes(b"half a st")
    recorder = Recorder(run, SPEC, resume=True)
    with (run / f"{state_name(200)}.partial").open("xb"):  # as the saver opens it
        pass
    assert recorder.close() is None


# One process at a time -----------------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from engine.record.lock import refuse_if_trained
from engine.record.places import new_run_directory
from engine.record.writer import Recorder
from engine.config.spec import make_spec
recorder = Recorder(Path(sys.argv[1]), make_spec("spirals"), resume=True)
print("holding", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(run: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that trains the run."""
    command = [sys.executable, "-c", HOLD, str(run)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_who_trains_the_run(run: Path, other: "subprocess.Popen[str]") -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(RequestError, match=f"is being trained by process {other.pid}"):
        Recorder(run, SPEC, resume=True)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    assert len(read_record(run).steps) == 100  # the second may look on
    os.kill(other.pid, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    other.wait(30)
    assert Recorder(run, SPEC, resume=True).close() is None  # the lock ends with its holder, however that ended


def test_playing_a_run_that_is_trained_says_so(
    run: Path, other: "subprocess.Popen[str]", watch: Callable[..., Watched]
) -> None:
    second = watch(SPEC, directory=run, resume=True)
    second.session.play()
    second.status("failed")
    notices = [message.text for message in second.of(Notice)]  # type: ignore[attr-defined]
    assert [f"is being trained by process {other.pid}" in text for text in notices] == [True]
    assert len(read_record(run).steps) == 100


def test_resuming_a_run_that_is_trained_exits_with_2(run: Path, other: "subprocess.Popen[str]") -> None:
    command = [sys.executable, "main.py", "train", "--resume", str(run), "--steps", "120"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2, second.stderr
    assert f"is being trained by process {other.pid}" in second.stderr
    assert len(read_record(run).steps) == 100


def test_one_process_does_not_write_a_run_twice(tmp_path: Path) -> None:
    first = Recorder(tmp_path / "run", SPEC)
    with pytest.raises(RequestError, match=f"process {os.getpid()}"):
        Recorder(tmp_path / "run", SPEC, resume=True)
    assert first.close() is None
    assert Recorder(tmp_path / "run", SPEC, resume=True).close() is None


def test_asking_whether_a_run_is_trained_holds_nothing(run: Path) -> None:
    refuse_if_trained(run)
    recorder = Recorder(run, SPEC, resume=True)
    with pytest.raises(RequestError, match="is being trained"):
        refuse_if_trained(run)
    assert recorder.close() is None
    refuse_if_trained(run)
    refuse_if_trained(run / "not there")


def test_the_lock_names_its_holder_whoever_held_it_before(run: Path) -> None:
    (run / "lock").write_text("123456789012\n")
    recorder = Recorder(run, SPEC, resume=True)
    assert (run / "lock").read_text() == f"{os.getpid()}\n"
    assert recorder.close() is None


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is listed on Linux")
def test_a_record_that_is_refused_leaves_nothing_open(run: Path, tmp_path: Path) -> None:
    opened = set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names alone
    first = Recorder(run, SPEC, resume=True)
    with pytest.raises(RequestError):
        Recorder(run, SPEC, resume=True)
    assert first.close() is None
    (tmp_path / "thesis.txt").touch()
    for obstacle in (os.mkfifo, lambda path: path.hardlink_to(tmp_path / "thesis.txt")):
        (run / "steps.bin").unlink()
        obstacle(run / "steps.bin")
        with pytest.raises(RequestError):
            Recorder(run, SPEC, resume=True)
    (run / "steps.bin").unlink()
    (run / "steps.bin").write_bytes(b"x" * 100)
    with pytest.raises(RequestError, match="not a file of this version"):
        Recorder(run, SPEC, resume=True)
    assert set(os.listdir("/proc/self/fd")) == opened  # noqa: PTH208


# No room -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no small file system can be mounted here: {error}")
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("beside", [anatomy, large_sample, picture, text_sample])
def test_what_only_goes_beside_the_run_is_left_out_before_its_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: Callable[[float], Event]
) -> None:
    monkeypatch.setattr(appender, "PENDING_BYTES", 60_000)
    recorder = Recorder(tmp_path / "run", SPEC)
    for number in range(100):
        recorder.write(Notice(at_s=float(number), level="info", text=f"note {number}"))
        for _ in range(10):
            recorder.write(beside(2.0 * number))
    assert recorder.dropped > 0
    assert recorder.close() is None
    read = read_record(tmp_path / "run")
    assert [event.text for event in read.events if isinstance(event, Notice)] == [f"note {n}" for n in range(100)]


@pytest.mark.parametrize("name", ["steps.bin", "events.jsonl"])
def test_one_deleted_file_is_told_as_such(tmp_path: Path, name: str) -> None:
    recorder = Recorder(tmp_path / "run", SPEC)
    (tmp_path / "run" / name).unlink()
    recorder.write(rows(0, 10))
    recorder.write(Notice(at_s=0.0, level="info", text="note"))
    problem = recorder.close()
    assert problem is not None
    assert "nothing of the run is kept" in problem


def test_a_full_disk_costs_memory_within_a_bound_and_what_is_left_out_is_counted(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appender, "PENDING_BYTES", 200_000)
    directory = small_disk / "run"
    recorder = Recorder(directory, SPEC)
    recorder.write(rows(0, 100))
    assert recorder.flush() is None
    filler = small_disk / "filler"
    filler.write_bytes(bytes(64 * 1024 - sum(4096 for _ in small_disk.iterdir()) - 3 * 4096))
    made = 100
    problem = None
    for _ in range(200):
        recorder.write(rows(made, 1_000))
        recorder.write(picture(float(made)))
        recorder.write(Notice(at_s=float(made), level="info", text=f"note {made}"))
        made += 1_000
        problem = recorder.flush() or problem
        assert sum(file.pending_bytes for file in recorder._files) < 450_000
    assert problem is not None
    assert "No space left on device" in problem
    assert recorder.dropped > 100_000
    last = recorder.flush()
    assert last is not None
    assert f"{recorder.dropped:,} rows and events were left out" in last
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    assert recorder.flush() is None
    assert sum(file.pending_bytes for file in recorder._files) == 0
    assert f"{recorder.dropped:,} rows" in recorder.words_of_recovery
    assert recorder.close() is None
    read = read_record(directory)
    steps = read.steps["step"]
    assert read.notes == []
    assert steps[:100].tolist() == list(range(100))
    assert (np.diff(steps) > 0).all()
    notes = [event.text for event in read.events if isinstance(event, Notice)]
    assert notes == [f"note {100 + 1_000 * index}" for index in range(200)]  # the run's course is whole
    assert len(steps) + len(read.events) + recorder.dropped == made + 2 * 200


def test_a_record_that_stays_unwritten_is_told_at_the_end(small_disk: Path) -> None:
    recorder = Recorder(small_disk / "run", SPEC)
    recorder.write(rows(0, 10_000))
    problem = recorder.close()
    assert problem is not None
    assert "No space left on device" in problem
    assert read_record(small_disk / "run").notes == []


@POSIX
def test_a_record_that_is_deleted_is_told(run: Path) -> None:
    recorder = Recorder(run, SPEC, resume=True)
    recorder.write(rows(100, 10))
    assert recorder.flush() is None
    shutil.rmtree(run)
    recorder.write(rows(110, 10))
    problem = recorder.flush()
    assert problem is not None
    assert "was deleted" in problem
    assert recorder.close() is not None


@POSIX
def test_a_run_that_could_not_be_kept_exits_with_3(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    command = [sys.executable, "main.py", "train", "--set", "hidden=16", "--record", str(tmp_path / "r")]
    with subprocess.Popen([*command, "--json", str(lines)], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not lines.exists() or lines.read_bytes().count(b"\n") < 20:
            assert process.poll() is None
        shutil.rmtree(tmp_path / "r")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert "was deleted" in said
    assert "Traceback" not in said


def test_a_disk_that_is_too_small_for_the_state_exits_with_3(small_disk: Path) -> None:
    command = [sys.executable, "main.py", "train", "--set", "hidden=64", "--steps", "50"]
    command += ["--record", str(small_disk / "r")]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)
    assert out.returncode == 3, out.stderr
    assert "The last state, before step 50, is not in" in out.stderr
    assert "Traceback" not in out.stderr
    assert not list((small_disk / "r").glob("*.partial"))
    assert len(read_record(small_disk / "r").steps) == 50
