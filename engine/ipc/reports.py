"""What ranks and the evaluator tell their session: structs that come up a pipe each (`wire.py`).

Times in them are on the clock of whoever tells.
"""

import msgspec

from engine.anatomy import RankAnatomy
from engine.config.hardware import TorchReport
from engine.events.evaluator import Points, Surface, TextSample
from engine.events.ranks import RankInfo
from engine.ipc.orders import SlowDown
from engine.ipc.sizes import ModelSizes
from engine.pictures import AnyPicture, Phrase


class Report(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of what a rank tells its session."""


class Hello(Report, frozen=True, kw_only=True):
    """Torch is imported, and this is what it finds."""

    torch: TorchReport


class Planned(Report, frozen=True, kw_only=True):
    """Rank 0 tells, before anything is built: a crew takes up to `needed_bytes` of the host's memory."""

    needed_bytes: int
    free_bytes: int
    sizes: ModelSizes


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


class PaceKept(Report, frozen=True, kw_only=True):
    """Rank 0 tells that the pace that was ordered is kept from `step` on."""

    step: int
    steps_per_s: float | None


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
    """The evaluator tells that it is built. `has_looks`: there is something to compute of a snapshot."""

    has_looks: bool
    pictures: tuple[Points, ...]
    """What can be drawn without weights."""


class Looked(Report, frozen=True, kw_only=True):
    """What snapshot `number`, of the weights before `step`, says of the validation split, and pictures of it.

    A sum over `units` of the split's `held_back`, not a mean, of losses (maybe NaN); no units: there is no validation
    split, or no validation was asked for. It took `seconds`, and `work_s` of a core, of which a text took `writing_s`.
    """

    number: int
    step: int
    loss_sum: float
    score_sum: float
    units: int
    held_back: int
    pictures: tuple[Surface, ...]
    seconds: float
    work_s: float
    writing_s: float


class Wrote(Report, frozen=True, kw_only=True):
    """What a model of language has written so far, by the weights of snapshot `number`; the last one of it is over."""

    number: int
    text: TextSample


class Answered(Report, frozen=True, kw_only=True):
    """The model's outputs for the samples that Ask `number` names, by the weights before `step`; or why there are none.

    One row of numbers a sample, whatever the shape of an output; so too for the targets. `problem` is the template of a
    `Sentence`, `values` what stands in it; "": there is none.
    """

    number: int
    step: int
    outputs: tuple[tuple[float, ...], ...]
    targets: tuple[tuple[float, ...], ...]
    problem: str
    values: dict[str, int | str] = {}


class Drawn(Report, frozen=True, kw_only=True):
    """The picture that Watch `number` asks for, by the weights before `step`; or `problem` says why there is none.

    It took `work_s` of a core.
    """

    number: int
    step: int
    picture: AnyPicture | None
    problem: Phrase
    work_s: float


class Tried(Report, frozen=True, kw_only=True):
    """What the model answers to Try `number`, by the weights before `step`, so far; or why nothing (more).

    The last one of a number may have no picture: that was the one before it.
    """

    number: int
    step: int
    picture: AnyPicture | None
    problem: Phrase
    is_last: bool


class Saving(Report, frozen=True, kw_only=True):
    """The state before `step` is on its way to disk."""

    step: int
    saved_bytes: int
    total_bytes: int


class Saved(Report, frozen=True, kw_only=True):
    """The state before `step` is on disk under `name`; or `problem` is the error that came in between.

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
    | PaceKept
    | SnapshotTaken
    | Evaluating
    | Looked
    | Wrote
    | Answered
    | Drawn
    | Tried
    | Saving
    | Saved
    | Crashed
    | Finished
    | Anatomy
    | Pong
)
