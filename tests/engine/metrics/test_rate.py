"""A rate is samples by the clock on the wall, whatever ranks do: counted on a run of Hogwild, and by hand."""

import csv
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.config.spec import make_spec
from engine.events.ranks import StepAnatomy
from engine.events.run import RunFinished
from engine.metrics.rate import RecentRate
from engine.metrics.steps import Merger
from engine.rank.modes.hogwild import MOST_AHEAD
from engine.record.reader import read_record
from engine.rows import STEP_ROW, Rows, StepBatch
from gui.exports import export_curves
from gui.model.store import Store
from gui.widgets.span_look import seen_together
from tests.conftest import Watched

RING = np.dtype([("step", "<i8"), ("begin_s", "<f8"), ("end_s", "<f8"), ("loss_share", "<f8"), ("samples", "<i8")])


def free_running(world_size: int, steps: int, step_s: float, ahead: int) -> list[Rows]:
    """Ranks that make steps one right after the other, each `ahead` steps before the next rank."""
    ranks = []
    for rank in range(world_size):
        rows = np.zeros(steps, RING)
        rows["step"] = np.arange(steps)
        rows["begin_s"] = (np.arange(steps) + rank * ahead) * step_s
        rows["end_s"] = rows["begin_s"] + step_s
        rows["samples"] = 8
        ranks.append(rows)
    return ranks


def test_seconds_of_free_running_ranks_add_up_to_the_time_they_take() -> None:
    merger = Merger(world_size=2, segment=0, origin_s=0.0)
    found = []
    ranks = free_running(2, 100, 0.01, ahead=5)
    for part in np.array_split(np.arange(100), 7):
        for rank, rows in enumerate(ranks):
            merger.add(rank, rows[part])
        found.append(merger.complete())
    steps = np.concatenate(found)
    assert steps["seconds"].sum() == pytest.approx(1.05)  # 100 steps of the last rank, which begins 5 steps late
    assert steps["seconds"][1:] == pytest.approx(np.full(99, 0.01))


def test_a_pause_is_no_time_of_computing() -> None:
    merger = Merger(world_size=2, segment=0, origin_s=0.0)
    for rank, rows in enumerate(free_running(2, 10, 0.01, ahead=0)):
        rows["begin_s"][6:] += 3.0
        rows["end_s"][6:] += 3.0
        merger.add(rank, rows)
    assert merger.complete()["seconds"].sum() == pytest.approx(0.1)


def test_hogwild_is_as_fast_as_it_trains(watch: Callable[..., Watched], tmp_path: Path) -> None:
    spec = make_spec("digits-mlp", mode="cpu,hogwild=2", batch_size=64, knobs={"hidden": 512, "layers": 3})
    run = watch(spec, directory=tmp_path / "run")
    run.session.run_until(200)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 200)
    begin_s = time.perf_counter()
    run.session.run_until(1_400)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 1_400)
    elapsed_s = time.perf_counter() - begin_s
    rows = np.concatenate([message.rows for message in run.of(StepBatch)])[200:]  # type: ignore[union-attr]
    wall_s = float(rows["at_s"][-1] - (rows["at_s"][0] - rows["seconds"][0]))  # in one go: nothing but computing
    trained = int(rows["samples"].sum())
    assert trained == 1_200 * 64
    assert wall_s < elapsed_s
    true = trained / wall_s
    assert trained / rows["seconds"].sum() == pytest.approx(true, rel=0.02)

    terminal = RecentRate()
    for part in np.split(rows, 24):
        terminal.append(part)
    last = rows[-50 * len(terminal._entries) :]
    assert terminal.samples_per_s == pytest.approx(last["samples"].sum() / last["seconds"].sum(), rel=0.02)

    store = Store()
    store.feed(run.messages)
    curve = store.live.throughput
    counted = curve.axis.of("step") > 200
    seconds = np.diff(curve.axis.of("time")[counted])
    windows = curve.curve.levels.raw.values[counted][1:].astype(float)
    drawn = float(np.diff(curve.axis.of("samples")[counted]).sum() / seconds.sum())
    assert (windows * seconds).sum() / seconds.sum() == pytest.approx(drawn, rel=0.02)
    shown = curve.axis.of("step")[counted]  # the first window after the pause begins what is compared
    there = rows[(rows["step"] >= shown[0]) & (rows["step"] < shown[-1])]
    there_s = float(there["at_s"][-1] - (there["at_s"][0] - there["seconds"][0]))
    assert drawn == pytest.approx(there["samples"].sum() / there_s, rel=0.02)
    assert len(there) > 600

    taken_apart = [anatomy for anatomy in run.of(StepAnatomy) if anatomy.ranks[0].step_begins_s]  # type: ignore[union-attr]
    assert taken_apart
    steps_seen = [len(rank.step_begins_s) for anatomy in taken_apart for rank in anatomy.ranks]  # type: ignore[union-attr]
    assert max(steps_seen) == 2 * MOST_AHEAD
    idle: list[float] = []
    for anatomy in taken_apart:
        begin_s, seconds = seen_together(anatomy)  # type: ignore[arg-type]
        assert seconds > 0
        ranks = anatomy.ranks  # type: ignore[union-attr]
        begins = [rank.begin_s for rank in ranks]
        are_together = max(begins) < min(rank.begin_s + rank.seconds for rank in ranks)  # by chance, if crowded
        assert begin_s == (max(begins) if are_together else min(begins))
        for rank in ranks:
            left = next(end for end in (200, 1_400) if end > anatomy.step) - anatomy.step
            assert 1 < len(rank.step_begins_s) <= min(2 * MOST_AHEAD, left)  # a pause cuts it short
            ends = [span.offset_s + span.duration_s for span in rank.spans]
            assert all(end <= later.offset_s + 1e-6 for end, later in zip(ends, rank.spans[1:], strict=False))
            assert rank.step_begins_s[0] == 0.0
            idle.append(1 - sum(span.duration_s for span in rank.spans) / rank.seconds)
    assert np.median(idle) < 0.2  # one right after the other: no axis that is mostly idle

    run.session.stop()
    finished = run.until(lambda m: isinstance(m, RunFinished))
    counted_rows = read_record(tmp_path / "run").steps[3:]
    of_all = counted_rows["samples"].sum() / counted_rows["seconds"].sum()
    assert finished.segments[0].samples_per_s == pytest.approx(of_all, rel=1e-4)  # type: ignore[union-attr]
    table = tmp_path / "curves.csv"
    export_curves(run.session, table)
    with table.open() as file:
        lines = list(csv.DictReader(file))[200:1_400]
    total_s = sum(float(line["seconds"]) for line in lines)
    assert sum(int(line["samples"]) for line in lines) / total_s == pytest.approx(true, rel=0.02)


def test_a_pace_begins_a_rate_of_its_own_which_is_of_several_steps() -> None:
    def rows(first: int, count: int, step_s: float) -> Rows:
        found = np.zeros(count, STEP_ROW)
        found["step"], found["samples"], found["seconds"] = first + np.arange(count), 8, step_s
        return found

    recent = RecentRate()
    recent.append(rows(0, 1_000, 0.001))
    recent.keep_pace(5.0)
    assert recent.samples_per_s is None, "not what was made at full speed"
    for step in range(40):
        recent.append(rows(1_000 + step, 1, 0.2 if step % 2 else 0.4))
    assert recent.steps_per_s == pytest.approx(20 / 6.0, rel=0.06), "a mean of twenty, not of the last few"
    recent.keep_pace(None)
    for step in range(40):
        recent.append(rows(2_000 + step, 1, 0.2 if step % 2 else 0.4))
    assert recent.steps_per_s == pytest.approx(5 / 1.4, rel=0.2)
