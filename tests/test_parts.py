"""Small parts by themselves: ring, merging, batches, states, smoothing, columns, curves, the store."""

import hashlib
import json
import mmap
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.events import PHASES, STEP_ROW, RunStarted, SegmentStarted, StatusChanged, StepBatch
from engine.ipc.ring import CAPACITY, RING_BYTES, RingReader, RingWriter
from engine.metrics.steps import Merger
from engine.rank.data.batches import Batches
from engine.rank.step.optimizer import DirectAdam
from engine.record import states
from engine.record.whole_file import whole_file
from gui.model.columns import Levels
from gui.model.smoothing import Smoother
from gui.model.store import Store

PHASE_ZEROS = [0.0] * (2 * len(PHASES))


def test_ring_keeps_order_and_loses_nothing_when_the_reader_is_late() -> None:
    memory = mmap.mmap(-1, RING_BYTES)
    writer, reader = RingWriter(memory), RingReader(memory)
    read: list[int] = []
    total = 3 * CAPACITY + 17
    for step in range(total):
        writer.write(step, step, step + 0.5, 1.0, 0, 32, 0, *PHASE_ZEROS)
        if step % 50_000 == 0:
            read += reader.read()["step"].tolist()
    while not writer.flush():
        read += reader.read()["step"].tolist()
    read += reader.read()["step"].tolist()
    assert read == list(range(total))


def test_merger_adds_shares_and_tells_waiting_from_communicating() -> None:
    merger = Merger(world_size=2, segment=4, origin_s=10.0, has_one_group=True)
    in_groups = Merger(world_size=2, segment=4, origin_s=10.0, has_one_group=False)
    rows = []
    for rank, (ready_s, share) in enumerate([(0.2, 0.25), (0.5, 0.5)]):
        memory = mmap.mmap(-1, RING_BYTES)
        offsets, durations = [0.0] * len(PHASES), [0.0] * len(PHASES)
        offsets[4], durations[4] = ready_s, 0.7 - ready_s
        RingWriter(memory).write(3, 11.0, 12.0, share, 400, 16 + rank, 0, *offsets, *durations)
        rows.append(RingReader(memory).read())
    merger.add(0, rows[0])
    assert not len(merger.complete()[0])
    merger.add(1, rows[1])
    steps, spans = merger.complete()
    assert (steps["step"][0], steps["loss"][0], steps["samples"][0], steps["segment"][0]) == (3, 0.75, 33, 4)
    assert (steps["at_s"][0], steps["seconds"][0]) == (2.0, 1.0)
    assert spans["duration_s"][:, 5] == pytest.approx([0.3, 0.0], abs=1e-6)
    assert spans["duration_s"][:, 4] == pytest.approx([0.2, 0.2], abs=1e-6)
    for rank in (0, 1):
        in_groups.add(rank, rows[rank])
    assert in_groups.complete()[1]["duration_s"][:, 5].tolist() == [0.0, 0.0]  # who waits for whom is not known


def test_each_sample_once_an_epoch_at_any_world_size_and_batch_size() -> None:
    inputs = torch.arange(101)
    for world_size in (1, 2, 3, 4):
        ranks = [Batches(inputs, inputs, seed=5, rank=r, world_size=world_size) for r in range(world_size)]
        taken: list[int] = []
        sizes = [7, 3, 250, 1, 41]
        cursor = 0
        for size in sizes:
            parts = [rank.take(cursor, size)[0].tolist() for rank in ranks]
            assert max(map(len, parts)) - min(map(len, parts)) <= 1
            taken += [sample for part in parts for sample in part]
            cursor += size
        reference = Batches(inputs, inputs, seed=5, rank=0, world_size=1).take(0, cursor)[0].tolist()
        assert taken == reference
        for epoch in range(cursor // 101):
            assert sorted(taken[epoch * 101 : (epoch + 1) * 101]) == inputs.tolist()


def test_direct_adam_is_adam_to_the_bit() -> None:
    torch.manual_seed(0)
    models = [nn.Linear(5, 3) for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())
    plain = torch.optim.Adam(models[0].parameters(), lr=0.01, fused=True)
    direct = DirectAdam(list(models[1].parameters()), 0.01)
    for step in range(20):
        for model in models:
            (model(torch.full((4, 5), step / 7)) ** 2).sum().backward()
        plain.step()
        plain.zero_grad()
        direct.direct_step()
        direct.zero_grad()
        if step == 9:  # a shift in between
            direct.load_state_dict(direct.state_dict())
    for one, other in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_states_are_whole_or_not_there(tmp_path: Path) -> None:
    for step in (10, 20, 30):
        draft = tmp_path / "draft.partial"
        draft.write_bytes(b"x" * (1000 + step))
        states.publish(tmp_path, draft, step, hashlib.sha256(draft.read_bytes()).hexdigest())
    assert [manifest.step for manifest in states.saved_states(tmp_path)] == [20, 30]
    newest = tmp_path / states.state_name(30)
    content = bytearray(newest.read_bytes())
    content[500] ^= 1
    newest.write_bytes(content)
    found = states.last_state(tmp_path)
    assert found is not None
    assert found.step == 20
    newest.with_suffix(".json").write_text('{"step": 30, "name": "../../etc/passwd", "state_bytes": 1, "sha256": ""}')
    assert [manifest.step for manifest in states.saved_states(tmp_path)] == [20]


@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9, 0.99, 0.999])
def test_smoothing_is_the_recursion_in_any_portions(weight: float) -> None:
    values = np.random.default_rng(0).normal(3.0, 1.0, 4_000)
    values[100] = np.nan
    expected, last, count = [], 0.0, 0
    for value in values:
        if np.isnan(value):
            expected.append(np.nan)
            continue
        count += 1
        last = last * weight + value * (1 - weight)
        expected.append(last / (1 - weight**count))
    smoother = Smoother(weight)
    smoothed = np.concatenate([smoother.append(part) for part in np.split(values, [1, 7, 99, 101, 2500])])
    np.testing.assert_allclose(smoothed, expected, rtol=1e-9)


def test_decimation_keeps_extremes_gaps_and_the_newest_point() -> None:
    values = np.random.default_rng(1).normal(size=300_001)
    values[12_345], values[54_321], values[100:200] = 50.0, -50.0, np.nan
    levels = Levels()
    for part in np.split(values, [3, 5_000, 70_000, 299_999]):
        levels.append(part)
    indices, drawn = levels.decimate(0, len(levels), 500)
    assert len(indices) < 2_500
    assert (drawn.max(), drawn.min()) == (50.0, -50.0)
    assert indices[-1] == 300_000
    assert drawn[-1] == np.float32(values[-1])
    assert np.isfinite(drawn).all()
    levels.truncate(1_000)
    levels.append([7.0])
    assert levels.decimate(0, 2_000, 10)[1][-1] == 7.0


def batch(first: int, count: int, *, segment: int = 0, at_s: float = 0.0) -> StepBatch:
    rows = np.zeros(count, STEP_ROW)
    rows["step"] = np.arange(first, first + count)
    rows["loss"] = 1.0 / (1 + rows["step"])
    rows["at_s"] = at_s + (np.arange(count) + 1) * 0.01
    rows["seconds"], rows["samples"], rows["segment"] = 0.01, 10, segment
    return StepBatch(rows)


def begin(segment: int, step: int, at_s: float) -> SegmentStarted:
    return SegmentStarted(at_s=at_s, segment=segment, step=step, mode="cpu", words="one", ranks=(), warmup_steps=3)


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


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "set-up.toml"
    path.write_text("old")
    with pytest.raises(TypeError), whole_file(path, text=True) as file:
        json.dump({"half of it": object()}, file)  # fails in the middle
    assert path.read_text() == "old"
    with whole_file(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [found.name for found in tmp_path.iterdir()] == ["set-up.toml"]
