"""What menus, sums and checks must know of a technique: the literal `CARD` on top of its file, read by `cards.py`."""

import msgspec

from engine.config import limits

MAXIMUM_RANKS = int(limits.range_of(limits.Degree).largest)
LARGEST_NUMBER = 999_999_999
"""Nine digits: no whole number in a mode's text is larger."""


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
    schedule, `shards` what it then shards beside what its card says, `words` what a menu says for `KEY=CHOICE` or
    a number that is offered. `kinds` and `traffic` are of a transport that carries messages in its own way: the kind
    that an all-reduce then is, and what is said of messages in place of the technique's own sentence. `short` is the
    letter that formulas have for it.
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
    words: dict[str, str] = {}
    kinds: dict[str, str] = {}
    traffic: dict[str, str] = {}

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
