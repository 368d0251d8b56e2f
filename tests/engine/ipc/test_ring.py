"""The ring of step records: in order, and complete however late its reader is."""

import mmap

from engine.ipc.ring import CAPACITY, RING_BYTES, RING_ROW, RingReader, RingWriter


def test_ring_keeps_order_and_loses_nothing_when_the_reader_is_late() -> None:
    memory = mmap.mmap(-1, RING_BYTES)
    writer, reader = RingWriter(memory), RingReader(memory)
    read: list[int] = []
    total = 3 * CAPACITY + 17
    for step in range(total):
        writer.write(step, step, step + 0.5, 1.0, 32)
        if step % 50_000 == 0:
            read += reader.read()["step"].tolist()
    while not writer.flush():
        read += reader.read()["step"].tolist()
    read += reader.read()["step"].tolist()
    assert read == list(range(total))


def test_a_step_takes_48_bytes() -> None:
    assert RING_ROW.itemsize == 48
