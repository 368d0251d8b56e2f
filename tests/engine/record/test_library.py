"""The list of runs: what each card says, what is wrong with damaged ones, and that long records are not read whole."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from engine.cli import runs
from engine.config.spec import make_spec
from engine.events.ranks import RankFailed
from engine.events.run import RunFinished, RunStarted, SegmentStarted
from engine.record import library
from engine.record.completed import with_completion
from engine.record.library import run_card, run_cards
from engine.record.lock import RunLock
from engine.record.reader import read_record
from engine.record.replay import Replay
from engine.record.writer import Recorder
from engine.rows import STEP_ROW, StepBatch
from tests.conftest import ROOT
from tests.messages import sample

MODES = ("cpu,threads=1", "cpu,dp=2", "cpu,threads=1", "cpu,dp=2,transport=shm")
SAMPLE_RUN = ROOT / "resources" / "sample-run"


def record(
    directory: Path, *, modes: tuple[str, ...] = MODES, steps: int = 40, ended: object = True, samples: int = 0
) -> Path:
    """A run as a session would have written it; `ended` says whether its steps are all made, or is the last event."""
    recorder = Recorder(directory, make_spec("digits-mlp"), resume=False)
    recorder.write(RunStarted(at_s=0.0, spec="", step=0, started_unix_s=1.7e9, directory=str(directory)))
    each = steps // len(modes)
    for segment, mode in enumerate(modes):
        first = segment * each
        begun = {"step": first, "mode": mode, "words": mode, "ranks": (), "warmup_steps": 0}
        recorder.write(SegmentStarted(at_s=0.1 * first, segment=segment, **begun))
        rows = np.zeros(each, STEP_ROW)
        rows["step"] = np.arange(first, first + each)
        rows["at_s"] = 0.1 * (rows["step"] + 1)
        rows["seconds"], rows["samples"], rows["segment"] = 0.1, 32, segment
        recorder.write(StepBatch(rows))
        for number in range(samples):
            recorder.write(sample(0.1 * first + number * 1e-6))
    if isinstance(ended, bool):
        figures = {"final_loss": None, "validation_loss": None, "validation_metric": None}
        ended = RunFinished(at_s=0.1 * steps, step=steps, is_complete=ended, segments=(), **figures)
    if ended is not None:
        recorder.write(ended)  # type: ignore[arg-type]
    recorder.close()
    return directory


def failure() -> RankFailed:
    return RankFailed(at_s=4.0, rank=0, pid=1, exit_status=-9, signal="", reason="x", details="", resume_step=0)


def test_a_card_says_what_when_where_how_far_and_how_it_ended(tmp_path: Path) -> None:
    card = run_card(record(tmp_path / "run"))
    assert (card.name, card.workload, card.begun_unix_s) == ("run", "digits-mlp", 1.7e9)
    assert card.modes == ("1 thread", "Data ×2", "Data ×2 shm")
    assert (card.steps, card.seconds) == (40, pytest.approx(4.0))
    assert (card.ended, card.problem, card.has_more_modes) == ("finished", "", False)


@pytest.mark.parametrize(
    ("last", "ended"), [(True, "finished"), (False, "stopped"), (failure(), "failed"), (None, "cut off")]
)
def test_how_a_run_ended(tmp_path: Path, last: object, ended: str) -> None:
    assert run_card(record(tmp_path / "run", ended=last)).ended == ended


def test_a_run_that_went_on_after_its_end_is_told_as_it_ended_last(tmp_path: Path) -> None:
    directory = record(tmp_path / "run")
    recorder = Recorder(directory, make_spec("digits-mlp"), resume=True)
    recorder.write(RunStarted(at_s=4.0, spec="", step=40, started_unix_s=1.8e9, directory=""))
    recorder.write(SegmentStarted(at_s=4.0, segment=9, step=40, mode="cpu,tp=2", words="", ranks=(), warmup_steps=0))
    recorder.close()
    card = run_card(directory)
    assert (card.ended, card.begun_unix_s, card.modes[-1]) == ("cut off", 1.7e9, "Tensor ×2")


@pytest.mark.parametrize("holder", [str(os.getpid()), "1"], ids=["here", "elsewhere"])
def test_one_that_is_trained_says_so_here_and_elsewhere(tmp_path: Path, holder: str) -> None:
    directory = record(tmp_path / "run", ended=None)
    lock = RunLock(directory)
    (directory / "lock").write_text(f"{holder}\n")
    assert run_card(directory).ended == "trained now"
    lock.release()
    assert run_card(directory).ended == "cut off"


def test_a_card_is_as_long_as_its_replay_though_something_was_told_after_the_last_step(tmp_path: Path) -> None:
    figures = {"final_loss": None, "validation_loss": None, "validation_metric": None}
    ended = RunFinished(at_s=9.0, step=40, is_complete=False, segments=(), **figures)
    directory = record(tmp_path / "run", ended=ended)
    assert run_card(directory).seconds == Replay(directory).end_s == 9.0


def test_one_whose_steps_reach_what_it_was_to_make_is_finished_though_its_last_line_does_not_say_so() -> None:
    assert run_card(SAMPLE_RUN).ended == "finished"
    (ended,) = (event for event in read_record(SAMPLE_RUN).events if isinstance(event, RunFinished))
    assert (ended.step, ended.is_complete) == (4_200, True)
    line = next(line for line in (SAMPLE_RUN / "events.jsonl").read_text().splitlines() if '"runfinished"' in line)
    assert "is_complete" not in line, "else this says nothing of older records"


@pytest.mark.parametrize(
    ("wanted", "spec", "is_complete"),
    [
        (40, "", True),
        (41, "", False),
        (None, "", False),
        (40, "steps = 41", False),
        (40, "workload = 'spirals'", False),
        (41, "steps = 40", True),
        (40, "steps = [", False),
        (40, "steps = -1", False),
    ],
    ids=["all", "one too few", "no end", "more", "then no end", "fewer", "damaged", "nonsense"],
)
def test_a_run_has_made_all_its_steps_by_what_it_was_last_told_to_make(
    wanted: int | None, spec: str, is_complete: bool
) -> None:
    figures = {"final_loss": None, "validation_loss": None, "validation_metric": None}
    started = RunStarted(at_s=0.0, spec=spec, step=0, started_unix_s=1.7e9, directory="")
    told = with_completion([started, RunFinished(at_s=4.0, step=40, segments=(), **figures)], wanted)
    assert told[0] is started
    assert told[1].is_complete is is_complete


def test_one_that_has_ended_has_ended_though_its_window_is_open(tmp_path: Path) -> None:
    directory = record(tmp_path / "run", ended=True)
    lock = RunLock(directory)
    assert run_card(directory).ended == "finished"
    lock.release()


def test_of_a_long_record_head_and_tail_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = record(tmp_path / "run", samples=300)
    assert run_card(directory).modes == ("1 thread", "Data ×2", "Data ×2 shm")
    monkeypatch.setattr(library, "LOOK_BYTES", 4_000)
    card = run_card(directory)
    assert card.has_more_modes
    assert card.modes[0] == "1 thread"
    assert card.ended == "finished"


def _no_run(directory: Path) -> None:
    (directory / "run.toml").unlink()


def _no_toml(directory: Path) -> None:
    (directory / "run.toml").write_text("[[[")


def _no_steps(directory: Path) -> None:
    (directory / "steps.bin").write_bytes(b"x" * 500)


def _no_events(directory: Path) -> None:
    (directory / "events.jsonl").unlink()


def _a_pipe(directory: Path) -> None:
    (directory / "events.jsonl").unlink()
    os.mkfifo(directory / "events.jsonl")


@pytest.mark.parametrize("damage", [_no_run, _no_toml, _no_steps, _no_events, _a_pipe])
def test_a_damaged_run_has_a_card_with_the_reason(tmp_path: Path, damage: object) -> None:
    directory = record(tmp_path / "runs" / "b")
    damage(directory)  # type: ignore[operator]
    record(tmp_path / "runs" / "a")
    bad, good = run_cards(tmp_path / "runs")
    assert bad.problem
    assert (good.problem, good.ended) == ("", "finished")


def test_torn_and_made_up_lines_are_passed_over(tmp_path: Path) -> None:
    directory = record(tmp_path / "run")
    with (directory / "events.jsonl").open("ab") as file:
        file.write(b'{"event":"segmentstarted","at_s":1e999}\n{"event":"segmentstarted","mode":"cpu,dp=99999"}\n')
        file.write(b'{"event":"runfinished","at_s":')
    card = run_card(directory)
    assert (card.ended, card.problem) == ("finished", "")


def test_five_hundred_runs_are_listed_in_seconds(tmp_path: Path) -> None:
    for number in range(500):
        record(tmp_path / f"run-{number:03d}", samples=5)
    begun_s = time.thread_time()
    cards = list(run_cards(tmp_path))
    assert len(cards) == 500
    assert cards[0].name == "run-499"
    assert time.thread_time() - begun_s < 5.0


def test_the_terminal_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path / "2026-01-01-digits")
    (tmp_path / "nothing").mkdir()
    assert runs.main([str(tmp_path)], "runs") == 0
    bad, good = capsys.readouterr().out.splitlines()
    assert bad.startswith("nothing")
    assert "cannot be shown" in bad
    assert "40 steps" in good
    assert "finished" in good
    assert "1 thread, Data ×2, Data ×2 shm" in good
    assert runs.main([str(tmp_path), "--json"], "runs") == 0
    told = json.loads(capsys.readouterr().out)
    assert [run["name"] for run in told] == ["nothing", "2026-01-01-digits"]
    assert runs.main([str(tmp_path / "none")], "runs") == 0
