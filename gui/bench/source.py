"""A synthetic source for benchmarks and tests: it offers step records at any rate through a real rank's ring."""

import mmap
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from engine.config.spec import make_spec, spec_toml
from engine.events.message import Message
from engine.events.run import RunStarted, SegmentStarted, StatusChanged
from engine.ipc.ring import RING_BYTES, RingReader, RingWriter
from engine.metrics.steps import Merger
from engine.pictures import AnyGiven
from engine.record.writer import Recorder
from engine.rows import StepBatch

OFFER_S = 0.005


class SyntheticSource:
    """Writes `steps_per_s` records a second into a ring from a thread; `take` reads, merges and records them."""

    is_replay = False
    record_problem = None

    def __init__(self, directory: Path, *, steps_per_s: float) -> None:
        self.spec = make_spec("digits-mlp")
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.offered = 0
        self._rate = steps_per_s
        memory = mmap.mmap(-1, RING_BYTES)
        self._writer, self._reader = RingWriter(memory), RingReader(memory)
        self._origin_s = time.perf_counter()
        self._merger = Merger(world_size=1, segment=0, origin_s=self._origin_s)
        self._recorder = Recorder(directory, self.spec)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._offer, name="synthetic", daemon=True)
        self._untold: list[Message] = [
            RunStarted(at_s=0.0, spec=spec_toml(self.spec), step=0, started_unix_s=0.0, directory=str(directory)),
            SegmentStarted(
                at_s=0.0, segment=0, step=0, mode="cpu,threads=1", words="synthetic", ranks=(), warmup_steps=3
            ),
            StatusChanged(at_s=0.0, status="running", step=0),
        ]

    def _offer(self) -> None:
        while not self._stop.wait(OFFER_S):
            due = int((time.perf_counter() - self._origin_s) * self._rate)
            for step in range(self.offered, due):
                begin_s = self._origin_s + step / self._rate
                end_s = begin_s + 1 / self._rate
                loss = 2.0 / (1.0 + step * 1e-3) + (step * 7919 % 101) * 1e-3
                self._writer.write(step, begin_s, end_s, loss, 32)
            self.offered = max(self.offered, due)
        while not self._writer.flush():
            time.sleep(0.001)  # the reader comes by; the test or benchmark ends with a last take

    def play(self) -> None:
        """Begin to offer steps, from step 0 on."""
        self._origin_s = time.perf_counter()
        self._merger = Merger(world_size=1, segment=0, origin_s=self._origin_s)
        self._thread.start()

    def take(self) -> list[Message]:
        """What a session would hand on."""
        self._merger.add(0, self._reader.read())
        steps = self._merger.complete()
        messages, self._untold = self._untold, []
        if len(steps):
            messages.append(StepBatch(steps))
        for message in messages:
            self._recorder.write(message)
        self._recorder.flush()
        return messages

    def pause(self) -> None:
        """Change nothing: steps are offered until `stop`."""

    def step(self, count: int = 1) -> None:
        """Change nothing: steps are offered until `stop`."""

    def run_until(self, step: int) -> None:
        """Change nothing: steps are offered until `stop`."""

    def shift(self, mode: str) -> None:
        """Change nothing: there is nothing that computes."""

    def change(self, *, lr: float | None = None, batch_size: int | None = None) -> None:
        """Change nothing: there is nothing that computes."""

    def slow_down(self, *, rank: int = 0, phase: str = "compute", factor: float = 1.0, delay_s: float = 0.0) -> None:
        """Change nothing: there is nothing that computes."""

    def keep_pace(self, steps_per_s: float | None) -> None:
        """Change nothing: there is nothing that computes."""

    def break_rank(self, rank: int, how: str = "kill") -> None:
        """Change nothing: there is nothing that computes."""

    def cancel_shift(self) -> None:
        """Change nothing: there is nothing that computes."""

    def end_silent(self) -> None:
        """Change nothing: there is nothing that computes."""

    def go_back(self, step: int) -> None:
        """Change nothing: there is nothing that computes."""

    def evaluate(self, *, on: bool) -> None:
        """Change nothing: there is nothing that computes."""

    def ask(self, samples: Sequence[int]) -> int:  # noqa: ARG002
        """Nobody answers; the number is of no answer."""
        return -1

    def watch(self, look: str, chosen: tuple[int, ...] = ()) -> None:
        """Draw nothing: there is no model."""

    def try_out(self, number: int, name: str, given: AnyGiven | None) -> None:
        """Nobody answers: there is no model."""

    def stop(self) -> None:
        """Offer no more steps: what was offered can still be taken."""
        self._stop.set()

    @property
    def is_offering(self) -> bool:
        """Whether more steps may come: after `stop` what was begun is offered whole, while somebody takes it."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread and the record."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(0.5)
        self._recorder.close()
