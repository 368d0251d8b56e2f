"""A crew: the ranks of one mode, from assignment to the end. It speaks to all of them as one, and knows what each said.

`heard` alone takes in what a rank says. The rest are questions: have all of them loaded, paused, handed over, ended?
"""

from collections.abc import Sized
from time import perf_counter

from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.events.machine import ProcessUsage
from engine.events.message import Message
from engine.events.ranks import RankInfo, RankSilent
from engine.ipc.orders import BOUNDARY_ORDERS, AnyOrder, Assign, Begin, Finish, GoOn, HandOver, KeepPace, Ping, SlowDown
from engine.ipc.reports import (
    Anatomy,
    AnyReport,
    Crashed,
    Finished,
    HandedOver,
    Loaded,
    Paused,
    Planned,
    Pong,
    Ready,
    Saving,
)
from engine.ipc.sizes import ModelSizes
from engine.rows import Rows
from engine.session.failure import Evidence
from engine.session.hang import HangWatch
from engine.session.measured import Measured
from engine.session.rank_process import Exited, RankProcess, Ranks
from engine.session.silence import SILENT_S, SilenceWatch
from engine.session.terms import Terms

FINISH_LIMIT_S = 30.0


class Crew:
    """The processes of one mode, numbered by rank, what they share, and how far each has come."""

    def __init__(self, mode: ComputeMode, terms: Terms, *, former: "Crew | None") -> None:
        """Start its ranks; they build, join and warm up, and report Ready.

        `former` is the crew whose state it will take over, if there is one.

        Raises:
            OSError, RuntimeError: the system has no descriptor, memory, process or thread left; nothing remains.
        """
        self.mode = mode
        self.segment = -1
        self.evidence = Evidence()
        self._infos: dict[int, RankInfo] = {}
        self._loaded: dict[int, Loaded] = {}
        self._paused: dict[int, Paused] = {}
        self._handed_over: dict[int, HandedOver] = {}
        self._finished: set[int] = set()
        self._ended: set[int] = set()
        self._orders_sent = 0
        self._last_go_on = 0  # among the boundary orders: a pause reported before it is out of date
        self._last_hand_over = 0  # the answer to an earlier one, whose shift was given up, is out of date
        self._finishing_s = 0.0
        self._watch = HangWatch(terms.spec.hang_limit_s)
        self._silence = SilenceWatch()
        self._measured: Measured | None = None
        self._sizes: ModelSizes | None = former._sizes if former is not None else None
        self._batch_size = terms.spec.batch_size
        self._origin_s = terms.origin_s
        former_ranks = former._ranks if former is not None else None
        snapshot = terms.evaluation.memory()
        self._ranks: Ranks = terms.starter.start(mode.world_size, terms.deliver, former_ranks, snapshot)
        self.processes = self._ranks.processes
        for rank, process in enumerate(self.processes):
            process.send(
                Assign(
                    rank=rank,
                    mode=mode,
                    spec=terms.spec,
                    directory=str(terms.directory),
                    free_bytes=self._ranks.free_bytes,
                    is_looked_at=terms.evaluation.is_on,
                    origin_s=terms.origin_s,
                    sizes=self._sizes,
                )
            )
        self._watch.progress(perf_counter())

    def rank_of(self, process: RankProcess) -> int | None:
        """The rank a process has here; None for a stranger."""
        return next((rank for rank, mine in enumerate(self.processes) if mine is process), None)

    def usages(self, word: str) -> list[ProcessUsage]:
        """What its processes take, as far as can be told, each named by `word` and its rank."""
        usages = (process.usage(f"{word} {rank}") for rank, process in enumerate(self.processes))
        return [usage for usage in usages if usage is not None]

    # What it is told -------------------------------------------------------------------------------------------------

    def send(self, order: AnyOrder) -> None:
        """Tell all ranks; rank 0 last, for what it has heard of the others must have been told too."""
        if isinstance(order, BOUNDARY_ORDERS):
            self._orders_sent += 1
        if isinstance(order, GoOn):
            self._last_go_on, self._paused = self._orders_sent, {}
        elif isinstance(order, HandOver):
            self._last_hand_over, self._handed_over = self._orders_sent, {}
        elif isinstance(order, Finish):
            self._finishing_s = perf_counter()
        elif isinstance(order, Begin | KeepPace):
            self._watch.wait_s = 1 / order.steps_per_s if order.steps_per_s else 0.0
        for process in reversed(self.processes):
            process.send(order)

    def begin(self, order: Begin, segment: int, former: "Crew | None") -> None:
        """All ranks take up the state, that of the `former` crew if there is one, and go."""
        if former is not None:
            self._ranks.take_over(former._ranks)
        self.segment = segment
        self._measured = Measured(
            self.mode, self.infos, segment=segment, batch_size=self._batch_size, origin_s=self._origin_s
        )
        self.send(order)

    def break_rank(self, rank: int, how: str) -> None:
        """Let one rank, which must exist, fail as a fault would have it: "exception", "freeze" or "kill"."""
        self.evidence.asked_to_fail.add(rank)
        if how == "exception":
            self.send(SlowDown(rank=rank, phase="raise", factor=2.0, delay_s=0.0))
        elif how == "freeze":
            self.processes[rank].freeze()
        else:
            self.processes[rank].kill()

    def snapshot(self) -> bytes | None:
        """The weights its ranks have copied last, where these do not lie in the memory for them already."""
        return self._ranks.snapshot()

    def kill(self) -> None:
        """End all ranks now and release what they shared."""
        self._ranks.close()

    # What its ranks have said ----------------------------------------------------------------------------------------

    def heard(self, rank: int, report: AnyReport | Exited) -> list[Message]:
        """Take in what a rank says, or its end; what is whole through it and can be told on."""
        now_s = perf_counter()
        self._silence.heard(rank, now_s)
        match report:
            case Planned(sizes=sizes):
                self._sizes = sizes
            case Ready(info=info):
                self._infos[rank] = info
            case Loaded():
                self._loaded[rank] = report
            case Paused(orders=orders) if orders >= self._last_go_on:
                self._paused[rank] = report
            case HandedOver(orders=orders) if orders == self._last_hand_over:
                self._handed_over[rank] = report
            case Finished():
                self._finished.add(rank)
            case Exited() if rank in self._finished:
                # It had done all it was asked to. How it then ended is no matter: a library may still abort when
                # a peer has closed its connections first.
                self._ended.add(rank)
            case Crashed() | Exited():
                self.evidence.add(rank, self.processes[rank].pid, now_s=now_s, sign=report)
            case Pong():
                self._watch.answer(rank)
            case Saving():
                self._watch.progress(now_s)
                self._finishing_s = now_s if self._finishing_s else 0.0
        if self._measured is None:
            return []
        if isinstance(report, Anatomy) and self._measured.asks_for_clocks():
            self.send(Ping())
        return self._measured.heard(rank, report, now_s - self._origin_s)

    def read(self) -> Rows | None:
        """Steps that all ranks have finished since the last read (dtype STEP_ROW); None if there are none."""
        return self._measured.read(self.processes) if self._measured is not None else None

    @property
    def last_end_s(self) -> float:
        """When the last step that was read had ended, in seconds since the run began."""
        return self._measured.last_end_s if self._measured is not None else 0.0

    def _all_in(self, ranks: Sized) -> bool:
        return len(ranks) == len(self.processes)

    @property
    def infos(self) -> tuple[RankInfo, ...]:
        """The ranks that are ready, as they report themselves, in order."""
        return tuple(self._infos[rank] for rank in sorted(self._infos))

    @property
    def is_ready(self) -> bool:
        """Whether all ranks are built and warm."""
        return self._all_in(self._infos)

    @property
    def loaded(self) -> list[Loaded]:
        """The reports of the ranks that have taken up the state."""
        return list(self._loaded.values())

    @property
    def is_loaded(self) -> bool:
        """Whether all ranks have taken up the state."""
        return self._all_in(self._loaded)

    @property
    def pause(self) -> Paused | None:
        """The pause that all ranks are in, as the last one told it; None if some go on, as far as is known."""
        return list(self._paused.values())[-1] if self._all_in(self._paused) else None

    @property
    def handed_over(self) -> list[HandedOver]:
        """What ranks answered to the last HandOver."""
        return list(self._handed_over.values())

    @property
    def is_handed_over(self) -> bool:
        """Whether all ranks have written their state."""
        return self._all_in(self._handed_over)

    @property
    def gathered_s(self) -> float:
        """When the last rank had written its state, in seconds since the run began."""
        return max(report.at_s for report in self.handed_over) - self._origin_s

    @property
    def is_finishing(self) -> bool:
        """Whether the crew was asked to finish: it validates, saves and ends."""
        return bool(self._finishing_s)

    @property
    def has_ended(self) -> bool:
        """All ranks have done all they were asked to, and are gone."""
        return self._all_in(self._ended)

    # Whether it is well ----------------------------------------------------------------------------------------------

    def progressed(self) -> None:
        """Note that all is well with the crew at this moment."""
        self._watch.progress(perf_counter())

    def look(self, now_s: float) -> list[RankSilent]:
        """Find out whether it hangs, or does not come to its end. Called often while it owes something.

        What can be told at once of ranks that give no sign of life, or do again.
        """
        silent = self._silence.look(self.processes, self._watch.progress_s, now_s)
        if (hang := self._watch.look(self.processes, now_s)) is not None:
            rank, words = hang
            self.evidence.add(rank, self.processes[rank].pid, now_s=now_s, sign=words)
        if self._finishing_s and now_s - self._finishing_s > FINISH_LIMIT_S:
            rank = next(rank for rank in range(len(self.processes)) if rank not in self._ended)
            words = Sentence("did not end within {limit_s:.0f} s.", limit_s=FINISH_LIMIT_S)
            self.evidence.add(rank, self.processes[rank].pid, now_s=now_s, sign=words)
        return [
            RankSilent(
                at_s=now_s - self._origin_s,
                rank=rank,
                pid=self.processes[rank].pid,
                seconds=SILENT_S if is_silent else 0.0,
                is_silent=is_silent,
                is_next=self.segment < 0,
                is_on_purpose=rank in self.evidence.asked_to_fail,
            )
            for rank, is_silent in silent
        ]

    def end_silent(self, now_s: float) -> None:
        """Wait no longer for the ranks that give no sign of life: the crew is lost."""
        for rank in self._silence.silent:
            words = Sentence("had given no sign of life for {limit_s:.0f} s or more and was ended.", limit_s=SILENT_S)
            self.evidence.add(rank, self.processes[rank].pid, now_s=now_s, sign=words)

    def is_lost(self, now_s: float) -> bool:
        """Whether something has happened to the crew, and all is known of it that will be."""
        return self.evidence.settled(now_s, len(self.processes))
