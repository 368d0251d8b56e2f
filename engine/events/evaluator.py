"""What the evaluator finds beside training: validation, answers, and pictures of what the model does."""

import msgspec

from engine.events.event import Event
from engine.pictures import AnyPicture


class Validated(Event, frozen=True, kw_only=True):
    """Loss and metric (see the workload's card) on the validation split, with the weights as they were before `step`.

    `loss` is None where it was NaN or infinite. Computed beside training, in `seconds`, of which `work_s` of a core, on
    `samples` units of the split, which has `held_back` in all (0: of an older record, all of them).
    """

    step: int
    loss: float | None
    metric: float | None = msgspec.field(name="accuracy")  # as records call it: once there was no other
    metric_name: str = "accuracy"
    samples: int
    held_back: int = 0
    seconds: float
    work_s: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether it was computed on the whole split."""
        return self.samples >= self.held_back

    def is_all_of(self, step: int | None) -> bool:
        """Whether it was computed on the whole split, with the weights as they were before `step`."""
        return self.is_whole and self.step == step


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
    """What a model of language writes by the weights before `step`: it was given `prompt`, and went on with `text`.

    Until it `is_over` each is longer than the one before, and takes its place; records keep the last one alone.
    """

    step: int
    prompt: str
    text: str
    is_over: bool = True


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
