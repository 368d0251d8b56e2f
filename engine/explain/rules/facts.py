"""What rules may know: figures measured in the mode in force and in others of the same run. No rule asks for more."""

import msgspec

from engine.anatomy import Calls
from engine.config import roles
from engine.config.mode import ComputeMode
from engine.events.ranks import SlowedDown, SlowRank
from engine.metrics.losses import MeanLoss
from engine.metrics.mode_measure import ModeMeasure
from engine.rows import PHASES

LEAST_ANATOMIES = 4
"""Steps taken apart; of fewer no share is stated."""
COMMUNICATE = PHASES.index("communicate")


class ModeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one mode at one batch size. None where it was not measured, or there is no such thing."""

    mode: ComputeMode
    called: str = ""
    """In this run, where it is called otherwise than by itself."""
    batch_size: int | None = None
    units_per_s: float = 0.0
    step_s: float = 0.0
    median_s: float | None = None
    """Of the wall clock, what half of its steps are shorter than."""
    vary: float | None = None
    """By how much steps vary, and the rate may be off, as a part of them (`engine/metrics/spread.py`)."""
    off: float | None = None
    phase_s: tuple[float, ...] = ()
    """Of a step, by phase; () before enough steps were taken apart."""
    phase_error: tuple[float, ...] = ()
    """Of each of them the standard error, as a part of it; (): not known."""
    sending_share: float | None = None
    """Of a step, what goes into messages, waiting for other ranks left out."""
    sent_bytes: float | None = None
    """By the rank that sends most, in a step."""
    all_reduced_bytes: float | None = None
    """The payload of a step's all-reduces, where all ranks take part in them and there are no other messages."""
    held_bytes: int | None = None
    work_s: tuple[float, ...] = ()
    """How long each rank computes in a step, forward and backward."""
    bubble: tuple[float, float] | None = None
    """Of a pipeline: measured, and in theory."""
    crowd: tuple[float, int, int] | None = None
    """Share of the time without a core, ranks, cores: where ranks share cores."""
    other_cores: float | None = None
    """Cores that other programs took while it ran."""
    own_cores: dict[str, float] = {}
    """Cores that processes of Gearshift took beside the ranks while it ran, by label: "window", "evaluator"."""
    calls: Calls | None = None
    """What forward and backward are made of, where the model is written in several codes."""
    operations: int | None = None
    """Of torch, in forward and backward of a rank; None where they were not counted."""

    @property
    def name(self) -> str:
        """The name of the mode that was measured, in a few words."""
        return self.called or self.mode.name

    @property
    def sending_s(self) -> float | None:
        """Seconds of a step that go into messages."""
        return None if self.sending_share is None else self.sending_share * self.step_s


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """All-reduce between `ranks` by one transport: seconds = alpha + bytes / beta, fitted to what was measured."""

    ranks: int
    alpha_s: float
    bytes_per_s: float

    def seconds(self, num_bytes: float) -> float:
        """Seconds that an all-reduce of so many bytes takes."""
        return self.alpha_s + num_bytes / self.bytes_per_s


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The mode in force, the mode that others are compared with (None: it is in force itself), and all others."""

    now: ModeFacts
    baseline: ModeFacts | None = None
    others: tuple[ModeFacts, ...] = ()
    """All modes of the run at this batch size but the one in force, the baseline among them."""
    cores: int | None = None
    """Of the machine."""
    slow: tuple[SlowRank, ...] = ()
    """Ranks that are slow now, as the engine has told."""
    slowdown: SlowedDown | None = None
    """What is slow on purpose now."""
    held_at_per_s: float | None = None
    """Steps a second that the run is held at on purpose; None where no step is waited for."""
    has_ended: bool = False
    """The run is over: what is said is of the whole of its last mode."""
    links: dict[str, Link] = {}
    """By transport, where they were measured."""
    number_formats: tuple[str, ...] | None = None
    """Precisions that the processor multiplies by itself; None where it does not tell."""
    unit: str = "samples"
    """What the workload counts of what is trained, in the plural."""
    names_batch: bool = False
    """Modes of the run were measured at several batch sizes: what is said must say at which one."""
    former: ModeFacts | None = None
    """The mode in force at another batch size, where that was measured."""
    equal_layers: int | None = None
    """A number of layers with which stages of this pipeline would be nearly equal; None: no knob offers them."""
    said: str = ""
    """The rule that stands: to it limits are kinder, so that a figure at one of them does not change what is said."""
    named: tuple[int, ...] = ()
    """The phases that it names."""
    told: frozenset[str] = frozenset()
    """What else it tells that has a limit."""
    share: float | None = None
    """Of a step, what it says does not split."""
    loss: MeanLoss | None = None
    """Of the newest steps of the mode in force."""
    loss_after: MeanLoss | None = None
    """Of its first steps."""
    loss_before: MeanLoss | None = None
    """Of the last steps before the shift to it, where learning rate and batch size are the same since."""


def mode_facts(measure: ModeMeasure, other_cores: float | None = None) -> ModeFacts:
    """What there is to know of a mode by its measures."""
    sums, anatomy = measure.sums, measure.anatomy
    is_known = sums.counted >= LEAST_ANATOMIES and bool(sums.rank_s)
    traffic = [entry for rank in anatomy.ranks for entry in rank.traffic] if anatomy is not None else []
    size = measure.mode.world_size
    is_plain = bool(traffic) and all("all-reduce" in t.kind and len(t.ranks) == size and t.every == 1 for t in traffic)
    return ModeFacts(
        mode=measure.mode,
        called=measure.name,
        batch_size=measure.batch_size,
        units_per_s=measure.units_per_s or 0.0,
        step_s=measure.step_s or 0.0,
        median_s=measure.median_s,
        vary=measure.vary,
        off=measure.off,
        phase_s=tuple(measure.phase_s.tolist()) if is_known else (),
        phase_error=tuple(sums.phase_errors.tolist()) if is_known else (),
        sending_share=float(sums.shares[COMMUNICATE]) if is_known and size > 1 else None,
        sent_bytes=measure.sent_bytes if size > 1 else None,
        all_reduced_bytes=sum(t.payload_bytes for t in traffic) / size if is_plain else None,
        held_bytes=measure.held_bytes,
        work_s=tuple(sums.work_s[rank] / sums.counted for rank in sorted(sums.work_s)) if is_known else (),
        bubble=sums.bubble if is_known else None,
        crowd=sums.crowd if is_known else None,
        other_cores=other_cores,
        own_cores=measure.own_cores,
        calls=next((rank.calls for rank in anatomy.ranks), None) if anatomy is not None else None,
        operations=next((rank.operations for rank in anatomy.ranks), None) if anatomy is not None else None,
    )


def transport_of(mode: ComputeMode) -> str:
    """What carries the messages of a mode."""
    option = roles.option_with(mode, "transport")
    return str(mode.option(option.key)) if option is not None else mode.backend
