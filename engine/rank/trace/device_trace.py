"""Spans and losses on an accelerator, without a synchronisation per step.

    each step:   an event at every phase's begin; the loss is copied into a small buffer on the device
    now and then: the buffer goes to pinned memory, asynchronously, with an event behind it
    later:       when that event has passed, losses and times are read and the records go into the ring

Reading the pinned memory before its event has passed would be a race. The host may run at most `MAXIMUM_BATCHES`
batches ahead of the device, so that a pause takes effect soon. Device times are put on the host's clock by an anchor:
an event waited for once, at every `resume` (there the loop stands still anyway).
"""

from collections import deque
from dataclasses import dataclass, field
from math import isfinite
from time import perf_counter

import torch
from torch import Tensor

from engine.ipc.ring import RingWriter
from engine.rank.trace.host_trace import DATA, Interval, StepSpans

STEPS_A_BATCH = 32
BATCH_S = 0.02
MAXIMUM_BATCHES = 2


@dataclass
class _Step:
    step: int
    units: int
    of_units: int
    begin: torch.Event
    marks: list[tuple[int, int, torch.Event]]  # phase, micro-batch, its begin
    end: torch.Event


@dataclass
class _Batch:
    """Losses on their way to the host: `on_host` may be read once `arrived` has passed."""

    on_device: Tensor
    on_host: Tensor
    steps: list[_Step] = field(default_factory=list)
    arrived: torch.Event | None = None


class DeviceTrace:
    """Spans and records by the accelerator's clock; for ranks that compute on a CPU there is `HostTrace`."""

    clock = "device"

    def __init__(self, ring: RingWriter, device: torch.device) -> None:
        self.diverged = False
        self.now_s = perf_counter()
        self._ring = ring
        self._device = device
        self._events: list[torch.Event] = []
        self._batch = self._new_batch()
        self._spare_batches: list[_Batch] = []
        self._in_flight: deque[_Batch] = deque()
        self._step = -1
        self._watched_step = -1
        self._watched: StepSpans | None = None
        self._marks: list[tuple[int, int, torch.Event]] = []
        self._anchor = self._record()
        self._anchor_s = 0.0
        self._begin = self._anchor
        self._batch_begin_s = self.now_s

    def resume(self) -> None:
        """Read out all that is under way and set the anchor anew; the next step begins now."""
        self.flush()
        self._anchor = torch.Event(self._device, enable_timing=True)
        self._anchor.record()
        self._anchor.synchronize()
        self._anchor_s = self.now_s = perf_counter()
        self._begin = self._anchor

    def begin(self, step: int) -> None:
        """A step begins, in its data phase, where the one before ended."""
        self._step = step
        self._marks = [(DATA, -1, self._begin)]

    def enter(self, phase: int, microbatch: int = -1) -> None:
        """Let another phase begin on the device once it gets here."""
        self._marks.append((phase, microbatch, self._record()))

    def cut(self, phase: int, at_s: float) -> None:
        """A host's moment says nothing about the device: the phase is not split."""

    def aside(self, begin_s: float, end_s: float, *, collective: bool) -> None:
        """A wait of the host's says nothing about the device either: nothing is noted."""

    def received(self, num_bytes: int) -> None:
        """Note nothing: when a message came is known to the device alone."""

    def watch(self, steps: int = 1) -> None:  # noqa: ARG002 - ranks on a device do not run freely
        """Keep every span of the next step; it is known when its batch has arrived."""
        self._watched_step = self._step + 1 if self._watched_step < 0 else self._watched_step

    def part(self) -> None:
        """One step at a time is watched here, and comes when it has arrived."""

    def watched(self) -> StepSpans | None:
        """The step that was taken apart since the last call."""
        seen, self._watched = self._watched, None
        return seen

    def dismiss(self) -> StepSpans | None:
        """The step was none of the run's: its marks are forgotten."""
        self._watched_step = -1
        return None

    def end(self, loss_sum: Tensor | None, units: int, of_units: int) -> None:
        """The step is launched; its loss is kept on the device until its batch is sent."""
        batch = self._batch
        if loss_sum is None:  # another rank computes the same samples, or a later stage
            batch.on_device[len(batch.steps)].zero_()
            units = 0
        else:
            batch.on_device[len(batch.steps)].copy_(loss_sum.detach(), non_blocking=True)
        end = self._record()
        batch.steps.append(_Step(self._step, units, of_units, self._begin, self._marks, end))
        self._begin = end
        self.now_s = perf_counter()
        if len(batch.steps) == STEPS_A_BATCH or self.now_s - self._batch_begin_s >= BATCH_S:
            self._send()
        while self._in_flight and self._arrived(self._in_flight[0]).query():
            self._publish(self._in_flight.popleft())

    def flush(self) -> None:
        """Wait for everything under way and write its records."""
        if self._batch.steps:
            self._send()
        while self._in_flight:
            batch = self._in_flight.popleft()
            self._arrived(batch).synchronize()
            self._publish(batch)

    def _send(self) -> None:
        batch = self._batch
        batch.on_host.copy_(batch.on_device, non_blocking=True)
        batch.arrived = torch.Event(self._device)
        batch.arrived.record()
        self._in_flight.append(batch)
        if len(self._in_flight) > MAXIMUM_BATCHES:
            oldest = self._in_flight.popleft()
            self._arrived(oldest).synchronize()
            self._publish(oldest)
        self._batch = self._spare_batches.pop() if self._spare_batches else self._new_batch()
        self._batch_begin_s = perf_counter()

    def _publish(self, batch: _Batch) -> None:
        losses = batch.on_host.tolist()
        for loss_sum, step in zip(losses, batch.steps, strict=False):
            begin_s = self._time_s(step.begin)
            end_s = self._time_s(step.end)
            if step.step >= self._watched_step >= 0:
                times_s = [self._time_s(event) for _, _, event in step.marks[1:]] + [end_s]
                begins_s = [begin_s, *times_s[:-1]]
                spans = [
                    Interval(phase, microbatch, one_s, other_s, None)
                    for (phase, microbatch, _), one_s, other_s in zip(step.marks, begins_s, times_s, strict=True)
                ]
                self._watched, self._watched_step = StepSpans(step.step, begin_s, end_s, spans), -1
            loss_share = loss_sum / step.of_units
            self._ring.write(step.step, begin_s, end_s, loss_share, step.units)
            if not isfinite(loss_share):
                self.diverged = True
            # A step's begin is the end of the one before, which gave that event back already.
            self._events += [event for _, _, event in step.marks[1:]]
            self._retire(step.begin)
        batch.steps.clear()
        batch.arrived = None
        self._spare_batches.append(batch)

    def _retire(self, event: torch.Event) -> None:
        if event is not self._anchor:
            self._events.append(event)

    def _time_s(self, event: torch.Event) -> float:
        if event is self._anchor:
            return self._anchor_s
        return self._anchor_s + self._anchor.elapsed_time(event) / 1e3

    def _record(self) -> torch.Event:
        event = self._events.pop() if self._events else torch.Event(self._device, enable_timing=True)
        event.record()
        return event

    def _arrived(self, batch: _Batch) -> torch.Event:
        assert batch.arrived is not None
        return batch.arrived

    def _new_batch(self) -> _Batch:
        return _Batch(
            on_device=torch.zeros(
                STEPS_A_BATCH, dtype=torch.float64 if self._has_fp64() else torch.float32, device=self._device
            ),
            on_host=torch.zeros(
                STEPS_A_BATCH,
                dtype=torch.float64 if self._has_fp64() else torch.float32,
                pin_memory=self._device.type == "cuda",
            ),
        )

    def _has_fp64(self) -> bool:
        return self._device.type != "mps"
