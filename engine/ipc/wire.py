"""The control pipes between a session and its ranks: length-prefixed msgpack of the structs below. No pickle.

A mode is text for people and files alone: it was parsed where it came from, and travels as what it was parsed to.

Orders go down one pipe, reports come up another. Both are given to the process when it is started, so there is no
address, no port and no key; the end of the orders tells a rank that its session is gone; and a rank started over ssh
would speak the same way on its standard streams. Step records do not travel here (see `engine/ipc/ring.py`).
"""

import struct
from typing import BinaryIO

import msgspec

from engine.anatomy import RankAnatomy
from engine.config.hardware import TorchReport
from engine.config.limits import BatchSize, LearningRate
from engine.config.mode import ComputeMode
from engine.config.spec import RunSpec
from engine.events import Points, RankInfo, Surface

_LENGTH = struct.Struct("<I")


class Order(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of what a session tells a rank."""


class Open(Order, frozen=True, kw_only=True):
    """The files of the crew, for a rank that inherited none: gate, rendezvous, state, snapshot, maybe former state."""

    paths: tuple[str, ...]


class Assign(Order, frozen=True, kw_only=True):
    """Become rank `rank` of those that `mode` has: build the model, join the group, warm up, answer Ready.

    `mode` is the one of this crew; the spec's is the one in which the run began.
    """

    rank: int
    mode: ComputeMode
    spec: RunSpec
    directory: str
    free_bytes: int
    """Memory of the host that was free when this crew was asked for."""
    is_looked_at: bool
    """The run has an evaluator, for which snapshots will be taken."""
    origin_s: float


class Begin(Order, frozen=True, kw_only=True):
    """Take up a state and go: to the end, to `until`, or paused at once.

    `state` is a path; empty, it is the fresh model, or what the former crew has written (`is_handed_over`).
    """

    state: str
    is_handed_over: bool
    until: int | None
    paused: bool


class GoOn(Order, frozen=True, kw_only=True):
    """Go on from a pause; pause again before step `until`."""

    until: int | None


class Pause(Order, frozen=True, kw_only=True):
    """Pause at this boundary, before the next step, until a GoOn."""


class Change(Order, frozen=True, kw_only=True):
    """From this boundary on, other hyper-parameters; None: as they are."""

    lr: LearningRate | None
    batch_size: BatchSize | None

    def then(self, later: "Change") -> "Change":
        """Both in one: what the later one leaves as it is, is as in this one."""
        return Change(
            lr=later.lr if later.lr is not None else self.lr,
            batch_size=later.batch_size if later.batch_size is not None else self.batch_size,
        )


class SlowDown(Order, frozen=True, kw_only=True):
    """On purpose: from this boundary on `rank` takes `factor` times as long for `phase`, a message `delay_s` longer."""

    rank: int
    phase: str
    factor: float
    delay_s: float


class HandOver(Order, frozen=True, kw_only=True):
    """Write the state into the crew's shared memory, each rank its part, answer HandedOver, and hold here."""


class Save(Order, frozen=True, kw_only=True):
    """Save the state to the run's directory at this boundary."""


class TakeSnapshot(Order, frozen=True, kw_only=True):
    """Copy the weights into the snapshot that the evaluator looks at, each rank its part; answer SnapshotTaken."""

    number: int


class Finish(Order, frozen=True, kw_only=True):
    """Save, take a last snapshot of that number (None: none is wanted), answer Finished, and exit with 0."""

    snapshot: int | None


class Ping(Order, frozen=True, kw_only=True):
    """Answered by the control thread itself: tells a frozen rank from a busy one."""


class Evaluate(Order, frozen=True, kw_only=True):
    """Become the evaluator of a run of `spec`: build workload and model, answer Evaluating, then wait for looks."""

    spec: RunSpec
    origin_s: float


class Look(Order, frozen=True, kw_only=True):
    """Look at the snapshot, which is whole: the weights before `step`, computed with in `precision`; answer Looked.

    Gently: at idle priority, beside training; else at once, for somebody waits for it.
    """

    number: int
    step: int
    precision: str
    gently: bool


class Ask(Order, frozen=True, kw_only=True):
    """What does the model say of these samples of the validation split? By the weights last looked at."""

    number: int
    samples: tuple[int, ...]


AnyOrder = (
    Open
    | Assign
    | Begin
    | GoOn
    | Pause
    | Change
    | SlowDown
    | HandOver
    | Save
    | TakeSnapshot
    | Finish
    | Evaluate
    | Look
    | Ask
    | Ping
)

BOUNDARY_ORDERS = (GoOn, Pause, Change, SlowDown, HandOver, Save, TakeSnapshot, Finish)
"""Orders that take effect at a step boundary, on all ranks of a crew at the same one."""


class Report(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of what a rank tells its session."""


class Hello(Report, frozen=True, kw_only=True):
    """Torch is imported, and this is what it finds."""

    torch: TorchReport


class Planned(Report, frozen=True, kw_only=True):
    """By rank 0, before anything is built: the crew takes up to `needed_bytes` of the host's memory."""

    needed_bytes: int
    free_bytes: int


class Ready(Report, frozen=True, kw_only=True):
    """The rank has built its model, joined its group and warmed up: it can load a state."""

    info: RankInfo


class Loaded(Report, frozen=True, kw_only=True):
    """The state is taken up; `step` is the next one."""

    step: int
    seconds: float


class Paused(Report, frozen=True, kw_only=True):
    """Paused before `step`, after `orders` boundary orders. `diverged`: by the rank itself, for a loss not finite."""

    step: int
    orders: int
    diverged: bool


class Applied(Report, frozen=True, kw_only=True):
    """Hyper-parameters in force from `step` on."""

    step: int
    lr: float
    batch_size: int


class Slowed(Report, frozen=True, kw_only=True):
    """The slowdown that was ordered is in force from `step` on."""

    step: int
    order: SlowDown


class HandedOver(Report, frozen=True, kw_only=True):
    """This rank's part of the state before `step` is written, or `problem` says why not.

    After `orders` boundary orders; done at `at_s` on the rank's clock.
    """

    step: int
    orders: int
    at_s: float
    problem: str


class SnapshotTaken(Report, frozen=True, kw_only=True):
    """This rank's part of the weights before `step` is in snapshot `number`; it took `seconds`."""

    number: int
    step: int
    seconds: float


class Evaluating(Report, frozen=True, kw_only=True):
    """By the evaluator: it is built. `has_looks`: there is something to compute of a snapshot."""

    has_looks: bool
    pictures: tuple[Points, ...]
    """What can be drawn without weights."""


class Looked(Report, frozen=True, kw_only=True):
    """What snapshot `number`, of the weights before `step`, says of the whole validation split, and pictures of it.

    A sum over its units, not a mean, of losses (maybe NaN); no units: there is no validation split. It took `seconds`,
    of which `work_s` of a core.
    """

    number: int
    step: int
    loss_sum: float
    num_correct: int
    units: int
    pictures: tuple[Surface, ...]
    seconds: float
    work_s: float


class Answered(Report, frozen=True, kw_only=True):
    """The model's outputs for the samples that Ask `number` names, by the weights before `step`; or why there are none.

    One row of numbers a sample, whatever the shape of an output; so too for the targets.
    """

    number: int
    step: int
    outputs: tuple[tuple[float, ...], ...]
    targets: tuple[tuple[float, ...], ...]
    problem: str


class Saving(Report, frozen=True, kw_only=True):
    """The state before `step` is on its way to disk."""

    step: int
    saved_bytes: int
    total_bytes: int


class Saved(Report, frozen=True, kw_only=True):
    """The state before `step` is on disk under `name`; or `problem` says why not.

    It took `seconds`, of which `work_s` of a core. The next one comes `every_s` after the beginning of this one.
    """

    step: int
    name: str
    state_bytes: int
    seconds: float
    work_s: float
    every_s: float
    problem: str


class Crashed(Report, frozen=True, kw_only=True):
    """The rank raised: `reason` is its last line, `details` the traceback. Without details, a refusal in a sentence."""

    step: int
    reason: str
    details: str


class Finished(Report, frozen=True, kw_only=True):
    """The rank did all it was asked to and exits."""

    step: int


class Anatomy(Report, frozen=True, kw_only=True):
    """One step of this rank, taken apart. `begin_s` is still on the rank's own clock."""

    step: int
    anatomy: RankAnatomy


class Pong(Report, frozen=True, kw_only=True):
    """Answer to Ping. `clock_s` is the rank's clock."""

    clock_s: float


AnyReport = (
    Hello
    | Planned
    | Ready
    | Loaded
    | Paused
    | Applied
    | HandedOver
    | Slowed
    | SnapshotTaken
    | Evaluating
    | Looked
    | Answered
    | Saving
    | Saved
    | Crashed
    | Finished
    | Anatomy
    | Pong
)

_encoder = msgspec.msgpack.Encoder()
_orders: msgspec.msgpack.Decoder[AnyOrder] = msgspec.msgpack.Decoder(AnyOrder)
_reports: msgspec.msgpack.Decoder[AnyReport] = msgspec.msgpack.Decoder(AnyReport)


def frame(message: AnyOrder | AnyReport) -> bytes:
    """A message as it goes through a pipe: its length, then itself."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def receive_order(stream: BinaryIO) -> AnyOrder | None:
    """The next order; None when the session is gone."""
    body = _receive(stream)
    return None if body is None else _orders.decode(body)


def receive_report(stream: BinaryIO) -> AnyReport | None:
    """The next report; None when the rank is gone."""
    body = _receive(stream)
    return None if body is None else _reports.decode(body)
