"""One row of a step out of the shares that its ranks report."""

import mmap

import pytest

from engine.events import PHASES
from engine.ipc.ring import RING_BYTES, RingReader, RingWriter
from engine.metrics.steps import Merger


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
