"""Each example shows what it says, on this machine, alone: long, for it measures. Two cores of their own are needed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engine.config.examples import examples
from engine.events.message import Message
from engine.events.ranks import StepAnatomy
from engine.events.run import RunFinished, SegmentStarted
from engine.metrics.segment_sums import SegmentSums
from engine.record.reader import read_record
from tests.engine.cli.test_command_line import run

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a run: events, and of each step its loss and its seconds."""

    events: list[Message]
    loss: np.ndarray
    seconds: np.ndarray


@pytest.fixture
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> Recorded:
    """The example of that name, trained as in a terminal."""
    out = run("train", "--example", request.param, "--quiet", "--no-evaluator", "--record", str(tmp_path / "run"))
    assert out.returncode == 0, out.stderr
    record = read_record(tmp_path / "run")
    loss, seconds = (np.array(record.steps[name], float) for name in ("loss", "seconds"))  # copied: the file is let go
    return Recorded(list(record.events), loss, seconds)


def rates(record: Recorded) -> list[float]:
    finished = next(event for event in record.events if isinstance(event, RunFinished))
    return [row.samples_per_s or 0.0 for row in finished.segments]


def of_segment(record: Recorded, segment: int) -> list[StepAnatomy]:
    return [event for event in record.events if isinstance(event, StepAnatomy) and event.segment == segment]


def held(record: Recorded, segment: int) -> int:
    """Bytes of weights, gradients and optimizer state of rank 0, the most of that segment."""
    parts = [anatomy.ranks[0].held for anatomy in of_segment(record, segment)]
    return max(part.parameter_bytes + part.gradient_bytes + part.optimizer_bytes for part in parts if part is not None)


@pytest.mark.parametrize("recorded", ["data-parallel-wins"], indirect=True)
def test_data_parallel_wins(recorded: Recorded) -> None:
    alone, together = rates(recorded)
    assert together > 1.4 * alone


@pytest.mark.parametrize("recorded", ["data-parallel-loses"], indirect=True)
def test_data_parallel_loses(recorded: Recorded) -> None:
    alone, together = rates(recorded)
    assert together < 0.7 * alone


@pytest.mark.parametrize("recorded", ["pipeline-as-in-theory"], indirect=True)
def test_a_pipeline_idles_as_in_theory(recorded: Recorded) -> None:
    start = next(event for event in recorded.events if isinstance(event, SegmentStarted))
    sums = SegmentSums(start.segment, start.mode, start.ranks)
    for anatomy in of_segment(recorded, start.segment):
        sums.add(anatomy)
    assert sums.bubble is not None
    measured, theory = sums.bubble
    assert theory == pytest.approx(0.2)
    assert measured == pytest.approx(theory, abs=0.05)
    first, second = (sum(info.usual_s) for info in start.ranks if info.usual_s is not None)
    assert first == pytest.approx(second, rel=0.15)  # and its stages are equal


@pytest.mark.parametrize("recorded", ["sharding-saves-memory"], indirect=True)
def test_sharding_halves_what_a_rank_holds(recorded: Recorded) -> None:
    assert held(recorded, 1) < 0.55 * held(recorded, 0)


@pytest.mark.parametrize("recorded", ["hogwild-drifts"], indirect=True)
def test_hogwild_drifts_and_comes_back(recorded: Recorded) -> None:
    there, back = (then.step for then in examples()["hogwild-drifts"].then)
    before, within, after = (recorded.loss[at : at + 50].mean() for at in (there - 50, there + 20, back + 150))
    assert within > before + 0.1
    assert after < before


@pytest.mark.parametrize("recorded", ["a-straggler"], indirect=True)
def test_a_straggler_holds_up_all(recorded: Recorded) -> None:
    at = examples()["a-straggler"].then[0].step
    seconds = recorded.seconds
    assert np.median(seconds[at + 10 :]) > 1.5 * np.median(seconds[20:at])
