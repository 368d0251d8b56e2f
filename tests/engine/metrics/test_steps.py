"""One row of a step out of the shares that its ranks report."""

import mmap

from engine.ipc.ring import RING_BYTES, RingReader, RingWriter
from engine.metrics.steps import Merger


def test_merger_adds_shares_and_takes_a_step_from_the_first_begin_to_the_last_end() -> None:
    merger = Merger(world_size=2, segment=4, origin_s=10.0)
    rows = []
    for rank, (begin_s, end_s, share) in enumerate([(11.0, 11.75, 0.25), (11.25, 12.0, 0.5)]):
        memory = mmap.mmap(-1, RING_BYTES)
        RingWriter(memory).write(3, begin_s, end_s, share, 16 + rank)
        rows.append(RingReader(memory).read())
    merger.add(0, rows[0])
    assert not len(merger.complete())
    merger.add(1, rows[1])
    steps = merger.complete()
    assert (steps["step"][0], steps["loss"][0], steps["samples"][0], steps["segment"][0]) == (3, 0.75, 33, 4)
    assert (steps["at_s"][0], steps["seconds"][0]) == (2.0, 1.0)
