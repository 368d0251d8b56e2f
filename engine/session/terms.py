"""What a crew is given by the run that it is of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.config.spec import RunSpec
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


class LooksAt(Protocol):
    """What looks at a run's weights, as far as its crews know of it: the memory into which they copy them."""

    is_on: bool

    def memory(self) -> SharedMemory:
        """The snapshot; made at the first call.

        Raises:
            OSError: the system gives no descriptor or no memory.
        """
