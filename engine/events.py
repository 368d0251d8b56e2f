"""The messages of a run, from the session to whoever watches: a terminal, the window, a file.

Finished steps come as columns (`engine/rows.py`), because there can be thousands a second; all others are frozen
structs with a JSON form, which is also their form in the record. Every time is in seconds since the run began
(`at_s`), on one monotonic clock. In one file, for the last lines of it list all messages there are.
"""

import msgspec

from engine.anatomy import HeldTensor, RankAnatomy
from engine.pictures import AnyPicture
from engine.rows import StepBatch


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=str.lower):
    """Base of all messages but step records; `at_s` is in seconds since the run began."""

    at_s: float


class RunStarted(Event, frozen=True, kw_only=True):
    """A run (or its resumption at `step`) began. `spec` is the RunSpec's TOML."""

    spec: str
    step: int
    started_unix_s: float
    directory: str


class RankInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One rank as it reports itself.

    `holds` says in words what part of the model it has; `clock` is where its spans come from: "host" (the machine's
    monotonic clock) or "device" (events on the accelerator). `usual_s` is for how long it computes, forward and
    backward, in a step before the first, where ranks have unequal work (stages of a pipeline); None where all should
    take the same time. `cores` are those it may use, shared with the other ranks of the machine.
    `memory_before_bytes` is what its process held before there was a model. `flops_per_unit` are the model's
    floating-point operations for one unit (sample, token), forward and backward, as rank 0 counts them.
    `number_formats` are the precisions that its processor multiplies by itself; None where it does not tell.
    """

    rank: int
    pid: int
    device: str
    threads: int
    holds: str
    parameter_bytes: int
    clock: str = "host"
    tensors: tuple[HeldTensor, ...] = ()
    usual_s: tuple[float, float] | None = None
    cores: int | None = None
    memory_before_bytes: int | None = None
    flops_per_unit: float | None = None
    number_formats: tuple[str, ...] | None = None


class SegmentStarted(Event, frozen=True, kw_only=True):
    """The first step of a segment is `step`. Its first `warmup_steps` are left out of rates."""

    segment: int
    step: int
    mode: str
    words: str
    ranks: tuple[RankInfo, ...]
    warmup_steps: int


class StepAnatomy(Event, frozen=True, kw_only=True):
    """One step taken apart, on all ranks, on one clock.

    `clock_offset_s` is the largest difference measured between a rank's clock and the session's, `clock_error_s` how
    sure that is. `skipped` counts steps since the last one that were not taken apart.
    """

    segment: int
    step: int
    ranks: tuple[RankAnatomy, ...]
    clock_offset_s: float
    clock_error_s: float
    skipped: int


class SlowedDown(Event, frozen=True, kw_only=True, tag="hindered"):
    """Something was made slow on purpose from `step` on: `rank` by `factor` in `phase`, every message by `delay_s`.

    A factor of 1 and no delay: nothing is, any more. In a record its name is "hindered", as it always was there.
    """

    step: int
    rank: int
    phase: str
    factor: float
    delay_s: float


class Paced(Event, frozen=True, kw_only=True):
    """From `step` on at most `steps_per_s` steps are made a second, for people to watch; None: as many as there can be.

    What ranks wait for this is no part of any step's time.
    """

    step: int
    steps_per_s: float | None


class SlowRank(Event, frozen=True, kw_only=True):
    """A rank takes `factor` times as long as its peers for `phase`; or (`is_slow` false) no longer does."""

    step: int
    rank: int
    phase: str
    factor: float
    is_slow: bool


class RankSilent(Event, frozen=True, kw_only=True):
    """A rank has given no sign of life for `seconds`; or (`is_silent` false) it is heard again.

    The run goes on waiting for it. `is_next`: it is a rank of a mode that is being prepared.
    """

    rank: int
    pid: int | None
    seconds: float
    is_silent: bool
    is_next: bool = False


class ShiftSplit(msgspec.Struct, frozen=True, kw_only=True):
    """What a shift cost. `prepare_s` runs beside the old mode's training; the others are the seam itself.

    `first_step_s` is None for a shift made while paused: no step was made.
    """

    prepare_s: float
    gather_s: float
    start_s: float
    load_s: float
    first_step_s: float | None


class Preparing(Event, frozen=True, kw_only=True):
    """From before `step` on, ranks of `mode` are built and warm up beside the training of those in force.

    It ends with the segment, as the shift is made; or (`is_over`) before `step`, for the shift was given up.
    """

    step: int
    mode: str
    is_over: bool = False


class Shifted(Event, frozen=True, kw_only=True):
    """A shift is complete: `seconds` is from the last old step's end to the first new step's begin.

    `requested_s` is when it was asked for, `at_s` when the first step in the new mode was finished.
    """

    segment: int
    step: int
    from_mode: str
    to_mode: str
    requested_s: float
    seconds: float
    split: ShiftSplit


class ShiftFailed(Event, frozen=True, kw_only=True):
    """A shift could not be made; the run goes on in `mode`. `reason` is a sentence, `details` a traceback or ""."""

    mode: str
    to_mode: str
    reason: str
    details: str = ""


class ShiftCancelled(Event, frozen=True, kw_only=True):
    """A shift was given up because somebody wished it, `seconds` after it was asked for; the run goes on in `mode`.

    Without a `mode` it was the start, or a recovery: nothing computes now.
    """

    mode: str
    to_mode: str
    seconds: float


class StatusChanged(Event, frozen=True, kw_only=True):
    """The run's status: starting, running, paused, shifting, finishing, finished, failed.

    `words` says more ("preparing dp=2: 1 of 2 ranks ready"). `step` is the next step to be made.
    """

    status: str
    step: int
    words: str = ""


class Changed(Event, frozen=True, kw_only=True):
    """Learning rate and batch size in force from `step` on."""

    step: int
    lr: float
    batch_size: int


class Validated(Event, frozen=True, kw_only=True):
    """Loss and metric (see the workload's card) on the validation split, with the weights as they were before `step`.

    `loss` is None where it was NaN or infinite. Computed beside training, in `seconds`, of which `work_s` of a core.
    """

    step: int
    loss: float | None
    metric: float | None = msgspec.field(name="accuracy")  # as records call it: once there was no other
    metric_name: str = "accuracy"
    samples: int
    seconds: float
    work_s: float = 0.0


class EvaluatorChanged(Event, frozen=True, kw_only=True):
    """From now on validation and pictures are computed, or (`is_on` false) not; `reason` is a sentence on why not.

    `level` is info where it was asked for, else warning.
    """

    is_on: bool
    reason: str = ""
    level: str = "info"
    details: str = ""


class Answer(Event, frozen=True, kw_only=True):
    """What the model says of samples of the validation split, by the weights before `step`, beside what is right.

    One row of numbers a sample. `reason` says why there are none, or is "". For who asked; not recorded.
    """

    number: int
    step: int | None
    samples: tuple[int, ...]
    outputs: tuple[tuple[float, ...], ...]
    targets: tuple[tuple[float, ...], ...]
    reason: str = ""


class Points(Event, frozen=True, kw_only=True):
    """The training data of a problem in the plane: float32 x, y and uint8 class label, each as bytes."""

    x: bytes
    y: bytes
    label: bytes


class Surface(Event, frozen=True, kw_only=True):
    """The model's probability of class 1 on a grid: uint8 (0..255 for 0..1), row by row from y_min, width columns."""

    step: int
    x_min: float
    x_max: float
    y_min: float
    y_max: float
    width: int
    height: int
    probability: bytes


class TextSample(Event, frozen=True, kw_only=True):
    """What a model of language writes by the weights before `step`: it was given `prompt`, and went on with `text`."""

    step: int
    prompt: str
    text: str


class LookDrawn(Event, frozen=True, kw_only=True):
    """The look of that name, by the weights before `step`, as `chosen`; or a sentence says why there is no picture.

    For who watches; not recorded.
    """

    look: str
    chosen: tuple[int, ...]
    step: int
    picture: AnyPicture | None
    reason: str = ""


class TryAnswered(Event, frozen=True, kw_only=True):
    """What the model answers to what a person tried, by the weights before `step`; each picture replaces the last.

    `number` is that of who tried. `reason` says why there is no answer, or is "". `is_over`: no more will come; a
    `picture` that is None leaves the one before it as it is. Not recorded.
    """

    number: int
    step: int | None
    picture: AnyPicture | None
    is_over: bool
    reason: str = ""


class StateSaved(Event, frozen=True, kw_only=True):
    """The full state before `step` is on disk, whole, in the run's directory under `name`.

    It took `seconds` beside training, in which a core worked for `work_s`. While training, another comes every
    `every_s`, and the last two are kept.
    """

    step: int
    name: str
    state_bytes: int
    seconds: float
    work_s: float = 0.0
    every_s: float = 0.0


class SaveProgress(Event, frozen=True, kw_only=True):
    """So many bytes of the full state before `step` are written."""

    step: int
    saved_bytes: int
    total_bytes: int


class RankFailed(Event, frozen=True, kw_only=True):
    """A rank died, hung or raised. The run stops; resuming goes on from `resume_step` (None: not known)."""

    rank: int
    pid: int | None
    exit_status: int | None
    signal: str
    reason: str
    details: str
    resume_step: int | None


class Diverged(Event, frozen=True, kw_only=True):
    """The loss of `step` was NaN or infinite (`loss` says which); the run is paused."""

    step: int
    loss: str


class Notice(Event, frozen=True, kw_only=True):
    """A line for the log. `level` is info, warning or error."""

    level: str
    text: str
    details: str = ""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """One accelerator, sampled. None where the device does not tell; `reason` then says why."""

    name: str
    utilisation_frac: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    temperature_c: float | None = None
    clock_hz: float | None = None
    reason: str = ""


class ProcessUsage(msgspec.Struct, frozen=True, kw_only=True):
    """One process of the run (`label`: "rank 0", "window", "fork server"): share of one core (1.0 = one core busy)."""

    label: str
    pid: int
    cpu_frac: float
    memory_bytes: int


class DeviceSample(Event, frozen=True, kw_only=True):
    """The machine, once a second: utilisation of each core (0..1), memory, network, accelerators, processes.

    `network_bytes_per_s` is sent and received on all interfaces; `loopback_bytes_per_s` what processes of this machine
    send each other over TCP (None where the system does not tell). `accelerator_reason` says why `accelerators` is
    empty.
    """

    cores_frac: tuple[float, ...]
    memory_used_bytes: int
    memory_total_bytes: int
    network_bytes_per_s: float
    cpu_temperature_c: float | None
    accelerators: tuple[Usage, ...]
    accelerator_reason: str
    processes: tuple[ProcessUsage, ...]
    loopback_bytes_per_s: float | None = None


class SegmentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One segment in figures; rates leave the warm-up steps out."""

    segment: int
    mode: str
    steps: int
    samples_per_s: float | None
    median_step_s: float | None
    final_loss: float | None


class RunFinished(Event, frozen=True, kw_only=True):
    """The run ended in good order; its state is saved. `is_complete`: all steps it was to make are made."""

    step: int
    is_complete: bool = False
    segments: tuple[SegmentSummary, ...]
    final_loss: float | None
    validation_loss: float | None
    validation_metric: float | None = msgspec.field(name="validation_accuracy")
    metric_name: str = "accuracy"


AnyEvent = (
    RunStarted
    | SegmentStarted
    | Preparing
    | Shifted
    | ShiftFailed
    | ShiftCancelled
    | StatusChanged
    | Changed
    | Validated
    | EvaluatorChanged
    | Answer
    | Points
    | Surface
    | TextSample
    | StateSaved
    | SaveProgress
    | RankFailed
    | Diverged
    | Notice
    | DeviceSample
    | StepAnatomy
    | SlowedDown
    | Paced
    | SlowRank
    | RankSilent
    | RunFinished
)

Message = StepBatch | AnyEvent | LookDrawn | TryAnswered
"""What a session tells; a record keeps nothing of the last two."""
