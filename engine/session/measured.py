"""What a crew measures of itself: its steps, some of them taken apart, and who is slow in them.

rings    --read-->   steps, each once all ranks have made it
reports  --heard-->  a step taken apart, a slow rank: each once all ranks have told their part of it
"""

from collections.abc import Sequence
from time import perf_counter

from engine.config.cards import techniques
from engine.config.mode import ComputeMode
from engine.events.message import Message
from engine.events.ranks import RankInfo, StepAnatomy
from engine.ipc.reports import Anatomy, AnyReport, Applied, Pong
from engine.metrics.anatomy_assembly import Assembler
from engine.metrics.steps import Merger
from engine.metrics.straggler import Stragglers
from engine.rows import Rows
from engine.session.rank_process import Exited, RankProcess

CLOCK_ERROR_S = 50e-6
"""Good enough for the lanes: pings go on until the clocks are known that well."""


class Measured:
    """What is measured of a crew of `mode` in one segment. `origin_s` is the run's zero on this process's clock.

    `batch_size` is the one with which the ranks have warmed up.
    """

    def __init__(
        self, mode: ComputeMode, ranks: Sequence[RankInfo], *, segment: int, batch_size: int, origin_s: float
    ) -> None:
        self.last_end_s = 0.0
        """When the last step that was read had ended, since the run began."""
        self._world_size = len(ranks)
        self._batch_size = batch_size
        self._merger = Merger(world_size=self._world_size, segment=segment, origin_s=origin_s)
        self._assembler = Assembler(self._world_size, segment, origin_s)
        self._apart: StepAnatomy | None = None
        """The newest step taken apart."""
        is_uneven = any(techniques()[key].splits == "layers" for key in mode.keys)
        self._stragglers = Stragglers(list(ranks), is_uneven=is_uneven)

    def read(self, processes: Sequence[RankProcess]) -> Rows | None:
        """Steps that all ranks have finished since the last read (dtype STEP_ROW); None if there are none."""
        for rank, process in enumerate(processes):
            self._merger.add(rank, process.read())
        steps = self._merger.complete()
        if not len(steps):
            return None
        self.last_end_s = float(steps["at_s"][-1])
        return steps

    def asks_for_clocks(self) -> bool:
        """Whether to ping, for the ranks' clocks are not known well enough; told so, a ping is under way."""
        clocks = self._assembler.clocks
        if clocks.waiting or (clocks.known and clocks.error_s <= CLOCK_ERROR_S):
            return False
        clocks.asked(range(self._world_size), perf_counter())
        return True

    def heard(self, rank: int, report: AnyReport | Exited, at_s: float) -> list[Message]:
        """What a rank says; the messages that are whole through it."""
        match report:
            case Pong(clock_s=clock_s):
                self._assembler.clocks.answered(rank, clock_s, perf_counter())
            case Applied(step=step, batch_size=batch_size):
                if batch_size != self._batch_size:
                    self._stragglers.learn_anew(step)
                self._batch_size = batch_size
            case Anatomy(step=step):
                anatomy = self._assembler.add(step, report.anatomy, at_s)
                if anatomy is None:
                    return []
                fresh, self._apart = anatomy.fresh_after(self._apart), anatomy
                return [anatomy, *self._stragglers.look(fresh)]
            case _:
                pass
        return []
