"""A crew: the ranks of one mode, from assignment to the end. It speaks to all of them as one."""

import contextlib
from collections.abc import Sized
from time import perf_counter

import msgspec
import psutil

from engine.config.cards import techniques
from engine.config.mode import ComputeMode
from engine.config.spec import RunSpec
from engine.events import RankInfo, Rows, StepAnatomy
from engine.ipc.shared_memory import SharedMemory
from engine.ipc.wire import (
    BOUNDARY_ORDERS,
    GATE_BYTES,
    TALLY_BYTES,
    AnyOrder,
    Assign,
    Begin,
    Detail,
    HandOver,
    Ping,
    Run,
)
from engine.metrics.anatomy_assembly import Assembler
from engine.metrics.steps import Merger
from engine.metrics.straggler import Stragglers
from engine.metrics.validation import Validation
from engine.session.failure import Evidence
from engine.session.rank_process import Deliver, RankProcess
from engine.session.starter import RankStarter

CLOCK_ERROR_S = 50e-6
"""Good enough for the lanes: pings go on until the clocks are known that well."""


class Crew:
    """The processes of one mode, numbered by rank, what they share, and how far each has come."""

    def __init__(
        self,
        mode: ComputeMode,
        starter: RankStarter,
        deliver: Deliver,
        *,
        spec: RunSpec,
        directory: str,
        origin_s: float,
        former: "Crew | None",
    ) -> None:
        """Start its ranks; they build, join and warm up, and report Ready.

        `former` is the crew whose state it will take over, if there is one.

        Raises:
            OSError, RuntimeError: the system has no descriptor, memory, process or thread left; nothing remains.
        """
        self.mode = mode
        self.infos: dict[int, RankInfo] = {}
        self.loaded_s: dict[int, float] = {}
        self.paused: set[int] = set()
        self.handed: set[int] = set()
        self.finished: set[int] = set()
        self.exited: set[int] = set()
        self.evidence = Evidence()
        self._batch_size = spec.batch_size  # with which the ranks warm up
        self.stragglers: Stragglers | None = None
        self.segment = -1
        self.last_end_s = 0.0
        self.last_run_order = 0
        """Number of the last Run among the boundary orders sent: a pause reported before it is out of date."""
        self.last_hand_over = 0
        """Number of the last HandOver: the answer to an earlier one, whose shift was given up, is out of date."""
        self.validation = Validation()
        self._orders_sent = 0
        self._merger: Merger | None = None
        self._assembler: Assembler | None = None
        self._origin_s = origin_s
        with contextlib.ExitStack() as undo:
            self._files: list[SharedMemory] = []
            for name, num_bytes in (("gate", GATE_BYTES + TALLY_BYTES), ("rendezvous", 0), ("state", 0)):
                self._files.append(SharedMemory(name, num_bytes))
                undo.callback(self._files[-1].close)
            files = [*self._files, former.state] if former is not None else self._files
            self.processes = starter.start(mode.world_size, files, deliver)
            undo.pop_all()
        free_bytes = psutil.virtual_memory().available
        body = msgspec.json.encode(spec).decode()
        for rank, process in enumerate(self.processes):
            process.send(
                Assign(
                    rank=rank,
                    world_size=len(self.processes),
                    mode=mode.text,
                    spec=body,
                    paths=() if process.inherits else tuple(file.path for file in files),
                    directory=directory,
                    free_bytes=free_bytes,
                    origin_s=origin_s,
                )
            )

    @property
    def state(self) -> SharedMemory:
        """What its ranks write their state into: theirs as long as one of them lives, whoever else may read it."""
        return self._files[-1]

    def rank_of(self, process: RankProcess) -> int | None:
        """The rank a process has here; None for a stranger."""
        return self.processes.index(process) if process in self.processes else None

    def labels(self, word: str) -> dict[int, str]:
        """Process numbers with names for them, of those that exist."""
        return {p.pid: f"{word} {rank}" for rank, p in enumerate(self.processes) if p.pid is not None}

    def all_in(self, ranks: Sized) -> bool:
        """Every rank is in `ranks`, one of this crew's own collections."""
        return len(ranks) == len(self.processes)

    def begin(self, order: Begin, segment: int) -> None:
        """All ranks take up the state and go."""
        self.segment = segment
        self._merger = Merger(world_size=len(self.processes), segment=segment, origin_s=self._origin_s)
        is_uneven = any(techniques()[key].splits == "layers" for key in self.mode.keys)
        self.stragglers = Stragglers([self.infos[rank] for rank in sorted(self.infos)], is_uneven=is_uneven)
        self._assembler = Assembler(len(self.processes), segment, self._origin_s)
        self.send(order)

    def send(self, order: AnyOrder) -> None:
        """Tell all ranks; rank 0 last, for what it has heard of the others must have been told too."""
        if isinstance(order, BOUNDARY_ORDERS):
            self._orders_sent += 1
        if isinstance(order, Run):
            self.last_run_order = self._orders_sent
            self.paused = set()
        if isinstance(order, HandOver):
            self.last_hand_over = self._orders_sent
            self.handed = set()
        for process in reversed(self.processes):
            process.send(order)

    def detail(self, message: Detail, at_s: float) -> StepAnatomy | None:
        """A rank's view of a step; the step, once all ranks' views are in. Clocks are compared until that is exact."""
        if self._assembler is None:
            return None
        clocks = self._assembler.clocks
        if clocks.error_s > CLOCK_ERROR_S or not clocks.known:
            self.ask_clocks()
        return self._assembler.add(message.step, message.anatomy, at_s)

    def applied(self, step: int, batch_size: int) -> None:
        """Steps are made with that batch size from `step` on."""
        if batch_size != self._batch_size and self.stragglers is not None:
            self.stragglers.learn_anew(step)
        self._batch_size = batch_size

    def ask_clocks(self) -> None:
        """Ping all ranks, unless answers are still under way."""
        if self._assembler is not None and not self._assembler.clocks.waiting:
            self._assembler.clocks.asked(range(len(self.processes)), perf_counter())
            self.send(Ping())

    def answered(self, rank: int, clock_s: float) -> None:
        """A rank's answer to a ping."""
        if self._assembler is not None:
            self._assembler.clocks.answered(rank, clock_s, perf_counter())

    def read(self) -> Rows | None:
        """Steps that all ranks have finished since the last read (dtype STEP_ROW); None if there are none."""
        if self._merger is None:
            return None
        for rank, process in enumerate(self.processes):
            self._merger.add(rank, process.ring.read())
        steps = self._merger.complete()
        if not len(steps):
            return None
        self.last_end_s = float(steps["at_s"][-1])
        return steps

    def kill(self) -> None:
        """End all ranks now and release what they shared."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.close()
        for file in self._files:
            file.close()
