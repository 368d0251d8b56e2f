"""What is told of ranks: who they are, one step of all of them taken apart, which is slow, silent or dead."""

from collections.abc import Iterable

import msgspec

from engine.anatomy import HeldTensor, ModelCount, RankAnatomy
from engine.events.event import Event


class RankInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One rank as it reports itself.

    `holds` says in words what part of the model it has; `clock` is where its spans come from: "host" (the machine's
    monotonic clock) or "device" (events on the accelerator). `usual_s` is for how long it computes, forward and
    backward, in a step before the first, where ranks have unequal work (stages of a pipeline); None where all should
    take the same time. `cores` are those it may use, shared with the other ranks of the machine.
    `memory_before_bytes` is what its process held before there was a model. `flops_per_unit` are the model's
    floating-point operations for one unit (sample, token), forward and backward, as rank 0 counts them, and `model` is
    how large it is as a whole.
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
    model: ModelCount | None = None
    number_formats: tuple[str, ...] | None = None


def flops_per_unit(ranks: Iterable[RankInfo]) -> float | None:
    """Floating-point operations of one unit, as one of the ranks has counted them; None where none has."""
    return next((rank.flops_per_unit for rank in ranks if rank.flops_per_unit), None)


def model_count(ranks: Iterable[RankInfo]) -> ModelCount | None:
    """How large the whole model is, as one of the ranks has told; None where none has, as in older records."""
    return next((rank.model for rank in ranks if rank.model is not None), None)


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

    @property
    def next_step(self) -> int:
        """The step after the last one that is seen."""
        return self.step + max((rank.steps for rank in self.ranks), default=1)

    def fresh_after(self, before: "StepAnatomy | None") -> "StepAnatomy":
        """The steps that were not seen in the one `before`: where ranks run freely, long ones come again."""
        known = before.next_step - self.step if before is not None and before.segment == self.segment else 0
        if not 0 < known < self.next_step - self.step:
            return self
        ranks = tuple(rank.last(rank.steps - known) for rank in self.ranks)
        return msgspec.structs.replace(self, step=self.step + known, ranks=ranks)


class SlowedDown(Event, frozen=True, kw_only=True, tag="hindered"):
    """Something was made slow on purpose from `step` on: `rank` by `factor` in `phase`, every message by `delay_s`.

    A factor of 1 and no delay: nothing is, any more. In a record its name is "hindered", as it always was there.
    """

    step: int
    rank: int
    phase: str
    factor: float
    delay_s: float


class SlowRank(Event, frozen=True, kw_only=True):
    """A rank takes `factor` times as long as its peers for `phase`; or (`is_slow` false) no longer does.

    `by_clock`: it lasts so much longer, though the rank computes no longer: it does not get its core.
    """

    step: int
    rank: int
    phase: str
    factor: float
    is_slow: bool
    by_clock: bool = False


class RankSilent(Event, frozen=True, kw_only=True):
    """A rank has given no sign of life for `seconds`; or (`is_silent` false) it is heard again.

    The run goes on waiting for it. `is_next`: it is a rank of a mode that is being prepared. `is_on_purpose`: it was
    made to fail.
    """

    rank: int
    pid: int | None
    seconds: float
    is_silent: bool
    is_next: bool = False
    is_on_purpose: bool = False


class RankFailed(Event, frozen=True, kw_only=True):
    """A rank died, hung or raised. The run stops; resuming goes on from `resume_step` (None: not known).

    It goes on in `mode`: that of a shift that was under way, or was to follow; "": in the one in force. `next_step` is
    the one that was to be made (None: not told, as in older records).
    """

    rank: int
    pid: int | None
    exit_status: int | None
    signal: str
    reason: str
    details: str
    resume_step: int | None
    mode: str = ""
    next_step: int | None = None
