"""What is inside one step: spans of each rank, what it sent, what it holds. Parts of messages, no messages themselves.

Steps are taken apart now and then, all ranks the same one, a few times a second: watching each would cost more than
many a step takes.
"""

import msgspec

THROUGH_MEMORY = "all-reduce (shared memory)"
"""The kind of message that is none: all ranks map the buffers."""


class LaneSpan(msgspec.Struct, frozen=True, array_like=True):
    """One interval on one rank: `phase` is an index into `PHASES`; `microbatch` counts from 0, -1 where there is none.

    `kind`, `payload_bytes` and `among` say of a message what it was, how much this rank put into it (of one that was
    received: how much came out), and which ranks took part; several that follow each other are one span. `on_core_s` is
    for how long the rank's main thread really ran: what is missing, it was ready and had no core. None where nobody
    knows.
    """

    phase: int
    microbatch: int
    offset_s: float
    duration_s: float
    kind: str = ""
    payload_bytes: int = 0
    on_core_s: float | None = None
    among: tuple[int, ...] = ()


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one kind that a rank takes part in during a step, counted, not timed.

    `ranks` are those that take part, in the order of their group; for a send or a receive, sender and receiver.
    `payload_bytes` is what this rank puts in (or, receiving, gets out), all `count` messages together. `every`: not in
    each step, but once in so many.
    """

    kind: str
    ranks: tuple[int, ...]
    count: int
    payload_bytes: int
    every: int = 1


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of tensors that a rank holds: sums over tensors, each storage once.

    `activation_bytes` is the most that was kept for backward at one moment of the step.
    """

    parameter_bytes: int
    gradient_bytes: int
    optimizer_bytes: int
    activation_bytes: int


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """What forward and backward take, the quickest of some passes, on the whole batch and on one sample alone.

    `operations` of torch are those on one sample, nearly as many as on the batch: there they have next to nothing to
    compute. None where it is not torch that computes.
    """

    batch_s: float
    sample_s: float
    operations: int | None = None


class HeldTensor(msgspec.Struct, frozen=True, array_like=True):
    """A parameter as the model knows it, and the part of it that a rank has."""

    name: str
    shape: tuple[int, ...]
    local_shape: tuple[int, ...]


class ModelCount(msgspec.Struct, frozen=True, kw_only=True):
    """How large a whole model is: its weights, how many of them are trained, and the bytes that a number has."""

    weights: int
    trained: int
    number_bytes: int


class RankAnatomy(msgspec.Struct, frozen=True, kw_only=True):
    """One rank in one step. `begin_s` is on the run's clock. `counts` are a technique's own (Hogwild's races).

    `alone_s` is how long the step's collectives take with nothing beside them, measured once a segment.
    `moved_bytes` is what it has moved through memory that ranks share, counted from its first step to the end of this
    one; None where messages are sent. `step_begins_s`: where ranks run freely it is several steps, one right after the
    other, which begin so long after `begin_s`; () is one step. `calls` are counted where the model is written in other
    code than torch's, too, for who compares the two. `operations` are those of torch in its forward and backward; None
    where they were not counted.
    """

    rank: int
    begin_s: float
    seconds: float
    spans: tuple[LaneSpan, ...]
    traffic: tuple[Traffic, ...]
    held: Held | None = None
    alone_s: float | None = None
    counts: dict[str, int] = {}
    step_begins_s: tuple[float, ...] = ()
    moved_bytes: int | None = None
    calls: Calls | None = None
    operations: int | None = None

    @property
    def steps(self) -> int:
        """How many steps this part of an anatomy is made of."""
        return len(self.step_begins_s) or 1

    def last(self, steps: int) -> "RankAnatomy":
        """The last so many of its steps, and nothing of those before them."""
        if steps >= self.steps:
            return self
        cut_s = self.step_begins_s[-steps]
        spans = (span for span in self.spans if span.offset_s >= cut_s)
        return msgspec.structs.replace(
            self,
            begin_s=self.begin_s + cut_s,
            seconds=self.seconds - cut_s,
            spans=tuple(msgspec.structs.replace(span, offset_s=span.offset_s - cut_s) for span in spans),
            step_begins_s=tuple(begin_s - cut_s for begin_s in self.step_begins_s[-steps:]) if steps > 1 else (),
        )
