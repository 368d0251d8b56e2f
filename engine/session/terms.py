"""What a crew is given by the run that it is of."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.config.fits import facts_of, why_not
from engine.config.mode import ComputeMode
from engine.config.spec import RunSpec
from engine.errors import Sentence
from engine.ipc.shared_memory import SharedMemory
from engine.session.rank_process import Deliver
from engine.session.starter import RankStarter


@dataclass(frozen=True)
class Terms:
    """What all crews of a run have in common. `origin_s` is the run's zero on this process's clock."""

    spec: RunSpec
    starter: RankStarter
    deliver: Deliver
    directory: Path
    origin_s: float
    evaluation: "LooksAt"

    def why_not(self, mode: ComputeMode, batch_size: int | None) -> Sentence | None:
        """A sentence on why what is trained cannot be in this mode, in batches of so many samples, here."""
        return why_not(mode, facts_of(self.spec.workload, self.spec.knobs), self.starter.hardware, batch_size)

    def why_no_batch(self, batch_size: int | None, modes: Iterable[ComputeMode]) -> Sentence | None:
        """A sentence on the first of several modes in which a batch cannot be so large; None if it stays as it is."""
        reasons = (self.why_not(mode, batch_size) for mode in modes if batch_size is not None)
        return next(filter(None, reasons), None)


class LooksAt(Protocol):
    """What looks at a run's weights, as far as its crews know of it: the memory into which they copy them."""

    is_on: bool

    def memory(self) -> SharedMemory:
        """The snapshot; made at the first call.

        Raises:
            OSError: the system gives no descriptor or no memory.
        """
