"""Who computes, and who comes next: the crew of a run, the shift to another one, and the wish for one after that.

    shift_to -> Shift: preparing -> ... -> first step -> commit: the new crew computes
                                       \\-> give up: the old crew goes on from where it holds, or pauses there

Orders go to whoever takes them at the moment.
"""

from collections.abc import Sequence
from time import perf_counter

from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.events.machine import ProcessUsage
from engine.events.ranks import RankSilent
from engine.events.run import Notice
from engine.events.shift import Preparing, ShiftCancelled, ShiftFailed
from engine.ipc.orders import AnyOrder, Change, GoOn, KeepPace, Pause
from engine.ipc.reports import AnyReport
from engine.rows import Rows
from engine.session.crew import Crew
from engine.session.ledger import Ledger
from engine.session.outbox import Outbox
from engine.session.pace import Pace
from engine.session.rank_process import Exited, RankProcess
from engine.session.reports import Reports, no_ranks
from engine.session.shift import Shift, Wish
from engine.session.terms import Terms

NO_CHANGE = Change(lr=None, batch_size=None)


class Crews:
    """At most one crew that computes, and at most one shift. A start and a recovery are a shift without a crew.

    `mode` is the one in force, `next_segment` the number of the next crew's segment. `resumes`: there was a crew
    before, whose state the next one takes up. What is made goes into `ledger`; how far to go is in `pace`.
    """

    def __init__(
        self,
        mode: ComputeMode,
        terms: Terms,
        outbox: Outbox,
        ledger: Ledger,
        pace: Pace,
        *,
        next_segment: int,
        resumes: bool,
    ) -> None:
        self.mode = mode
        self.crew: Crew | None = None
        self.shift: Shift | None = None
        self.wish: Wish | None = None
        self.next_segment = next_segment
        self.resumes = resumes
        self.reports = Reports(outbox, known=None if resumes else (terms.spec.lr, terms.spec.batch_size))
        self._terms = terms
        self._outbox = outbox
        self._ledger = ledger
        self._pace = pace
        self._change = NO_CHANGE  # made before there are ranks to tell

    @property
    def are_none(self) -> bool:
        """Whether nobody computes, and nobody is about to."""
        return self.crew is None and self.shift is None

    def usages(self) -> list[ProcessUsage]:
        """What the processes of all ranks take, since this was last asked."""
        usages = self.crew.usages("rank") if self.crew is not None else []
        return usages + (self.shift.crew.usages("next rank") if self.shift is not None else [])

    # What passes between them and the run ----------------------------------------------------------------------------

    def heard(self, process: RankProcess, report: AnyReport | Exited) -> Crew | None:
        """Take in what a process says, and tell it on; whose rank it is. None: it is of a crew that is gone."""
        shift, crew = self.shift, self.crew
        if shift is not None and (rank := shift.crew.rank_of(process)) is not None:
            self.reports.tell(shift.crew, report, shift.heard(rank, report))
            return shift.crew
        if crew is not None and (rank := crew.rank_of(process)) is not None:
            self.reports.tell(crew, report, crew.heard(rank, report))
            return crew
        return None

    def send(self, order: AnyOrder) -> Crew | None:
        """Tell the crew that takes orders: the new one as soon as the old one's state was asked for. Which it is."""
        if self.shift is not None and self.shift.takes_orders:
            self.shift.send(order)
            return self.shift.crew
        if self.crew is not None:
            self.crew.send(order)
        return self.crew

    def change(self, change: Change) -> None:
        """Other hyper-parameters from the next boundary on, or for the first crew; what no mode allows is told."""
        modes = [self.mode, *(one.mode for one in (self.shift, self.wish) if one is not None)]
        change = self.reports.asked(change, self._terms.why_no_batch(change.batch_size, modes))
        if self.send(change) is None:
            self._change = self._change.then(change)

    def break_rank(self, rank: int, how: str) -> None:
        """Let one rank of the crew, if it exists, fail on purpose, and tell so."""
        if self.crew is not None and 0 <= rank < len(self.crew.processes):
            self.crew.break_rank(rank, how)
            self.reports.tell_broken(self._ledger.step, rank, how)

    def keep_pace(self, steps_per_s: float | None) -> None:
        """Make at most so many steps a second from the next boundary on; None: as many as there can be.

        Both crews of a shift are told: either may be the one that goes on.
        """
        self._pace.steps_per_s = steps_per_s
        order = KeepPace(steps_per_s=steps_per_s)
        if self.crew is not None:
            self.crew.send(order)
        if self.shift is not None:
            self.shift.keep_pace(order)
        if self.crew is None and self._outbox.is_recorded:  # else it is told as the record is opened
            self.tell_pace()

    def tell_pace(self, *, anew: bool = False) -> None:
        """Tell how fast the run will go once it computes; `anew`: to those who know of no pace."""
        self.reports.tell_pace(self._ledger.step, self._pace.steps_per_s, anew=anew)

    def pause(self) -> None:
        """Have whoever takes orders pause at its next boundary."""
        self._pace.is_playing = False
        self.send(Pause())

    def read(self) -> None:
        """Take in what the crew has computed."""
        if self.crew is not None and (steps := self.crew.read()) is not None:
            self.crew.progressed()
            self._enter(steps)

    def _enter(self, steps: Rows) -> None:
        """Where the loss is no longer a number, the run pauses."""
        if self._ledger.enter(steps):
            self.pause()

    def tell(self, changes: Sequence[RankSilent]) -> None:
        """Tell of ranks that give no sign of life, or do again."""
        for change in changes:
            self._outbox.tell(change)

    def end_silent(self) -> None:
        """Wait no longer for ranks that give no sign of life: their crew is lost now."""
        for crew in (self.crew, self.shift.crew if self.shift is not None else None):
            if crew is not None:
                crew.end_silent(perf_counter())

    def show(self, words: str = "") -> None:
        """Tell the run's status if it, or its words, changed."""
        if self.crew is not None and self.crew.is_finishing:
            self._ledger.show("finishing", words)
        elif self.shift is not None:
            self._ledger.show("starting" if self.crew is None else "shifting", self.shift.words)
        else:
            self._ledger.show("paused" if self._pace.is_paused else "running", words)

    # From one to the next --------------------------------------------------------------------------------------------

    def shift_to(self, mode: ComputeMode, asked_s: float) -> None:
        """Compute in `mode` from the next boundary on. A shift or start that is under way to another mode is given up.

        `asked_s` is when it was asked for, since the run began.
        """
        if reason := self._terms.why_not(mode, self.reports.batch_size):
            self._tell_failed(mode, reason)
        elif self.shift is not None:
            self._shift_otherwise(self.shift, mode, asked_s)
        elif self.crew is None:
            self.mode = mode
            self.show(Sentence("will compute as {mode}", mode=mode.words))
        elif mode != self.mode:
            self.prepare(mode, asked_s)

    def _shift_otherwise(self, shift: Shift, mode: ComputeMode, asked_s: float) -> None:
        """To `mode` instead of where the shift that is under way leads."""
        if mode == shift.mode:
            self.wish = None
        elif not self.cancel():
            self.wish = Wish(mode, asked_s)
        elif self.crew is None or mode != self.mode:
            self.mode = mode if self.crew is None else self.mode
            self.prepare(mode, asked_s)

    def cancel(self) -> bool:
        """Give up the shift under way, because that is wished; False if there is none, or there is no way back."""
        shift = self.shift
        if shift is None or not shift.can_be_cancelled:
            return False
        self.wish = None
        self._go_back(shift)
        if shift.old is None:
            self._change = self._change.then(shift.late)
        mode = self.mode.text if shift.old is not None else ""
        now_s, to_mode = self._outbox.now_s, shift.mode.text
        self._outbox.tell(ShiftCancelled(at_s=now_s, mode=mode, to_mode=to_mode, seconds=now_s - shift.asked_s))
        if shift.old is not None:
            self.show()
        return True

    def prepare(self, mode: ComputeMode, asked_s: float) -> None:
        """Start a shift to `mode`. If it cannot be, a run that goes on, goes on; one that was to start can be again."""
        segment, resumes = self.next_segment, self.resumes
        preparing = Preparing(at_s=self._outbox.now_s, step=self._ledger.step, mode=mode.text)
        try:
            shift = Shift(mode, self._terms, self.crew, self._outbox, asked_s=asked_s, segment=segment, resumes=resumes)
        except (OSError, RuntimeError) as error:
            reason = no_ranks(mode, error)
            if self.crew is not None:
                self._tell_failed(mode, reason)
                return
            self._pace.is_playing = False
            self._outbox.tell(Notice(at_s=self._outbox.now_s, level="error", text=reason))
            self._ledger.tell_status("failed", reason)
            return
        self.shift = shift
        if self.crew is not None:
            self._outbox.tell(preparing)
        else:
            self.wish = None
            if self._change != NO_CHANGE:
                shift.send(self._change)
            self._change = NO_CHANGE
        self.show()

    def advance(self, shift: Shift) -> None:
        """Take the shift as far as it can go by now."""
        if shift.advance(self._pace) and not self._pace.is_playing:
            self.commit(shift, None)
        self.show()

    def commit(self, shift: Shift, steps: Rows | None) -> None:
        """The new crew computes from now on, and has made its first `steps` (None: it pauses before them)."""
        self.read()
        self.mode = shift.mode
        self.crew, self.shift = shift.crew, None
        self.next_segment += 1
        self.resumes = True
        self._pace.is_paused = not self._pace.is_playing
        self._pace.paused_s = perf_counter()
        shift.commit(steps)
        self.reports.tell_new_ranks(shift.crew)
        self._ledger.begin_segment(shift.crew, shift.crew.loaded[-1].step)
        if steps is not None:
            self._enter(steps)
        self._terms.starter.rest()
        self.show()
        self._grant_wish()

    def _grant_wish(self) -> None:
        """Shift to what was asked for during a shift, now that it is over."""
        if self.wish is not None:
            wish, self.wish = self.wish, None
            self.shift_to(*wish)

    def give_up(self, shift: Shift, reason: str, details: str = "") -> None:
        """The old crew goes on, or pauses where it holds; what was asked for meanwhile is tried next."""
        self._go_back(shift)
        words = Sentence("{reason} The run goes on as before: {mode}.", reason=reason, mode=self.mode.words)
        self._tell_failed(shift.mode, words, details)
        self.show()
        self._grant_wish()

    def _go_back(self, shift: Shift) -> None:
        """The old crew, if there is one, goes on, or pauses where it holds."""
        pace = self._pace
        self.drop(shift, GoOn(until=pace.until) if pace.is_playing else Pause())
        if shift.old is not None:
            pace.is_paused = pace.is_paused and not pace.is_playing

    def drop(self, shift: Shift, then: GoOn | Pause | None) -> None:
        """Give up a shift; the old crew, from where it holds, does what is to be done `then`."""
        self.shift = None
        shift.drop(then)
        if shift.old is not None:
            now_s, step = self._outbox.now_s, self._ledger.step
            self._outbox.tell(Preparing(at_s=now_s, step=step, mode=shift.mode.text, is_over=True))
        self._terms.starter.rest()

    def _tell_failed(self, mode: ComputeMode, reason: str, details: str = "") -> None:
        texts = {"mode": self.mode.text, "to_mode": mode.text, "reason": reason, "details": details}
        self._outbox.tell(ShiftFailed(at_s=self._outbox.now_s, **texts))

    def kill(self) -> None:
        """End the ranks of the crew and of the shift now; there is neither any more."""
        for crew in (self.crew, self.shift.crew if self.shift is not None else None):
            if crew is not None:
                crew.kill()
        self.crew = self.shift = None
        self._terms.starter.rest()
