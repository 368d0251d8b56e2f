"""What a session tells its ranks and its evaluator: structs that go down a pipe each (`wire.py`).

A mode is text for people and files alone: it was parsed where it came from, and travels as what it was parsed to.
"""

import msgspec

from engine.config.limits import BatchSize, LearningRate, MessageDelay, SlowdownFactor, StepsPerSecond
from engine.config.mode import ComputeMode
from engine.config.spec import RunSpec
from engine.ipc.sizes import ModelSizes
from engine.pictures import AnyGiven


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
    sizes: ModelSizes | None = None
    """What the former crew's rank 0 told of the model; None: it is to be found out."""


class Begin(Order, frozen=True, kw_only=True):
    """Take up a state and go: to the end, to `until`, or paused at once.

    `state` is a path; empty, it is the fresh model, or what the former crew has written (`is_handed_over`).
    """

    state: str
    is_handed_over: bool
    until: int | None
    paused: bool
    steps_per_s: StepsPerSecond | None = None


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
        """This change and a `later` one in one: what the later one leaves as it is, is as in this one."""
        return Change(
            lr=later.lr if later.lr is not None else self.lr,
            batch_size=later.batch_size if later.batch_size is not None else self.batch_size,
        )


class SlowDown(Order, frozen=True, kw_only=True):
    """On purpose: from this boundary on `rank` takes `factor` times as long for `phase`, a message `delay_s` longer."""

    rank: int
    phase: str
    factor: SlowdownFactor
    delay_s: MessageDelay


class KeepPace(Order, frozen=True, kw_only=True):
    """From this boundary on make at most so many steps a second; None: as many as there can be."""

    steps_per_s: StepsPerSecond | None


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


class Estimate(Order, frozen=True, kw_only=True):
    """Answer Planned, what a run of `spec` would take of memory in `mode`, and end: nothing of it is started."""

    spec: RunSpec
    mode: ComputeMode
    is_looked_at: bool


class Evaluate(Order, frozen=True, kw_only=True):
    """Become the evaluator of a run of `spec`: build workload and model, answer Evaluating, then wait for looks."""

    spec: RunSpec
    origin_s: float


class Look(Order, frozen=True, kw_only=True):
    """Look at the snapshot, which is whole: the weights before `step`, computed with in `precision`; answer Looked.

    Gently: at low priority, beside training; else at once, for somebody waits for it, and all that can be said. It
    `writes` a text, if it is a model that does, and is validated if `validates`.
    """

    number: int
    step: int
    precision: str
    gently: bool
    writes: bool
    validates: bool


class Ask(Order, frozen=True, kw_only=True):
    """What does the model say of these samples of the validation split? By the weights last looked at."""

    number: int
    samples: tuple[int, ...]


class Watch(Order, frozen=True, kw_only=True):
    """Draw the workload's look of that name now, and after every snapshot; answer Drawn each time. "": draw none.

    `chosen` are, by number, the options of the choices that its last picture had; those left out are the first.
    """

    number: int
    look: str
    chosen: tuple[int, ...] = ()


class Try(Order, frozen=True, kw_only=True):
    """Have the model answer what a person gave it, by the weights last looked at: Tried, perhaps several times.

    One that is under way ends for it. Without a name it does that alone.
    """

    number: int
    name: str
    given: AnyGiven | None


AnyOrder = (
    Open
    | Assign
    | Begin
    | GoOn
    | Pause
    | Change
    | SlowDown
    | KeepPace
    | HandOver
    | Save
    | TakeSnapshot
    | Finish
    | Estimate
    | Evaluate
    | Look
    | Ask
    | Watch
    | Try
    | Ping
)

BOUNDARY_ORDERS = (GoOn, Pause, Change, SlowDown, KeepPace, HandOver, Save, TakeSnapshot, Finish)
"""Orders that take effect at a step boundary, on all ranks of a crew at the same one."""

URGENT_ORDERS = (Pause, KeepPace, HandOver, Finish)
"""Of these, those that a rank which keeps a pace does not let wait until its next step is due."""
