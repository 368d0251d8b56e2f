"""What a form or a menu must know of a workload or a technique, without importing it.

Each file in `engine/rank/workloads/` and `engine/rank/modes/` carries a literal dictionary named `CARD`. It is read
from the file's syntax tree, so neither torch nor the file's own code runs: the window can draw a form for a workload
within a millisecond, and adding a workload or a technique stays one new file.
"""

import ast
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.config import limits
from engine.config.look_card import LookCard

MAXIMUM_RANKS = int(limits.range_of(limits.Degree).largest)
LARGEST_NUMBER = 999_999_999
"""Nine digits: no whole number in a mode's text is larger."""
LARGEST_EXPONENT = 700.0  # of e, that a float can hold
RANK_DIRECTORY = Path(__file__).parent.parent / "rank"
LAID_OUT = re.compile(r"^CARD = (\{\n.*?^\})$", re.MULTILINE | re.DOTALL)
"""A card as the formatter lays it out. To parse that alone takes a quarter of the time."""


class KnobCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting of a workload: a number within [minimum, maximum], or one of `choices`.

    `unit` is printed behind the value; `help` is one sentence for a student. `before`, if not None, is what it was in
    records from when there was no such knob. `means` is what else each choice sets, a number each, by a name that
    `layers` and `widths` of the card may give; `packs` is which data pack a choice needs.
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
    `code`: in what it is written beside torch.
    """

    name: str
    title: str
    summary: str
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
    module: str = ""

    def packs_wanted(self, knobs: Mapping[str, int | float | str]) -> tuple[str, ...]:
        """The data packs that it cannot be trained without, with these knobs."""
        choices = [(knob.packs, str(knobs[knob.name])) for knob in self.knobs]
        return self.packs + tuple(packs[choice] for packs, choice in choices if choice in packs)

    def number(self, name: str, knobs: Mapping[str, int | float | str]) -> int:
        """The value of a knob, or what the value of one means; else what the card itself says."""
        for knob in self.knobs:
            if name in knob.means:
                return knob.means[name][knob.choices.index(knobs[knob.name])]
        return int(getattr(self, name) if name not in knobs else knobs[name])


class ScheduleCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be known of an order in which a pipeline takes its passes.

    `stages_per_rank` is how many pieces of the model a rank has. `is_filled`: every stage must have a micro-batch, so
    there must be as many of these as stages. `in_rounds`: each round takes one a rank, so their number divides by the
    ranks. `has_bubble`: False where the order aims at no idle time at all.
    """

    stages_per_rank: int = 1
    is_filled: bool = True
    in_rounds: bool = False
    has_bubble: bool = True


class OptionCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting of a technique: `microbatches=4` in a mode's text. A whole number, or one of `choices`.

    `role` says what others take it for: "transport" (what carries messages), "microbatches" or "schedule" of a
    pipeline, "pieces" that a rank takes its samples in, "language" of the model's code; "" where it concerns the
    technique alone. By choice: `devices` is the one kind of device that it serves, `requires` is what the machine must
    have for it (a word known to `engine/config/fits.py`, or a package), `schedules` is what is to be known of it as a
    schedule, `shards` what it then shards beside what its card says. `short` is the letter that formulas have for it.
    """

    key: str
    title: str
    help: str
    default: int | str
    minimum: int = 1
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    offered: tuple[int | str, ...] = ()
    role: str = ""
    short: str = ""
    devices: dict[str, str] = {}
    requires: dict[str, str] = {}
    schedules: dict[str, ScheduleCard] = {}
    shards: dict[str, tuple[str, ...]] = {}

    @property
    def largest(self) -> int:
        """The largest whole number allowed; without a maximum, the largest that is read."""
        return LARGEST_NUMBER if self.maximum is None else self.maximum

    @property
    def values(self) -> tuple[int | str, ...]:
        """The values that a menu offers for this option."""
        return self.choices or self.offered or (self.default,)


class SendCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages by formula: so many collectives of a `kind` a step, over all that a rank has of the weights.

    `of_part`: the payload is this rank's n-th of it. `per_value`: once in as many steps as the option's value says.
    """

    kind: str
    count: int = 1
    of_part: bool = False
    per_value: bool = False


class TechniqueCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is spread over ranks. `key` is the word in a mode's text (`dp=2`); empty for the single process.

    What it does, its roles, is all that the rest of the project goes by; no other file knows its key.

    axis       orders the techniques of a combined mode, outermost first; ranks apart in the last alone are neighbours
    applied    in which order techniques change the model: what is cut first is cut again by the next
    together   techniques it combines with (said by either of the two)
    samples    its ranks take different samples, and what they find is added up
    splits     what of the model it cuts: "layers", "matrices", or a word of its own
    shards     of what its ranks take in turn, each keeps an n-th: "weights", "gradients", "optimizer"
    shares     what all its ranks have as one copy in shared memory: "weights"
    even       its ranks have the same to compute
    alone      it computes in one process on one thread, and goes with no other technique
    exact      the mathematics is that of the single process; where not, `differs` says how, in a sentence
    talks      its ranks send messages
    sends      its messages by formula; `traffic` is a sentence on them, with {size} where the formula's bytes belong
    counts     what it counts over a segment, by name, each with a text for it
    short      its title where room is scarce; left out: the title

    `precisions` and `devices` are what it computes in and on (no device: any). With an `option` it has no ranks of its
    own: it goes with every other, `KEY=VALUE` is that option, and it is in force where the value is not the default. If
    it `needs` "replicas", ranks must take different samples with the same weights, and it alone makes their steps one.
    """

    key: str
    title: str
    summary: str
    minimum: int = 1
    maximum: int = MAXIMUM_RANKS
    offered: tuple[int, ...] = ()
    axis: int = 0
    applied: int = 30
    together: tuple[str, ...] = ()
    samples: bool = False
    splits: str = ""
    shards: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    even: bool = True
    alone: bool = False
    exact: bool = True
    differs: str = ""
    talks: bool = True
    sends: tuple[SendCard, ...] = ()
    traffic: str = ""
    counts: dict[str, str] = {}
    precisions: tuple[str, ...] = ("fp64", "fp32", "bf16", "fp16")
    devices: tuple[str, ...] = ()
    options: tuple[OptionCard, ...] = ()
    option: OptionCard | None = None
    needs: str = ""
    short: str = ""
    module: str = ""

    @property
    def brief(self) -> str:
        """The shortest name of it that is still a name: "Data" of data parallel."""
        return self.short or self.title

    @property
    def has_replicas(self) -> bool:
        """Whether its ranks hold the same weights and take different samples."""
        return self.samples and "weights" not in (*self.shards, *self.shares)


def read_card(path: Path) -> dict[str, Any] | None:
    """The literal CARD of a Python file, or None where it has none.

    Raises:
        ValueError: the file does not parse, or its CARD is not made of literals.
    """
    if (found := LAID_OUT.search(text := path.read_text(encoding="utf-8"))) is not None:
        with suppress(ValueError, SyntaxError):  # the whole file says better what is wrong
            laid_out: dict[str, Any] = ast.literal_eval(found[1])
            return laid_out
    try:
        tree = ast.parse(text, filename=str(path))
    except SyntaxError as error:
        raise ValueError(f"{path.name} does not parse: {error}") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "CARD" for t in node.targets):
            try:
                card: dict[str, Any] = ast.literal_eval(node.value)
            except ValueError as error:
                raise ValueError(f"the CARD of {path.name} must be a literal dictionary: {error}") from error
            return card
    return None


Card = TypeVar("Card", WorkloadCard, TechniqueCard)


def _discover(directory: str, kind: type[Card]) -> tuple[Card, ...]:
    found = []
    for path in sorted((RANK_DIRECTORY / directory).glob("*.py")):
        card = read_card(path)
        if card is not None:
            card["module"] = f"engine.rank.{directory}.{path.stem}"
            if "option" in card:
                card["option"].setdefault("key", card["key"])
            try:
                found.append(msgspec.convert(card, kind))
            except msgspec.ValidationError as error:
                raise ValueError(f"the CARD of {path.name} is not a {kind.__name__}: {error}") from error
    return tuple(found)


@cache
def workloads() -> dict[str, WorkloadCard]:
    """Every workload that has a file in `engine/rank/workloads/`, by name."""
    return {card.name: card for card in _discover("workloads", WorkloadCard)}


@cache
def techniques() -> dict[str, TechniqueCard]:
    """Every technique that has a file in `engine/rank/modes/`, by the key used in a mode's text.

    The single process comes first, those without ranks of their own last.
    """
    cards = sorted(_discover("modes", TechniqueCard), key=lambda card: (card.option is not None, card.key))
    return {card.key: card for card in cards}
