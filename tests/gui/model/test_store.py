"""What the window knows of a run, fed by hand."""

import numpy as np
import pytest

from engine.events import Hindered, RunStarted, StatusChanged, StepAnatomy, Validated
from gui.model.store import Store
from tests.messages import batch, begin


def test_what_a_recovery_supersedes_is_shown_no_more() -> None:
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d"), begin(0, 0, 0.0)])
    store.feed([batch(0, 500), begin(1, 500, 5.0), batch(500, 20, segment=1, at_s=5.0)])
    for step, segment in ((480, 0), (495, 0), (510, 1)):
        store.feed(
            [
                StepAnatomy(
                    at_s=5.0, segment=segment, step=step, ranks=(), clock_offset_s=0.0, clock_error_s=0.0, skipped=0
                )
            ]
        )
        store.feed([Hindered(at_s=5.0, step=step, rank=0, phase="compute", factor=2.0, delay_s=0.0)])
        store.feed([Validated(at_s=5.0, step=step, loss=1.0, accuracy=0.5, samples=9, seconds=0.1)])
    assert set(store.sums) == {0, 1}
    store.feed([RunStarted(at_s=6.0, spec="", step=490, started_unix_s=0.0, directory="d")])
    assert [segment.step for segment in store.segments] == [0]
    assert [anatomy.step for anatomy in store.anatomies] == [480]
    assert [event.step for _, event in store.hindrances] == [480]
    assert set(store.sums) == {0}
    assert store.last_validation is None
    store.feed([begin(2, 490, 6.0)])
    assert [segment.position("step") for segment in store.segments] == [0.0, 490.0]
    assert [at.on("step") for at, _ in store.hindrances] == [480.0]
    store.feed([RunStarted(at_s=7.0, spec="", step=490, started_unix_s=0.0, directory="d"), begin(3, 490, 7.0)])
    assert [segment.segment for segment in store.segments] == [0, 3]  # one that made no step is none


def test_store_counts_rates_and_forgets_superseded_steps() -> None:
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d"), begin(0, 0, 0.0)])
    store.feed([StatusChanged(at_s=0.0, status="running", step=0), batch(0, 200), batch(200, 100, at_s=2.0)])
    assert (store.num_steps, store.step, store.loss.samples) == (300, 300, 3000)
    assert store.samples_per_s == pytest.approx(1000)
    assert len(store.throughput.curve) >= 10
    np.testing.assert_allclose(store.throughput.curve.levels.raw.values, 1000, rtol=1e-3)
    again = RunStarted(at_s=4.0, spec="", step=250, started_unix_s=0.0, directory="d")
    store.feed([again, begin(1, 250, 4.0), batch(250, 10, segment=1, at_s=4.0)])
    assert store.num_steps == 260
    assert store.loss.axis.of("step")[-1] == 260
    assert store.segments[-1].samples == 2500
