"""A change of crews in the making. A start and a recovery are changes too: there is just no old crew.

preparing    the new ranks build, join and warm up, while the old crew trains on
gathering    the old crew stops at a boundary, writes the state, and holds
loading      the new crew takes the state up
first step   the new crew computes; when its first step is done, the change is made and the old crew ends

A shift that is dropped gives the run back to the old crew, from where it holds.
"""

from enum import IntEnum
from typing import NamedTuple

from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.events.message import Message
from engine.events.ranks import RankSilent
from engine.ipc.orders import AnyOrder, Begin, Change, GoOn, HandOver, KeepPace, Pause
from engine.ipc.reports import AnyReport, Pong
from engine.record.states import last_state
from engine.rows import Rows
from engine.session.crew import Crew
from engine.session.outbox import Outbox
from engine.session.pace import Pace
from engine.session.rank_process import Exited
from engine.session.reports import segment_started, shifted
from engine.session.terms import Terms


class Phase(IntEnum):
    """How far a shift is; the file's first lines say what happens in each phase."""

    PREPARING = 1
    GATHERING = 2
    LOADING = 3
    FIRST_STEP = 4


class Wish(NamedTuple):
    """A mode that was asked for during a shift from which there is no way back, and when, since the run began."""

    mode: ComputeMode
    asked_s: float


class Shift:
    """A shift from `old`, the crew that computes (None: there is none), to a new `crew` of `mode`.

    `asked_s` is when it was asked for, since the run began. Without an old crew the new one takes up the last state of
    a run that `resumes`, or is fresh.

    Raises:
        OSError, RuntimeError: the system has no descriptor, memory, process or thread left; nothing remains.
    """

    def __init__(
        self,
        mode: ComputeMode,
        terms: Terms,
        old: Crew | None,
        outbox: Outbox,
        *,
        asked_s: float,
        segment: int,
        resumes: bool,
    ) -> None:
        self.crew = Crew(mode, terms, former=old)
        self.old = old
        self.phase = Phase.PREPARING
        self._outbox = outbox
        self.asked_s = asked_s
        self._segment = segment
        try:
            saved = last_state(terms.directory) if old is None and resumes else None  # read while the ranks are built
        except OSError:
            self.crew.kill()
            raise
        self._state = str(terms.directory / saved.name) if saved is not None else ""
        self._ready_s = 0.0
        self._gather_sent_s = 0.0
        self.late = Change(lr=None, batch_size=None)
        """Changes made after the state was asked for: the new crew gets them, and the old one if it must go on."""

    @property
    def mode(self) -> ComputeMode:
        """Where the run is shifting to."""
        return self.crew.mode

    @property
    def takes_orders(self) -> bool:
        """Orders go to the new crew: the state of the old one, if there is one, has been asked for."""
        return self.old is None or self.phase > Phase.PREPARING

    @property
    def words(self) -> str:
        """What the shift is at, in words for the status line."""
        crew, name = self.crew, self.mode.name
        match self.phase:
            case Phase.PREPARING:
                return Sentence(
                    "preparing {mode}: {ready} of {ranks} ranks ready",
                    mode=name,
                    ready=len(crew.infos),
                    ranks=len(crew.processes),
                )
            case Phase.GATHERING:
                return Sentence("shifting to {mode}: gathering the state", mode=name)
            case Phase.LOADING:
                return Sentence("shifting to {mode}: loading the state", mode=name)
            case Phase.FIRST_STEP:
                return Sentence("shifting to {mode}: first step", mode=name)

    # How it goes on --------------------------------------------------------------------------------------------------

    def heard(self, rank: int, report: AnyReport | Exited) -> list[Message]:
        """A rank of the new crew says something; what is whole through it and can be told on."""
        if not isinstance(report, Pong):  # that one rank answers does not mean that another is not frozen
            self.crew.progressed()
        return self.crew.heard(rank, report)

    def advance(self, pace: Pace) -> bool:
        """Take it one phase on, if all ranks are there; True if it came to its first step.

        The new crew goes on as far and as fast as `pace` says, or holds before its first step.
        """
        crew, old = self.crew, self.old
        if self.phase == Phase.PREPARING and crew.is_ready:
            self._ready_s = self._outbox.now_s
            if old is None:
                self._begin(pace)
            else:
                self.phase = Phase.GATHERING
                self._gather_sent_s = self._outbox.now_s
                old.progressed()
                old.send(HandOver())
        elif self.phase == Phase.GATHERING and old is not None and old.is_handed_over:
            self._begin(pace)
        elif self.phase == Phase.LOADING and crew.is_loaded:
            self.phase = Phase.FIRST_STEP
            return True
        return False

    def _begin(self, pace: Pace) -> None:
        self.phase = Phase.LOADING
        self.crew.progressed()
        order = Begin(
            state=self._state,
            is_handed_over=self.old is not None,
            until=pace.until,
            paused=not pace.is_playing,
            steps_per_s=pace.steps_per_s,
        )
        self.crew.begin(order, self._segment, self.old)

    def send(self, order: AnyOrder) -> None:
        """Tell the new crew, which takes orders by now."""
        if isinstance(order, Change):
            self.late = self.late.then(order)
        self.crew.send(order)

    def keep_pace(self, order: KeepPace) -> None:
        """Tell the new crew, if it was told another pace when it began."""
        if self.phase >= Phase.LOADING:
            self.crew.send(order)

    def read(self) -> Rows | None:
        """The new crew's first steps (dtype STEP_ROW), as soon as all its ranks have made them."""
        return self.crew.read() if self.phase == Phase.FIRST_STEP else None

    def look(self, now_s: float) -> list[RankSilent]:
        """Find out whether the new crew hangs, unless it is ready and not its turn; what can be told at once."""
        return self.crew.look(now_s) if not self.crew.is_ready or self.phase >= Phase.LOADING else []

    # How it ends -----------------------------------------------------------------------------------------------------

    def commit(self, steps: Rows | None) -> None:
        """The new crew has taken over, with its first `steps` or paused: tell what it cost, and end the old one."""
        crew, old, now_s = self.crew, self.old, self._outbox.now_s
        crew.progressed()
        begin_s = float(steps["at_s"][0] - steps["seconds"][0]) if steps is not None else now_s
        self._outbox.tell(segment_started(crew, step=crew.loaded[-1].step, at_s=begin_s))
        if old is not None:
            times = {"asked_s": self.asked_s, "ready_s": self._ready_s, "gather_sent_s": self._gather_sent_s}
            self._outbox.tell(shifted(crew, old, steps, **times, now_s=now_s))
            old.kill()

    @property
    def can_be_cancelled(self) -> bool:
        """Whether nobody is harmed if the new crew ends: the old one is none, or holds or trains, and is well."""
        return self.old is None or self.can_go_back

    @property
    def can_go_back(self) -> bool:
        """Whether the old crew is there, and holds or trains."""
        return self.old is not None and not (self.phase > Phase.GATHERING and self.old.evidence.signs)

    def drop(self, then: GoOn | Pause | None) -> None:
        """End the new crew; the old one, if it was asked for its state, is told what it missed, and what `then`."""
        self.crew.kill()
        if self.old is not None and self.phase > Phase.PREPARING:
            if self.late != Change(lr=None, batch_size=None):
                self.old.send(self.late)
            self.old.progressed()
            if then is not None:
                self.old.send(then)
