"""Ranks that do nothing by themselves: they note what they are told, and say what a test has them say.

    test  --say-->  Scripted rank  --deliver-->  mailbox  --turn-->  Run  --tell-->  messages
    test  --pass_s-->  clock, which every part of the session reads

A third implementation of what `engine/session/rank_process.py` asks for, without a process and without a moment of
waiting. So every decision of a run can be brought about, in any order, and a minute takes no time.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.config.hardware import HardwareReport
from engine.events.machine import ProcessUsage
from engine.events.message import Message
from engine.events.ranks import RankInfo
from engine.ipc.orders import BOUNDARY_ORDERS, AnyOrder, Assign, HandOver
from engine.ipc.reports import AnyReport, Finished, HandedOver, Loaded, Paused, Ready
from engine.ipc.ring import RING_ROW
from engine.ipc.shared_memory import SharedMemory
from engine.record.states import publish
from engine.rows import STEP_ROW, Rows
from engine.session.rank_process import Deliver, Exited, RankProcess, Ranks

ORIGIN_S = 1_000.0
"""When the run begins, by the clock: what forgets to subtract it is far off."""
STEP_S = 0.01
FREE_BYTES = 123_456_789
M = TypeVar("M", bound=Message)
Kind = TypeVar("Kind", bound=AnyOrder)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, now_s: float = ORIGIN_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class ScriptedRank(RankProcess):
    """One rank: `told` is all it was told, `rows` what can be read of its steps, `done_to` what was done to it."""

    def __init__(self, rank: int, number: int, deliver: Deliver, log: list[tuple[int, AnyOrder]]) -> None:
        self.rank = rank
        self.number = number
        self.told: list[AnyOrder] = []
        self.rows: list[Rows] = []
        self.done_to: list[str] = []
        self.computed_s: float | None = None
        self._deliver = deliver
        self._log = log

    @property
    def pid(self) -> int | None:
        return self.number

    def send(self, order: AnyOrder) -> None:
        self.told.append(order)
        self._log.append((self.rank, order))

    def of(self, kind: type[Kind]) -> list[Kind]:
        """All orders of a kind."""
        return [order for order in self.told if isinstance(order, kind)]

    @property
    def orders(self) -> int:
        """How many orders it was told that take effect at a boundary."""
        return sum(isinstance(order, BOUNDARY_ORDERS) for order in self.told)

    def be_ready(self) -> None:
        """It is built and warm."""
        info = RankInfo(rank=self.rank, pid=self.number, device="cpu", threads=1, holds="", parameter_bytes=8)
        self.say(Ready(info=info))

    @property
    def orders_at_hand_over(self) -> int:
        """How many of them up to the last HandOver, that one included: what an answer to it says."""
        last = max(index for index, order in enumerate(self.told) if isinstance(order, HandOver))
        return sum(isinstance(order, BOUNDARY_ORDERS) for order in self.told[: last + 1])

    def hand_over(self, step: int, at_s: float, *, problem: str = "") -> None:
        """Let it answer to the last HandOver."""
        self.say(HandedOver(step=step, orders=self.orders_at_hand_over, at_s=at_s, problem=problem))

    def say(self, report: AnyReport | Exited) -> None:
        """Let it say something; it is heard in the next turn."""
        self._deliver(self, report)

    def read(self) -> Rows:
        taken, self.rows = self.rows, []
        return np.concatenate(taken) if taken else np.empty(0, RING_ROW)

    def cpu_s(self) -> float | None:
        return self.computed_s

    def usage(self, label: str) -> ProcessUsage | None:
        return ProcessUsage(pid=self.number, label=label, cpu_frac=0.5, memory_bytes=1)

    def freeze(self) -> None:
        self.done_to.append("freeze")

    def kill(self) -> None:
        self.done_to.append("kill")


class ScriptedRanks(Ranks):
    """The ranks of one crew; `log` is (rank, order) as they were told.

    `after` are those that they were started after, `taken_over` those whose state they were given.
    """

    def __init__(self, first_number: int, count: int, deliver: Deliver, after: Ranks | None) -> None:
        self.log: list[tuple[int, AnyOrder]] = []
        self.processes: Sequence[ScriptedRank] = [
            ScriptedRank(rank, first_number + rank, deliver, self.log) for rank in range(count)
        ]
        self.after = after
        self.taken_over: Ranks | None = None
        self.is_closed = False
        self.far: bytes | None = None

    @property
    def free_bytes(self) -> int:
        return FREE_BYTES

    @property
    def state_bytes(self) -> int:
        return 1

    def state(self) -> bytes:
        return b""

    def take_over(self, former: Ranks) -> None:
        self.taken_over = former

    def snapshot(self) -> bytes | None:
        return self.far

    def close(self) -> None:
        self.is_closed = True

    # What a test has all of them do ----------------------------------------------------------------------------------

    @property
    def told(self) -> list[AnyOrder]:
        """What all of them were told, the same."""
        first = self.processes[0].told[1:]  # the first order tells each who it is
        assert all(process.told[1:] == first for process in self.processes)
        assert all(isinstance(process.told[0], Assign) for process in self.processes)
        return first

    def last(self, kind: type[Kind]) -> Kind:
        """The last order of a kind that all of them were told."""
        return next(order for order in reversed(self.told) if isinstance(order, kind))

    def are_ready(self) -> None:
        """All of them are built and warm."""
        for process in self.processes:
            process.be_ready()

    def have_loaded(self, step: int, *seconds: float) -> None:
        """All of them have taken up the state before `step`; it took them as many `seconds`, or a tenth."""
        for process in self.processes:
            process.say(Loaded(step=step, seconds=seconds[process.rank] if seconds else 0.1))

    def make(self, clock: Clock, first: int, count: int = 1, *, share: float = 0.5) -> None:
        """Each of them makes `count` steps from `first` on, of STEP_S each, and its `share` of the loss."""
        rows = np.zeros(count, RING_ROW)
        rows["step"] = np.arange(first, first + count)
        rows["begin_s"] = clock.now_s + STEP_S * np.arange(count)
        clock.now_s += STEP_S * count
        rows["end_s"] = rows["begin_s"] + STEP_S
        rows["loss_share"], rows["samples"] = share, 16
        for process in self.processes:
            process.rows.append(rows.copy())

    def have_paused(self, step: int, *, diverged: bool = False) -> None:
        """All of them pause before `step`, after all that they were told."""
        for process in self.processes:
            process.say(Paused(step=step, orders=process.orders, diverged=diverged))

    def have_handed_over(self, step: int, clock: Clock, *, problem: str = "") -> None:
        """All of them have written the state before `step`, the last of them now; `problem`: they could not."""
        last = len(self.processes) - 1
        for process in self.processes:
            process.hand_over(step, clock.now_s - 0.01 * (last - process.rank), problem=problem)

    def have_finished(self, step: int) -> None:
        """All of them have done all they were asked to, and end."""
        for process in self.processes:
            process.say(Finished(step=step))
            process.say(Exited(exit_status=0, stderr=""))

    def die(self, status: int = -9) -> None:
        """All of them end, and nobody asked them to."""
        for process in self.processes:
            process.say(Exited(exit_status=status, stderr=""))


class ScriptedStarter:
    """`crews` are those it has started, the last one last. `refusal` is raised instead of starting one."""

    def __init__(self) -> None:
        self.hardware: HardwareReport | None = None
        self.problem = ""
        self.crews: list[ScriptedRanks] = []
        self.evaluators: list[ScriptedRanks] = []
        self.snapshots: list[SharedMemory | None] = []
        self.refusal: OSError | RuntimeError | None = None
        self.rests = 0

    def start(
        self, count: int, deliver: Deliver, former: Ranks | None = None, snapshot: SharedMemory | None = None
    ) -> ScriptedRanks:
        if self.refusal is not None:
            raise self.refusal
        self.snapshots.append(snapshot)
        self.crews.append(ScriptedRanks(100 * len(self.crews), count, deliver, former))
        return self.crews[-1]

    def start_evaluator(self, deliver: Deliver, snapshot: SharedMemory) -> ScriptedRanks:
        self.snapshots.append(snapshot)
        self.evaluators.append(ScriptedRanks(9_000 + len(self.evaluators), 1, deliver, None))
        return self.evaluators[-1]

    def rest(self) -> None:
        self.rests += 1

    def wait_hardware(self, timeout_s: float = 60.0) -> HardwareReport:  # noqa: ARG002
        assert self.hardware is not None
        return self.hardware

    @property
    def labels(self) -> dict[int, str]:
        return {}

    def close(self) -> None: ...


def rows_of(count: int, until_s: float) -> Rows:
    """So many steps of a run, a second each, the last of which ended then (dtype STEP_ROW)."""
    rows = np.zeros(count, STEP_ROW)
    rows["step"] = np.arange(count)
    rows["at_s"] = until_s - np.arange(count)[::-1]
    rows["seconds"], rows["samples"] = 1.0, 32
    return rows


def save_state(directory: Path, step: int) -> None:
    """The run there has a state before `step`."""
    directory.mkdir(exist_ok=True)
    temporary = directory / "new"
    temporary.write_bytes(bytes(step))
    publish(directory, temporary, step, sha256(bytes(step)).hexdigest())
