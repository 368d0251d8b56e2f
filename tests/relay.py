"""Ranks that are reached through a relay, a process of its own, over a pair of pipes: what another machine would be.

    session:  RelayStarter, RelayRanks, RelayRank  --pipe-->  relay: ForkServer  --fork-->  ranks
                                                   <--pipe--

A second implementation of what `engine/session/rank_process.py` asks for. Nothing but bytes goes through the pipes. The
relay's ranks live by another clock, AHEAD_S before this machine's: a time that nobody translates is off by that.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

import msgspec
import numpy as np

from engine.config.hardware import HardwareReport
from engine.events.machine import ProcessUsage
from engine.ipc.orders import AnyOrder, Assign
from engine.ipc.reports import Anatomy, AnyReport, HandedOver, Pong
from engine.ipc.ring import RING_ROW
from engine.ipc.shared_memory import SharedMemory
from engine.rows import Rows
from engine.session.fork_server import ForkServer
from engine.session.rank_process import Deliver, Exited, RankProcess, Ranks
from engine.session.starter import RankStarter

ROOT = Path(__file__).parent.parent
AHEAD_S = 1_000.0
POLL_S = 0.002
LIMIT_S = 20.0


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Either way; `crew` is a number that the session gives."""

    crew: int = -1
    rank: int = -1


class Start(Message, frozen=True, kw_only=True):
    """Start ranks. They take over from the crew `former` of this relay, or from a state that will be brought."""

    count: int
    former: int | None
    former_bytes: int


class Tell(Message, frozen=True, kw_only=True):
    order: AnyOrder


class Act(Message, frozen=True, kw_only=True):
    """`what`: freeze or kill a rank, close a crew, give its state, show the snapshot, or say what the clock shows."""

    what: str


class Bring(Message, frozen=True, kw_only=True):
    state: bytes


class Answer(Message, frozen=True, kw_only=True):
    """To Start ("" or why not), close, give and clock."""

    problem: str = ""
    state: bytes = b""
    clock_s: float = 0.0


class Said(Message, frozen=True, kw_only=True):
    report: AnyReport


class Gone(Message, frozen=True, kw_only=True):
    exited: Exited


class Made(Message, frozen=True, kw_only=True):
    rows: bytes


class Seen(Message, frozen=True, kw_only=True):
    pid: int
    cpu_s: float | None


AnyMessage = Start | Tell | Act | Bring | Answer | Said | Gone | Made | Seen
_decoder: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)


class Pipe:
    """One message after the other, length first."""

    def __init__(self, into: BinaryIO, out: BinaryIO) -> None:
        self._into, self._out = into, out
        self._lock = threading.Lock()

    def send(self, message: AnyMessage) -> None:
        data = msgspec.msgpack.encode(message)
        with self._lock:
            self._into.write(len(data).to_bytes(8, "little") + data)
            self._into.flush()

    def receive(self) -> AnyMessage | None:
        head = self._out.read(8)
        data = self._out.read(int.from_bytes(head, "little")) if len(head) == 8 else b""
        return _decoder.decode(data) if data else None


def later(report: AnyReport, by_s: float) -> AnyReport:
    """A report with every time in it so much later: all there are on a rank's own clock."""
    match report:
        case HandedOver(at_s=at_s):
            return msgspec.structs.replace(report, at_s=at_s + by_s)
        case Pong(clock_s=clock_s):
            return msgspec.structs.replace(report, clock_s=clock_s + by_s)
        case Anatomy(anatomy=anatomy):
            moved = msgspec.structs.replace(anatomy, begin_s=anatomy.begin_s + by_s)
            return msgspec.structs.replace(report, anatomy=moved)
        case _:
            return report


# The session's side --------------------------------------------------------------------------------------------------


class RelayRank(RankProcess):
    """One rank behind the relay."""

    def __init__(self, starter: "RelayStarter", crew: int, rank: int, deliver: Deliver) -> None:
        self.deliver = deliver
        self.rows: list[Rows] = []
        self.seen: Seen | None = None
        self._starter = starter
        self._crew, self._rank = crew, rank

    @property
    def pid(self) -> int | None:
        return self.seen.pid if self.seen is not None else None

    def send(self, order: AnyOrder) -> None:
        if isinstance(order, Assign):
            order = msgspec.structs.replace(order, origin_s=order.origin_s + self._starter.ahead_s)
        self._starter.send(Tell(crew=self._crew, rank=self._rank, order=order))

    def read(self) -> Rows:
        taken, self.rows = self.rows, []
        return np.concatenate(taken) if taken else np.empty(0, RING_ROW)

    def cpu_s(self) -> float | None:
        return self.seen.cpu_s if self.seen is not None else None

    def usage(self, label: str) -> ProcessUsage | None:  # noqa: ARG002
        return None

    def freeze(self) -> None:
        self._starter.send(Act(crew=self._crew, rank=self._rank, what="freeze"))

    def kill(self) -> None:
        self._starter.send(Act(crew=self._crew, rank=self._rank, what="kill"))


class RelayRanks(Ranks):
    """The ranks of one crew behind the relay."""

    def __init__(
        self, starter: "RelayStarter", number: int, count: int, deliver: Deliver, former: Ranks | None
    ) -> None:
        self.number = number
        self.is_closed = False
        self._starter = starter
        self._is_fetched = former is not None and not isinstance(former, RelayRanks)
        self.processes = [RelayRank(starter, number, rank, deliver) for rank in range(count)]
        starter.crews[number] = self.processes
        answer = starter.ask(
            Start(
                crew=number,
                count=count,
                former=former.number if isinstance(former, RelayRanks) else None,
                former_bytes=former.state_bytes if former is not None and self._is_fetched else 0,
            )
        )
        if answer.problem:
            raise OSError(answer.problem)

    @property
    def free_bytes(self) -> int:
        return 2**40

    @property
    def state_bytes(self) -> int:
        return len(self.state())

    def state(self) -> bytes:
        return self._starter.ask(Act(crew=self.number, what="give")).state

    def take_over(self, former: Ranks) -> None:
        if self._is_fetched:
            self._starter.send(Bring(crew=self.number, state=bytes(memoryview(former.state()))))

    def snapshot(self) -> bytes:
        return self._starter.ask(Act(crew=self.number, what="show")).state

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            del self._starter.crews[self.number]
            self._starter.ask(Act(crew=self.number, what="close"))


class RelayStarter:
    """Starts the relay, and ranks behind it."""

    hardware: HardwareReport | None = None
    problem = ""

    def __init__(self, local: RankStarter) -> None:
        self._local = local
        self.crews: dict[int, Sequence[RelayRank]] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.relay"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._pipe = Pipe(self.process.stdin, self.process.stdout)
        self._number = 0
        self._answers: list[Answer] = []
        self._answered = threading.Condition()
        self._is_gone = False
        self._reader = threading.Thread(target=self._listen, name="relay")
        self._reader.start()
        self.ahead_s = min(self._compare() for _ in range(50))[1]

    def _compare(self) -> tuple[float, float]:
        """How long the relay took to say what its clock shows, and how far it is ahead."""
        begin_s = perf_counter()
        far_s = self.ask(Act(what="clock")).clock_s
        end_s = perf_counter()
        return end_s - begin_s, far_s - (begin_s + end_s) / 2

    def start(
        self,
        count: int,
        deliver: Deliver,
        former: Ranks | None = None,
        snapshot: SharedMemory | None = None,  # noqa: ARG002 - theirs lies where they are
    ) -> Ranks:
        self._number += 1
        return RelayRanks(self, self._number, count, deliver, former)

    def start_evaluator(self, deliver: Deliver, snapshot: SharedMemory) -> Ranks:
        return self._local.start_evaluator(deliver, snapshot)

    def rest(self) -> None:
        pass

    def wait_hardware(self, timeout_s: float = 60.0) -> HardwareReport:
        raise RuntimeError(f"nobody looks at it, not within {timeout_s} s either")

    @property
    def labels(self) -> dict[int, str]:
        return {self.process.pid: "relay"}

    def close(self) -> None:
        with suppress(OSError):  # it may be gone
            self._pipe._into.close()
        self.process.wait(LIMIT_S)
        self._reader.join()
        self._pipe._out.close()

    def send(self, message: AnyMessage) -> None:
        with suppress(OSError, ValueError):  # if it is gone, the thread that listens tells
            self._pipe.send(message)

    def ask(self, message: AnyMessage) -> Answer:
        """One question at a time, answered in turn."""
        self.send(message)
        with self._answered:
            assert self._answered.wait_for(lambda: self._answers or self._is_gone, LIMIT_S)
            return self._answers.pop(0) if self._answers else Answer(problem="the relay has ended")

    def _listen(self) -> None:
        while (message := self._pipe.receive()) is not None:
            if isinstance(message, Answer):
                with self._answered:
                    self._answers.append(message)
                    self._answered.notify_all()
            elif message.crew in self.crews:
                self._hear(self.crews[message.crew][message.rank], message)
        with self._answered:
            self._is_gone = True
            self._answered.notify_all()
        for ranks in list(self.crews.values()):
            for rank in ranks:
                rank.deliver(rank, Exited(exit_status=None, stderr="the relay has ended"))

    def _hear(self, rank: RelayRank, message: AnyMessage) -> None:
        match message:
            case Said(report=report):
                rank.deliver(rank, later(report, -self.ahead_s))
            case Gone(exited=exited):
                rank.deliver(rank, exited)
            case Made(rows=data):
                rows = np.frombuffer(data, RING_ROW).copy()
                rows["begin_s"] -= self.ahead_s
                rows["end_s"] -= self.ahead_s
                rank.rows = [*rank.rows, rows]
            case Seen():
                rank.seen = message


# The relay's side ----------------------------------------------------------------------------------------------------


class Brought(Ranks):
    """Stands for ranks elsewhere, whose state comes through the pipe."""

    processes = ()
    free_bytes = 0

    def __init__(self, num_bytes: int) -> None:
        self._state = bytes(num_bytes)

    @property
    def state_bytes(self) -> int:
        return len(self._state)

    def state(self) -> bytes:
        return self._state

    def bring(self, state: bytes) -> None:
        self._state = state

    def take_over(self, former: Ranks) -> None:
        raise AssertionError(f"nobody hands over to them, nor do {former}")

    def snapshot(self) -> None:
        raise AssertionError("they have no weights")

    def close(self) -> None:
        pass


class Relay:
    """Does what comes down the pipe, and sends up what ranks say and make."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._starter = ForkServer()
        self._starter.wait_hardware()  # a rank that must wait for torch may be taken for a frozen one
        self._crews: dict[int, Ranks] = {}
        self._former: dict[int, Brought] = {}
        self._snapshot = SharedMemory("snapshot", 0)
        self._lock = threading.RLock()
        self._is_over = threading.Event()

    def serve(self) -> None:
        poll = threading.Thread(target=self._poll)
        poll.start()
        while (message := self._pipe.receive()) is not None:
            self._do(message)
        self._is_over.set()
        poll.join()
        for ranks in self._crews.values():
            ranks.close()
        self._starter.close()

    def _do(self, message: AnyMessage) -> None:
        match message:
            case Start():
                self._pipe.send(self._start(message))
            case Tell(crew=crew, rank=rank, order=order):
                if isinstance(order, Assign):
                    order = msgspec.structs.replace(order, origin_s=order.origin_s - AHEAD_S)
                self._crews[crew].processes[rank].send(order)
            case Bring(crew=crew, state=state):
                self._former[crew].bring(state)
                self._crews[crew].take_over(self._former[crew])
            case Act(what="clock"):
                self._pipe.send(Answer(clock_s=perf_counter() + AHEAD_S))
            case Act(what="give", crew=crew):
                self._pipe.send(Answer(state=bytes(memoryview(self._crews[crew].state()))))
            case Act(what="show"):
                size = os.fstat(self._snapshot.descriptor).st_size
                self._pipe.send(Answer(state=os.pread(self._snapshot.descriptor, size, 0)))
            case Act(what="close", crew=crew):
                with self._lock:
                    ranks = self._crews.pop(crew, None)
                if ranks is not None:
                    ranks.close()
                self._pipe.send(Answer())
            case Act(what="freeze", crew=crew, rank=rank):
                self._crews[crew].processes[rank].freeze()
            case Act(what="kill", crew=crew, rank=rank):
                self._crews[crew].processes[rank].kill()

    def _start(self, message: Start) -> Answer:
        former: Ranks | None = None
        if message.former is not None:
            former = self._crews[message.former]
        elif message.former_bytes:
            former = self._former[message.crew] = Brought(message.former_bytes)
        with self._lock:  # what they say is told when they are known
            try:
                self._crews[message.crew] = self._starter.start(
                    message.count, self._deliver(message.crew), former, self._snapshot
                )
            except OSError as error:
                return Answer(problem=str(error))
        return Answer()

    def _deliver(self, crew: int) -> Callable[[RankProcess, AnyReport | Exited], None]:
        def deliver(process: RankProcess, report: AnyReport | Exited) -> None:
            with self._lock:
                ranks = self._crews.get(crew)
                if ranks is None:
                    return
                rank = list(ranks.processes).index(process)
                self._send_rows(crew, rank, process)  # what it made before it said this
                if isinstance(report, Exited):
                    self._pipe.send(Gone(crew=crew, rank=rank, exited=report))
                else:
                    self._pipe.send(Said(crew=crew, rank=rank, report=later(report, AHEAD_S)))

        return deliver

    def _send_rows(self, crew: int, rank: int, process: RankProcess) -> None:
        rows = process.read().copy()
        if len(rows):
            rows["begin_s"] += AHEAD_S
            rows["end_s"] += AHEAD_S
            self._pipe.send(Made(crew=crew, rank=rank, rows=rows.tobytes()))

    def _poll(self) -> None:
        looked_s = 0.0
        while not self._is_over.wait(POLL_S):
            is_due = time.monotonic() - looked_s > 0.1
            looked_s = time.monotonic() if is_due else looked_s
            with self._lock:
                for crew, ranks in self._crews.items():
                    for rank, process in enumerate(ranks.processes):
                        self._send_rows(crew, rank, process)
                        if is_due and process.pid is not None:
                            self._pipe.send(Seen(crew=crew, rank=rank, pid=process.pid, cpu_s=process.cpu_s()))


if __name__ == "__main__":
    Relay(Pipe(sys.stdout.buffer, sys.stdin.buffer)).serve()
