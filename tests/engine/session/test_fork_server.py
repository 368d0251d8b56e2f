"""Ranks come from a server that imported torch once: it, and what it forks, live and end as a session needs it."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from engine.config.spec import make_spec
from engine.events.machine import DeviceSample
from engine.events.ranks import RankFailed
from engine.events.run import RunFinished
from engine.events.shift import Shifted, ShiftFailed
from engine.rows import StepBatch
from engine.session import ending, shift
from engine.session.fork_server import ForkServer
from engine.session.forked_rank import ForkedRank
from engine.session.session import Session
from engine.session.spares import Spares
from engine.session.starter import can_fork
from tests.commands import training
from tests.conftest import ROOT, Watched

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot fork ranks")
SMALL = {"knobs": {"hidden": 16}, "batch_size": 32}
Watch = Callable[..., Watched]


def server_of(starter: object) -> psutil.Process:
    (pid,) = starter.labels  # type: ignore[attr-defined]
    return psutil.Process(pid)


def is_in_order(run: Watched) -> bool:
    return run.steps() == list(range(len(run.steps())))


def test_the_server_has_one_thread_and_no_group(starter: ForkServer) -> None:
    server = server_of(starter)
    assert server.num_threads() == 1
    assert server.cmdline()[-4:-2] == ["-m", "engine.rank.server"]


def test_a_rank_is_forked_and_shares_the_servers_memory(watch: Watch, starter: ForkServer) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(5)
    run.status("paused")
    crew = run.session._run.crews.crew
    assert crew is not None
    rank = psutil.Process(crew.processes[0].pid)
    assert rank.ppid() == server_of(starter).pid
    memory = rank.memory_full_info()
    assert memory.pss < 0.75 * memory.rss


def test_a_dead_server_is_replaced_and_harms_no_crew() -> None:
    with closing(ForkServer()) as starter, closing(Session(make_spec("digits-mlp", **SMALL), starter)) as session:
        run = Watched(session)
        session.play()
        run.until(lambda m: isinstance(m, StepBatch))
        old = server_of(starter)
        old.kill()
        run.goes_on()
        session.shift("cpu,dp=2")
        while not any(isinstance(m, Shifted) for m in run.messages):
            # Asked in the moment in which the server died, a shift may fail, in a sentence; asked again it is made.
            if isinstance(run.until(lambda m: isinstance(m, Shifted | ShiftFailed)), ShiftFailed):
                session.shift("cpu,dp=2")
        assert server_of(starter).pid != old.pid
        run.goes_on()
        assert is_in_order(run)


def test_the_end_of_a_rank_is_told_when_its_server_is_gone() -> None:
    with closing(ForkServer()) as starter, closing(Session(make_spec("digits-mlp", **SMALL), starter)) as session:
        run = Watched(session)
        session.play()
        run.until(lambda m: isinstance(m, StepBatch))
        server_of(starter).kill()
        crew = session._run.crews.crew
        assert crew is not None
        pid = crew.processes[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        failed = run.until(lambda m: isinstance(m, RankFailed))
        assert isinstance(failed, RankFailed)
        assert (failed.signal, failed.exit_status) == ("SIGKILL", -signal.SIGKILL)


@pytest.mark.parametrize("frozen", ["ranks", "server and ranks"])
def test_frozen_ranks_end_with_their_session(frozen: str, tmp_path: Path) -> None:
    with training(tmp_path, "cpu,dp=2", 50) as process:
        (server,) = psutil.Process(process.pid).children()
        ranks = server.children()
        assert len(ranks) == 3  # two, and the evaluator
        for frozen_one in ranks + ([server] if "server" in frozen else []):
            frozen_one.suspend()
        process.kill()
        process.wait()
    are_gone(server, *ranks)


def are_gone(*processes: psutil.Process) -> None:
    """Within two seconds. Whose parent has gone is this process's child, if it ever had a fork server."""
    _, alive = psutil.wait_procs(processes, timeout=2.0)
    assert not alive
    for process in processes:
        with suppress(ChildProcessError):
            os.waitpid(process.pid, 0)


def open_descriptors() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir())


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """This process can open only so many more descriptors."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    fill = [os.open(os.devnull, os.O_RDONLY)]
    highest = max(open_descriptors())
    while fill[-1] < highest:  # the limit counts numbers, so there may be no gaps below it
        fill.append(os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (fill[-1] + 1 + count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for descriptor in fill:
            os.close(descriptor)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 10, 12, 15, 18])
def test_a_shift_without_descriptors_fails_in_a_sentence_and_the_run_goes_on(watch: Watch, count: int) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    before = open_descriptors()
    with descriptors_left(count):
        run.session.shift("cpu,dp=2")
        failed = run.until(lambda m: isinstance(m, ShiftFailed))
    assert "could not be started: Too many open files" in failed.reason  # type: ignore[union-attr]
    assert open_descriptors() == before
    run.goes_on()
    run.session.shift("cpu,threads=2")
    run.until(lambda m: isinstance(m, Shifted))
    assert is_in_order(run)


def test_a_shift_without_threads_fails_in_a_sentence_and_the_run_goes_on(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(ForkedRank, "_listen_from_now_on", refuse)
        run.session.shift("cpu,dp=2")
        run.until(lambda m: isinstance(m, ShiftFailed))
    run.goes_on()
    run.session.shift("cpu,dp=2")
    run.until(lambda m: isinstance(m, Shifted))
    assert is_in_order(run)


def test_ranks_born_when_no_descriptor_is_left_fail_in_a_sentence_and_the_run_goes_on(
    watch: Watch, starter: ForkServer
) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    server, before = server_of(starter).pid, open_descriptors()
    os.kill(server, signal.SIGSTOP)  # what it is asked for now it does when no descriptor is left to watch a rank with
    try:
        run.session.shift("cpu,dp=2")
        run.status("shifting")
        with descriptors_left(0):
            os.kill(server, signal.SIGCONT)
            failed = run.until(lambda m: isinstance(m, ShiftFailed))
    finally:
        os.kill(server, signal.SIGCONT)
    assert "could not be started: Too many open files. The run goes on" in failed.reason  # type: ignore[union-attr]
    run.goes_on()
    assert open_descriptors() == before
    run.session.shift("cpu,dp=2")
    run.until(lambda m: isinstance(m, Shifted))
    assert is_in_order(run)


def test_a_failure_whose_states_cannot_be_read_is_told_all_the_same(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(5)
    run.status("paused")

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(ending, "last_state", refuse)
        run.session.break_rank(0)
        failed = run.until(lambda m: isinstance(m, RankFailed))
        run.status("failed")
    assert failed.resume_step is None  # type: ignore[union-attr]
    assert "SIGKILL" in failed.reason  # type: ignore[union-attr]
    assert "its states cannot be read now (Too many open files)" in failed.reason  # type: ignore[union-attr]
    run.session.run_until(8)  # the session lives, and finds them again
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 8)
    assert sorted(run.losses()) == list(range(8))


def test_a_recovery_that_cannot_read_its_state_leaves_no_rank_behind(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(5)
    run.status("paused")
    run.session.break_rank(0)
    run.until(lambda m: isinstance(m, RankFailed))
    run.status("failed")
    before = open_descriptors()

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(shift, "last_state", refuse)
        run.session.play()
        failed = run.status("failed")
    assert "could not be started: Too many open files" in failed.words  # type: ignore[union-attr]
    assert open_descriptors() == before
    run.session.step(3)
    run.status("paused")


def test_a_run_goes_on_without_descriptors(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    begin = run.until(lambda m: isinstance(m, DeviceSample))
    with descriptors_left(0):
        for seconds in (1.5, 3.0):  # a sample was due in each
            run.until(lambda m: isinstance(m, StepBatch) and m.rows["at_s"][-1] > begin.at_s + seconds)  # type: ignore[union-attr] # noqa: B023
    run.until(lambda m: isinstance(m, DeviceSample))
    run.goes_on()


def test_a_start_without_descriptors_fails_in_a_sentence_and_play_tries_again(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.change(lr=0.002)
    with descriptors_left(8):  # enough for the record
        run.session.play()
        failed = run.until(lambda m: getattr(m, "status", "") == "failed")
    assert "could not be started" in failed.words  # type: ignore[union-attr]
    run.session.run_until(3)
    run.status("paused")
    assert run.steps() == [0, 1, 2]


def test_what_lies_in_the_current_directory_is_not_imported(tmp_path: Path) -> None:
    record = tmp_path / "record"
    command = [sys.executable, str(ROOT / "main.py"), "train", "--set", "hidden=16", "--quiet"]
    subprocess.run([*command, "--steps", "5", "--record", str(record)], check=True, timeout=60)
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n"
    for name in ("numpy.py", "random.py", "torch.py", "msgspec.py"):
        (record / name).write_text(trap)
    (record / "engine").mkdir()
    (record / "engine" / "__init__.py").write_text(trap)
    environment = os.environ | {"PYTHONPATH": os.pathsep}  # as a shell's `PYTHONPATH=$PYTHONPATH:` leaves it
    resumed = [sys.executable, str(ROOT / "main.py"), "train", "--resume", ".", "--steps", "9", "--quiet"]
    out = subprocess.run(resumed, cwd=record, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert out.returncode == 0, out.stderr
    assert not (tmp_path / "sprung").exists()


def test_torch_that_cannot_be_loaded_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch.so: cannot open shared object file')\n")
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        refuses_in_a_sentence()


def refuses_in_a_sentence() -> None:
    with closing(ForkServer()) as starter:
        with pytest.raises(RuntimeError, match=r"libtorch\.so"):
            starter.wait_hardware()
        with closing(Session(make_spec("digits-mlp", **SMALL), starter)) as session:
            session.play()
            failed = None
            while failed is None:
                session.wait(10.0)
                failed = next((m for m in session.take() if isinstance(m, RankFailed)), None)
            assert "Rank 0 could not be started" in failed.reason
            assert "libtorch.so" in failed.reason


@pytest.mark.slow
def test_spares_serve_where_nothing_can_be_forked() -> None:
    with closing(Spares(size=2)) as starter:
        starter.wait_hardware()
        with closing(Session(make_spec("digits-mlp", **SMALL), starter)) as session:
            run = Watched(session)
            session.play()
            run.until(lambda m: isinstance(m, StepBatch))
            session.shift("cpu,dp=2")
            run.until(lambda m: isinstance(m, Shifted))
            session.shift("cpu,threads=1")
            run.until(lambda m: isinstance(m, Shifted))
            run.goes_on()
            session.stop()
            finished = run.until(lambda m: isinstance(m, RunFinished))
            run.status("finished")
            assert is_in_order(run)
            assert len(run.steps()) == finished.step  # type: ignore[union-attr]


def test_a_closed_server_starts_nothing() -> None:
    starter = ForkServer()
    starter.wait_hardware()
    starter.close()
    before = psutil.Process().children()
    with pytest.raises(OSError, match="shutdown"):
        starter.start(1, lambda *_: None)
    assert psutil.Process().children() == before


STOPPED_AT_BIRTH = """
import os, runpy, signal, sys
really_fork = os.fork
def fork_a_stopped_one():
    os.fork = really_fork  # the next one looks at the hardware, and may
    pid = really_fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
    return pid
os.fork = fork_a_stopped_one
del sys.argv[:2]
runpy.run_module("engine.rank.server", run_name="__main__", alter_sys=True)
"""
ONE_RANK = """
import sys, time
sys.executable = sys.argv[1]
from engine.session import ending, shift
from engine.session.fork_server import ForkServer
starter = ForkServer()
(rank,) = starter.start(1, lambda *_: None).processes
starter.wait_hardware()
while rank.pid is None:
    time.sleep(0.01)
print(rank.pid, *starter.labels, flush=True)
sys.stdin.read()
"""


def test_a_rank_stopped_before_its_first_instruction_ends_with_its_session(tmp_path: Path) -> None:
    hook, python = tmp_path / "hook.py", tmp_path / "python"
    hook.write_text(STOPPED_AT_BIRTH, encoding="utf-8")
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{hook}" "$@"\n', encoding="utf-8")
    python.chmod(0o700)
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", ONE_RANK, python], cwd=ROOT, stdin=pipe, stdout=pipe) as session:
        assert session.stdout is not None
        rank, server = (psutil.Process(int(word)) for word in session.stdout.readline().split())
        deadline_s = time.monotonic() + 10
        while rank.status() != psutil.STATUS_STOPPED:
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
        forked = server.children()  # who looked at the hardware may not have been reaped yet
        session.kill()
        session.wait()
    are_gone(rank, server, *forked)
