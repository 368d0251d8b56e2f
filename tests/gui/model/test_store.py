"""What the window knows of a run, fed by hand."""

import msgspec
import numpy as np
import pytest

from engine.config.spec import make_spec
from engine.events.evaluator import EvaluatorChanged, Validated
from engine.events.machine import DeviceSample, ProcessUsage
from engine.events.message import Message
from engine.events.ranks import RankInfo, SlowedDown, StepAnatomy
from engine.events.run import RunStarted, StatusChanged
from gui.model.store import Store
from tests.gui.model.test_board import anatomy, steps, visit
from tests.messages import batch, begin, sample


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
        store.feed([SlowedDown(at_s=5.0, step=step, rank=0, phase="compute", factor=2.0, delay_s=0.0)])
        store.feed([Validated(at_s=5.0, step=step, loss=1.0, metric=0.5, samples=9, seconds=0.1)])
    assert set(store.live.sums) == {0, 1}
    store.feed([RunStarted(at_s=6.0, spec="", step=490, started_unix_s=0.0, directory="d")])
    assert [segment.step for segment in store.live.segments] == [0]
    assert [anatomy.step for anatomy in store.live.anatomies] == [480]
    assert [event.step for _, event in store.live.slowdowns] == [480]
    store.feed([SlowedDown(at_s=5.0, step=481, rank=0, phase="compute", factor=1.0, delay_s=0.0)])
    levels = [line.level for line in store.live.log.lines if isinstance(line.event, SlowedDown)]
    assert levels == ["warning", "warning", "warning", "info"]  # its end is nothing to warn of
    store.live.slowdowns.pop()
    assert set(store.live.sums) == {0}
    assert store.live.validation.last is None
    store.feed([begin(2, 490, 6.0)])
    assert [segment.on("step") for segment in store.live.segments] == [0.0, 490.0]
    assert [at.on("step") for at, _ in store.live.slowdowns] == [480.0]
    store.feed([RunStarted(at_s=7.0, spec="", step=490, started_unix_s=0.0, directory="d"), begin(3, 490, 7.0)])
    assert [segment.segment for segment in store.live.segments] == [0, 3]  # one that made no step is none


def test_store_counts_rates_and_forgets_superseded_steps() -> None:
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d"), begin(0, 0, 0.0)])
    store.feed([StatusChanged(at_s=0.0, status="running", step=0), batch(0, 200), batch(200, 100, at_s=2.0)])
    assert (store.live.num_steps, store.live.step, store.live.loss.samples) == (300, 300, 3000)
    assert store.live.samples_per_s == pytest.approx(1000)
    assert len(store.live.throughput.curve) >= 10
    np.testing.assert_allclose(store.live.throughput.curve.levels.raw.values, 1000, rtol=1e-3)
    again = RunStarted(at_s=4.0, spec="", step=250, started_unix_s=0.0, directory="d")
    store.feed([again, begin(1, 250, 4.0), batch(250, 10, segment=1, at_s=4.0)])
    assert store.live.num_steps == 260
    assert store.live.loss.axis.of("step")[-1] == 260
    assert store.live.segments[-1].samples == 2500


def of_one(at_s: float, label: str, *, pid: int = 1) -> DeviceSample:
    """Of a machine with one process of `at_s` bytes, and 1,000 bytes a second on its loopback interface."""
    process = ProcessUsage(label=label, pid=pid, cpu_frac=0.0, memory_bytes=int(at_s))
    return sample(at_s, processes=(process,), loopback_bytes_per_s=1000.0)


def test_samples_of_one_list_are_by_one_clock_whatever_is_shown() -> None:
    store = Store()
    ranks = (RankInfo(rank=1, pid=1, device="cpu", threads=1, holds="", parameter_bytes=0),)
    store.begin("recorded")
    store.take_over(make_spec("spirals"), is_replay=True)
    store.feed([msgspec.structs.replace(begin(0, 0, 0.0), ranks=ranks), batch(0, 1000)])
    for at_s in range(100, 109):  # the window is open for longer than the run was
        store.show_idle_sample(of_one(float(at_s), "window"))
    assert [one.at_s for one in store.samples.of_last(2.0)] == [106.0, 107.0, 108.0]
    assert store.live.loopback_bytes_a_step is None  # the machine of now is not taken for that of the record
    for at_s in range(1, 9):
        store.feed([of_one(float(at_s), "rank 1")])
    assert store.live.loopback_bytes_a_step == pytest.approx(10.0)
    assert store.samples.last.at_s == 108.0
    store.take_over(make_spec("spirals"), is_replay=False)  # it computes again, and is sampled by its own clock
    assert store.samples.last.at_s == 8.0
    store.begin()
    assert store.samples.of_last(60.0) == []  # what was before that run is not what is now


def test_memory_of_a_rank_is_what_was_sampled_last_while_it_ran() -> None:
    store = Store()
    ranks = tuple(
        RankInfo(rank=rank, pid=pid, device="cpu", threads=1, holds="", parameter_bytes=0)
        for rank, pid in enumerate((7, 8))
    )
    store.feed([begin(0, 0, 0.0), of_one(1.0, "rank 0", pid=7), msgspec.structs.replace(begin(1, 9, 2.0), ranks=ranks)])
    assert store.live.samples.memory_of_ranks(store.live.segments[-1]) == {}  # what was before it began is of another
    for at_s, label, pid in ((3.0, "rank 0", 7), (4.0, "rank 1", 8), (5.0, "rank 0", 8), (6.0, "next rank 1", 8)):
        store.feed([of_one(at_s, label, pid=pid)])
    assert store.live.samples.memory_of_ranks(store.live.segments[-1]) == {0: 3, 1: 4}


def test_another_run_is_another_object_and_what_was_known_of_the_last_one_is_gone() -> None:
    store = Store()
    first = store.begin("one")
    store.feed([begin(0, 0, 0.0), batch(0, 50), StatusChanged(at_s=1.0, status="running", step=50)])
    before = dict(store.versions)
    second = store.begin("two")
    assert store.live is second is not first
    assert list(store.runs) == ["two"]
    assert (second.num_steps, second.status, second.segments) == (0, "paused", [])
    assert all(count > before[topic] for topic, count in store.versions.items())
    assert first.num_steps == 50  # who still holds it sees it as it was


def test_smoothing_is_asked_for_by_who_draws_and_changes_nothing_for_others() -> None:
    store = Store()
    store.feed([begin(0, 0, 0.0), batch(0, 300)])
    before = store.versions.total()
    whole = store.live.loss.smoothed(0.9).levels.raw.values.copy()
    store.live.loss.smoothed(0.5)
    store.feed([batch(300, 200, at_s=3.0)])
    again = store.live.loss.smoothed(0.9).levels.raw.values
    np.testing.assert_allclose(again[:300], whole, rtol=1e-6)
    assert len(again) == 500
    store.feed([batch(500, 1, at_s=5.0)])
    assert len(store.live.loss.smoothed(0.9)) == 501  # only what is new was worked out
    np.testing.assert_allclose(store.live.loss.smoothed(0.9).levels.raw.values[:500], again[:500], rtol=1e-6)
    assert store.versions.total() == before + 2  # the two batches
    store.live.loss.truncate_from(100)
    assert len(store.live.loss.smoothed(0.9)) == 100


def test_a_validation_that_comes_late_stands_where_its_weights_were() -> None:
    store = Store()
    store.feed(
        [begin(0, 0, 0.0), batch(0, 100), Validated(at_s=9.0, step=40, loss=1.0, metric=0.5, samples=9, seconds=1)]
    )
    axis = store.live.validation.axis
    assert (axis.of("step")[0], axis.of("samples")[0]) == (40, store.live.loss.axis.of("samples")[39])


def test_why_nothing_is_validated_is_known_until_it_is_again() -> None:
    store = Store()
    store.feed([EvaluatorChanged(at_s=0.0, is_on=False, reason="It is off.")])
    assert store.live.why_unevaluated == "It is off."
    store.feed([EvaluatorChanged(at_s=1.0, is_on=True)])
    assert store.live.why_unevaluated == ""
    store.feed([EvaluatorChanged(at_s=2.0, is_on=False, reason="It is off.")])
    store.feed([RunStarted(at_s=3.0, spec="", step=0, started_unix_s=0.0, directory="d")])
    assert store.live.why_unevaluated == ""


def test_what_was_said_of_a_mode_is_said_again_of_its_record_though_all_of_that_is_fed_at_once() -> None:
    record: list[Message] = [visit(0, "cpu,threads=1", 0, 0.0)]
    for second in range(6):
        record += [steps(50 * second, 50, second, 0.02), sample(second + 1.0, cores_frac=(0.0, 0.0))]
        record.append(anatomy(50 * second + 25, 0, forward_s=0.01, sending_s=0.0))
    record += [steps(300, 10, 6.0, 0.1), steps(310, 3, 7.0, 0.3)]  # at its end, its rate is not steady any more
    store = Store()
    store.feed(record)
    verdict = store.live.verdicts.current
    assert verdict is not None
    assert verdict.rule == "baseline"
    assert store.versions["verdict"] > Store().versions["verdict"]
