"""What a run tells of itself: where it stands, what is in force from which step on, how it ended."""

import msgspec

from engine.events.event import Event
from engine.events.ranks import RankInfo


class RunStarted(Event, frozen=True, kw_only=True):
    """A run (or its resumption at `step`) began. `spec` is the RunSpec's TOML."""

    spec: str
    step: int
    started_unix_s: float
    directory: str


class SegmentStarted(Event, frozen=True, kw_only=True):
    """The first step of a segment is `step`. Its first `warmup_steps` are left out of rates."""

    segment: int
    step: int
    mode: str
    words: str
    ranks: tuple[RankInfo, ...]
    warmup_steps: int


class Paced(Event, frozen=True, kw_only=True):
    """From `step` on at most `steps_per_s` steps are made a second, for people to watch; None: as many as there can be.

    What ranks wait for this is no part of any step's time. It ends with the ranks that keep it: a run that goes on
    (RunStarted) makes as many as there can be, unless another Paced follows.
    """

    step: int
    steps_per_s: float | None


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


class Diverged(Event, frozen=True, kw_only=True):
    """The loss of `step` was NaN or infinite (`loss` says which); the run is paused."""

    step: int
    loss: str


class Notice(Event, frozen=True, kw_only=True):
    """A line for the log. `level` is info, warning or error."""

    level: str
    text: str
    details: str = ""


class RankBroken(Notice, frozen=True, kw_only=True):
    """A rank was made to fail on purpose, before `step`: `how` is "kill" (SIGKILL) or "freeze" (SIGSTOP)."""

    step: int
    rank: int
    how: str


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
