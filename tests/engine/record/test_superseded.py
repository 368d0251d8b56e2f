"""A run that went on from an earlier state: what came after that state is no part of it, in record, replay and rows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.config.spec import make_spec, spec_toml
from engine.events.evaluator import Surface, TextSample, Validated
from engine.events.event import Event
from engine.events.message import Message
from engine.events.ranks import RankFailed, SlowedDown, SlowRank, StepAnatomy
from engine.events.run import Changed, Diverged, Notice, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Shifted, ShiftSplit
from engine.events.states import StateSaved
from engine.record.reader import read_record
from engine.record.replay import Replay
from engine.record.superseded import is_superseded
from engine.record.writer import Recorder
from engine.rows import STEP_ROW, StepBatch

SPEC = make_spec("spirals")


def rows(first: int, count: int, at_s: float, segment: int) -> StepBatch:
    made = np.zeros(count, STEP_ROW)
    made["step"] = np.arange(first, first + count)
    made["at_s"] = at_s + np.arange(1, count + 1) * 0.01
    made["seconds"], made["samples"], made["segment"] = 0.01, 64, segment
    return StepBatch(made)


def started(step: int, at_s: float) -> RunStarted:
    return RunStarted(at_s=at_s, spec=spec_toml(SPEC), step=step, started_unix_s=0.0, directory="x")


def segment(number: int, step: int, at_s: float, mode: str) -> SegmentStarted:
    return SegmentStarted(at_s=at_s, segment=number, step=step, mode=mode, words="w", ranks=(), warmup_steps=3)


def shifted(number: int, step: int, at_s: float) -> Shifted:
    split = ShiftSplit(prepare_s=0.1, gather_s=0.1, start_s=0.1, load_s=0.1, first_step_s=0.1)
    return Shifted(at_s=at_s, segment=number, step=step, from_mode="cpu", to_mode="cpu,dp=2", requested_s=0.0,
                   seconds=0.3, split=split)  # fmt: skip


def failed(at_s: float) -> RankFailed:
    return RankFailed(at_s=at_s, rank=0, pid=1, exit_status=-9, signal="SIGKILL", reason="r", details="",
                      resume_step=490)  # fmt: skip


def validated(step: int, at_s: float) -> Validated:
    return Validated(at_s=at_s, step=step, loss=1.0, metric=0.5, samples=10, seconds=0.1)


# A state before step 490; a shift at 500; a change at 505; a rank dies at 510; the run goes on from 490.
FIRST: list[Message] = [
    started(0, 0.0),
    Changed(at_s=0.0, step=0, lr=0.1, batch_size=64),
    segment(0, 0, 0.0, "cpu"),
    rows(0, 500, 0.0, 0),
    Changed(at_s=4.9, step=490, lr=0.2, batch_size=64),
    validated(490, 4.9),
    StateSaved(at_s=4.95, step=490, name="s", state_bytes=1, seconds=0.1),
]
SUPERSEDED: list[Message] = [
    segment(1, 500, 5.1, "cpu,dp=2"),
    shifted(1, 500, 5.2),
    rows(500, 10, 5.1, 1),
    Changed(at_s=5.15, step=505, lr=0.3, batch_size=64),
    validated(505, 5.15),
    StatusChanged(at_s=5.16, status="running", step=506),
]
AFTER: list[Message] = [
    failed(5.3),
    Notice(at_s=5.4, level="info", text="a state was passed over"),
    started(490, 9.0),
    segment(2, 490, 9.1, "cpu"),
    rows(490, 20, 9.1, 2),
]


def written(directory: Path) -> Path:
    recorder = Recorder(directory, SPEC)
    for message in [*FIRST, *SUPERSEDED, *AFTER]:
        recorder.write(message)
    assert recorder.close() is None
    return directory


def test_a_seam_that_is_no_part_of_the_run_any_more_is_not_read(tmp_path: Path) -> None:
    read = read_record(written(tmp_path / "run"))
    assert read.steps["step"].tolist() == list(range(510))
    assert read.steps["segment"].tolist() == [0] * 490 + [2] * 20
    expected = [message for message in [*FIRST, *AFTER] if not isinstance(message, StepBatch)]
    assert read.events == expected


def test_a_replay_shows_the_run_as_it_went_on(tmp_path: Path) -> None:
    for at_end in (True, False):
        now = [0.0]
        replay = Replay(written(tmp_path / f"run-{at_end}"), at_end=at_end, clock=lambda now=now: now[0])  # type: ignore[misc]
        replay.play()
        now[0] = 100.0
        messages = replay.take()
        assert [m.step for m in messages if isinstance(m, SegmentStarted)] == [0, 490]
        assert not [m for m in messages if isinstance(m, Shifted)]
        steps = [step for m in messages if isinstance(m, StepBatch) for step in m.rows["step"].tolist()]
        assert steps == list(range(510))


def test_twice_from_ever_earlier_states_and_from_the_very_first_step(tmp_path: Path) -> None:
    directory = written(tmp_path / "run")
    for step, at_s in ((300, 20.0), (0, 30.0)):
        recorder = Recorder(directory, SPEC, resume=True)
        recorder.write(started(step, at_s))
        recorder.write(segment(3, step, at_s, "cpu"))
        recorder.write(rows(step, 5, at_s, 3))
        assert recorder.close() is None
        read = read_record(directory)
        assert read.steps["step"].tolist() == list(range(step + 5))
        segments = [event.step for event in read.events if isinstance(event, SegmentStarted)]
        assert segments == ([0, 300] if step else [0])
        changes = [event.step for event in read.events if isinstance(event, Changed)]
        assert changes == [0]


def test_what_is_only_told_is_never_superseded() -> None:
    assert not any(is_superseded(event, 0) for event in (failed(1.0), Notice(at_s=1.0, level="info", text="x")))


def finished(step: int) -> RunFinished:
    return RunFinished(at_s=1.0, step=step, segments=(), final_loss=1.0, validation_loss=None, validation_metric=None)


def surface(step: int) -> Surface:
    return Surface(at_s=1.0, step=step, x_min=0, x_max=1, y_min=0, y_max=1, width=1, height=1, probability=b"0")


def anatomy(step: int) -> StepAnatomy:
    return StepAnatomy(at_s=1.0, segment=0, step=step, ranks=(), clock_offset_s=0, clock_error_s=0, skipped=0)


OF_THE_STEP: dict[str, Callable[[int], Event]] = {
    "segment": lambda step: segment(1, step, 1.0, "cpu"),
    "shift": lambda step: shifted(1, step, 1.0),
    "anatomy": anatomy,
    "hindered": lambda step: SlowedDown(at_s=1.0, step=step, rank=0, phase="compute", factor=2.0, delay_s=0.0),
    "slow": lambda step: SlowRank(at_s=1.0, step=step, rank=0, phase="compute", factor=2.0, is_slow=True),
    "diverged": lambda step: Diverged(at_s=1.0, step=step, loss="nan"),
}
BEFORE_THE_STEP: dict[str, Callable[[int], Event]] = {
    "changed": lambda step: Changed(at_s=1.0, step=step, lr=0.1, batch_size=1),
    "validated": lambda step: validated(step, 1.0),
    "surface": surface,
    "text": lambda step: TextSample(at_s=1.0, step=step, prompt="p", text="t"),
    "saved": lambda step: StateSaved(at_s=1.0, step=step, name="s", state_bytes=1, seconds=0.1),
    "finished": finished,
    "status": lambda step: StatusChanged(at_s=1.0, status="paused", step=step),
}


@pytest.mark.parametrize("event", OF_THE_STEP.values(), ids=OF_THE_STEP)
def test_what_is_told_of_making_a_step_is_superseded_from_that_step_on(event: Callable[[int], Event]) -> None:
    assert [is_superseded(event(step), 490) for step in (489, 490, 491)] == [False, True, True]


@pytest.mark.parametrize("event", BEFORE_THE_STEP.values(), ids=BEFORE_THE_STEP)
def test_what_is_told_of_the_run_before_a_step_still_holds_at_that_step(event: Callable[[int], Event]) -> None:
    assert [is_superseded(event(step), 490) for step in (489, 490, 491)] == [False, False, True]


def test_a_run_that_begins_again_within_its_first_second(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    recorder = Recorder(directory, SPEC)
    for message in (started(0, 0.0), rows(0, 9, 0.0, 0), failed(0.1), started(0, 0.5), rows(0, 5, 0.5, 1)):
        recorder.write(message)
    assert recorder.close() is None
    read = read_record(directory)
    assert read.steps["step"].tolist() == list(range(5))
    assert read.steps["segment"].tolist() == [1] * 5
