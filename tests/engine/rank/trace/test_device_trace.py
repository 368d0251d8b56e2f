"""An accelerator's spans without an accelerator: torch's events are played by a clock, everything else is real."""

import mmap
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine.ipc.ring import RING_BYTES, RingReader, RingWriter
from engine.rank.trace import device_trace
from engine.rank.trace.device_trace import STEPS_A_BATCH, DeviceTrace
from engine.rows import PHASES

FORWARD, BACKWARD, OPTIMIZER = (PHASES.index(name) for name in ("forward", "backward", "optimizer"))


class Clock:
    """The device's clock; work takes the time it is told to take."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waited = 0

    def event(self, *_: object, **__: object) -> "Event":
        return Event(self)


class Event:
    """As `torch.Event`: it is recorded when the device gets there, which here is at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.at_s = 0.0

    def record(self) -> None:
        self.at_s = self._clock.now_s

    def query(self) -> bool:
        return True

    def synchronize(self) -> None:
        self._clock.waited += 1

    def elapsed_time(self, other: "Event") -> float:
        return (other.at_s - self.at_s) * 1e3


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(device_trace, "torch", SimpleNamespace(**{**vars(torch), "Event": clock.event}))
    return clock


def step(trace: DeviceTrace, clock: Clock, number: int, loss: float) -> None:
    """One step of two micro-batches: forward 2 s each, backward 4 s each, optimizer 1 s."""
    trace.begin(number)
    for phase, seconds in ((FORWARD, 2.0), (BACKWARD, 4.0)):
        for microbatch in range(2):
            trace.enter(phase, microbatch)
            clock.now_s += seconds
    trace.enter(OPTIMIZER)
    clock.now_s += 1.0
    trace.end(torch.tensor(loss), 8, 8)


def test_records_come_in_batches_and_a_step_taken_apart_keeps_its_micro_batches(clock: Clock) -> None:
    memory = mmap.mmap(-1, RING_BYTES)
    reader, trace = RingReader(memory), DeviceTrace(RingWriter(memory), torch.device("cpu"))
    trace.resume()
    waited = clock.waited
    trace.watch()
    for number in range(STEPS_A_BATCH):
        step(trace, clock, number, 16.0)
    assert clock.waited == waited  # the host has not waited for the device once
    trace.flush()
    rows = reader.read()
    assert rows["step"].tolist() == list(range(STEPS_A_BATCH))
    assert np.allclose(rows["loss_share"], 2.0)
    assert np.allclose(rows["end_s"] - rows["begin_s"], 13.0)
    seen = trace.watched()
    assert seen is not None
    spans = [(span.phase, span.microbatch, round(span.end_s - span.begin_s, 6)) for span in seen.spans]
    assert spans[1:] == [
        (FORWARD, 0, 2.0),
        (FORWARD, 1, 2.0),
        (BACKWARD, 0, 4.0),
        (BACKWARD, 1, 4.0),
        (OPTIMIZER, -1, 1.0),
    ]
    assert all(span.on_core_s is None for span in seen.spans)
    assert trace.watched() is None


def test_a_loss_that_is_no_number_is_seen_when_its_batch_arrives(clock: Clock) -> None:
    memory = mmap.mmap(-1, RING_BYTES)
    trace = DeviceTrace(RingWriter(memory), torch.device("cpu"))
    trace.resume()
    step(trace, clock, 0, float("nan"))
    trace.flush()
    assert trace.diverged


def test_a_step_that_is_none_of_the_runs_leaves_no_record(clock: Clock) -> None:
    memory = mmap.mmap(-1, RING_BYTES)
    reader, trace = RingReader(memory), DeviceTrace(RingWriter(memory), torch.device("cpu"))
    trace.begin(-1)
    trace.enter(FORWARD)
    assert trace.dismiss() is None
    trace.flush()
    assert len(reader.read()) == 0
