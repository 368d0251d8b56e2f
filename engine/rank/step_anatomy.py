"""A step of one rank taken apart: what it sends and holds, counted once, and what its spans were, seen each time.

count   a pass that changes nothing: messages of the step, bytes held          once for every batch size
watch   the trace keeps every span of the next step                            a few times a second
report  spans + the messages that were sent in them + counts of techniques  ->  RankAnatomy, to the session
"""

from collections.abc import Sequence
from functools import partial

import msgspec
from torch.optim import Optimizer

from engine.anatomy import LaneSpan, RankAnatomy
from engine.config import roles
from engine.ipc.control import Control
from engine.ipc.reports import Anatomy
from engine.rank.data.batches import Batches
from engine.rank.modes.base import SingleProcess
from engine.rank.place.mesh import Place
from engine.rank.state.canonical import Progress
from engine.rank.state.weights import Weights
from engine.rank.step.passes import Passes
from engine.rank.trace import messages
from engine.rank.trace.calls import CallTimes
from engine.rank.trace.host_trace import COMMUNICATE, StepSpans, Trace


class StepAnatomist:
    """Takes steps of one rank apart. All ranks of a crew do so with the same ones."""

    def __init__(
        self,
        place: Place,
        techniques: Sequence[SingleProcess],
        batches: Batches,
        passes: Passes,
        weights: Weights,
        optimizer: Optimizer,
        trace: Trace,
    ) -> None:
        self._place = place
        self._techniques = techniques
        self._batches = batches
        self._passes = passes
        self._weights = weights
        self._optimizer = optimizer
        self._trace = trace
        self._counted_at = 0
        self._counted = messages.Counted()
        self._calls: CallTimes | None = None

    def watch(self, progress: Progress, *, is_paced: bool) -> None:
        """Keep every span of the next step, or of several where ranks run freely; what is kept of some is told now.

        At a new batch size it is counted first, on a pass that changes nothing. At a pace all ranks begin a step
        together, and wait before the next one: there each step is seen by itself.
        """
        if self._counted_at != progress.batch_size:
            self.count(progress.samples, progress.batch_size)
        elif self._calls is not None:
            self._calls.again()
        wanted = max((technique.steps_watched for technique in self._techniques), default=1)
        self._trace.watch(1 if is_paced else wanted)

    def count(self, cursor: int, batch_size: int) -> None:
        """Count what a step on `batch_size` samples from `cursor` on sends and holds."""
        self._counted_at = batch_size
        batch = self._batches.take(cursor, batch_size)
        self._counted = messages.count(
            self._place,
            self._weights,
            self._optimizer,
            lambda: self._passes.run(batch, self._trace),
            lambda: tuple(t for technique in self._techniques for t in technique.traffic()),
        )
        if self._passes.workload.code and self._place.mode.world_size == 1:
            self._calls = self._timed(cursor, batch_size)

    def _timed(self, cursor: int, batch_size: int) -> CallTimes:
        """What forward and backward take on `batch_size` samples; on the first of them, and in how many operations."""
        whole, one = (
            partial(self._passes.run, self._batches.take(cursor, size), self._trace) for size in (batch_size, 1)
        )
        is_torch = roles.language(self._place.mode) not in self._passes.workload.code
        operations = partial(messages.count_operations, self._place, one, self._weights)
        return CallTimes(whole, one, self._weights, operations if is_torch else lambda: None)

    def report(self, seen: StepSpans, control: Control) -> None:
        """Tell the session what was seen of a step that was watched."""
        spans = [
            LaneSpan(
                span.phase,
                span.microbatch,
                span.begin_s - seen.begin_s,
                span.end_s - span.begin_s,
                kind="receive" if span.received_bytes else "",
                payload_bytes=span.received_bytes,
                on_core_s=span.on_core_s,
            )
            for span in seen.spans
            if span.end_s > span.begin_s
        ]
        moved = [each for technique in self._techniques if (each := technique.moved_bytes) is not None]
        anatomy = RankAnatomy(
            rank=self._place.rank,
            begin_s=seen.begin_s,
            seconds=seen.end_s - seen.begin_s,
            spans=_with_messages(spans, self._counted.messages),
            traffic=self._counted.traffic,
            held=self._counted.held,
            alone_s=self._counted.alone_s,
            step_begins_s=tuple(begin_s - seen.begin_s for begin_s in seen.step_begins_s),
            moved_bytes=sum(moved) if moved else None,
            calls=self._calls.calls if self._calls is not None else None,
            operations=self._counted.operations,
            counts={name: value for technique in self._techniques for name, value in technique.counts().items()},
        )
        control.report(Anatomy(step=seen.step, anatomy=anatomy))


def _with_messages(spans: list[LaneSpan], counted: list[messages.Sent]) -> tuple[LaneSpan, ...]:
    """Spans of communicating with what was sent in them, where it is certain which message was which.

    (What goes from stage to stage of a pipeline is waited for in WAIT, and told by the stage itself.)
    """
    talks = [index for index, span in enumerate(spans) if span.phase == COMMUNICATE]
    sent = [message for message in counted if message.kind not in ("send", "receive")]
    if len(talks) == 1 and len({(message.kind, message.ranks) for message in sent}) == 1:
        sent = [sent[0]._replace(payload_bytes=sum(message.payload_bytes for message in sent))]
    if len(talks) == len(sent):
        for index, message in zip(talks, sent, strict=True):
            spans[index] = msgspec.structs.replace(
                spans[index], kind=message.kind, payload_bytes=message.payload_bytes, among=message.ranks
            )
    return tuple(spans)
