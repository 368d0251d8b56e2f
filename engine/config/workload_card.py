"""What a form or a menu must know of a workload: the literal `CARD` on top of its file, read by `cards.py`."""

import math
from collections.abc import Mapping

import msgspec

from engine.config.look_card import LookCard

LARGEST_EXPONENT = 700.0  # of e, that a float can hold


class KnobCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting of a workload: a number within [minimum, maximum], or one of `choices`.

    `unit` is printed behind the value; `help` is one sentence for a student. `before`, if not None, is what it was in
    records from when there was no such knob. `means` is what else each choice sets, a number each, by a name that
    `layers` and `widths` of the card may give. `across`, if not "", is another knob with choices that these numbers
    hang on, too: first come all for its first choice, then all for its second, and so on. `packs` is which data pack a
    choice needs.
    """

    name: str
    title: str
    help: str
    default: int | float | str
    before: int | float | str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    choices: tuple[int | float | str, ...] = ()
    unit: str = ""
    means: dict[str, tuple[int, ...]] = {}
    across: str = ""
    packs: dict[str, str] = {}


class MetricCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a workload is judged by on the validation split, beside its loss.

    `kind` is "share" (the mean of what each unit scores, between 0 and 1: told in percent), "number" (that mean as it
    is) or "perplexity" (e to the loss: among so many equally likely ones the model still has to guess).
    """

    name: str = "accuracy"
    kind: str = "share"

    def value(self, loss: float, score: float) -> float | None:
        """The metric's value by the mean loss and the mean score of a unit; None where that is no finite number."""
        if self.kind == "perplexity":
            return math.exp(loss) if math.isfinite(loss) and loss < LARGEST_EXPONENT else None
        return score if math.isfinite(score) else None

    def text(self, value: float) -> str:
        """The value as people read it: `98.6 %`, `0.453`, `7.29`."""
        return f"{100 * value:.1f} %" if self.kind == "share" else f"{value:.3g}"


class WorkloadCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is trained. `pictures` names what has a panel of its own: "surface", "text"; `looks` and `tries` share one.

    `layers` is how many layers a pipeline can part (a number, or the knob that gives it); `widths` are the knobs whose
    value must divide by the ranks that share a matrix: without them the model is not split so, and `whole` is a
    sentence on why. Both, and numbers of samples, may be among what a knob's choices mean. `unit` is what is counted of
    it, in the plural: loss is a mean over units, throughput so many a second. `packs`: the data packs that it needs;
    `code`: in what it is written beside torch; `training`: a sentence on how samples that are trained on are altered,
    where those held back are not. `rung`: where it comes in a lecture, from the perceptron upwards; all that needs a
    pack comes after what does not.
    """

    name: str
    title: str
    summary: str
    rung: int = 1_000
    batch_size: int
    lr: float
    optimizer: str = "adam"
    train_samples: int
    validation_samples: int
    unit: str = "samples"
    packs: tuple[str, ...] = ()
    metric: MetricCard = MetricCard()
    knobs: tuple[KnobCard, ...] = ()
    pictures: tuple[str, ...] = ()
    looks: tuple[LookCard, ...] = ()
    tries: tuple[LookCard, ...] = ()
    layers: int | str = 1
    widths: tuple[str, ...] = ()
    whole: str = ""
    code: tuple[str, ...] = ()
    training: str = ""
    module: str = ""

    def packs_wanted(self, knobs: Mapping[str, int | float | str]) -> tuple[str, ...]:
        """The data packs that it cannot be trained without, with these knobs."""
        choices = [(knob.packs, str(knobs[knob.name])) for knob in self.knobs]
        return self.packs + tuple(packs[choice] for packs, choice in choices if choice in packs)

    def number(self, name: str, knobs: Mapping[str, int | float | str]) -> int:
        """The value of a knob, or what the value of one means; else what the card itself says."""
        for knob in self.knobs:
            if name in knob.means:
                others = [other.choices for other in self.knobs if other.name == knob.across]
                passed = sum(len(knob.choices) * choices.index(knobs[knob.across]) for choices in others)
                return knob.means[name][passed + knob.choices.index(knobs[knob.name])]
        return int(getattr(self, name) if name not in knobs else knobs[name])
