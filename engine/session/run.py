"""A run decides what becomes of its crews: how far they go, when they pause, and what to do when something goes wrong.

    start, recovery:   a new crew is prepared -> it loads the last state -> it runs
    shift:             a new crew is prepared, while the old one trains on -> the old one writes its state and holds
                       -> the new one loads it and makes a step -> only now the old one is ended
    failure of either: the old crew goes on from where it holds; without one, the run has failed and can be recovered

Who computes is in `crews.py`, how a shift goes on in `shift.py`, what ranks have said in `crew.py`, what the run has
made in `ledger.py`, how it ends in `ending.py`. Nothing here waits, and all of it runs on the session's thread: what
other threads hear from ranks goes into the mailbox, which that thread works off.
"""

from pathlib import Path
from time import perf_counter

from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.events.machine import ProcessUsage
from engine.ipc.orders import Change, GoOn, Save, SlowDown
from engine.ipc.reports import AnyReport, Paused
from engine.session.crew import Crew
from engine.session.crews import Crews
from engine.session.ending import Ending
from engine.session.evaluation import Evaluation
from engine.session.ledger import Ledger
from engine.session.outbox import Mailbox, Outbox
from engine.session.pace import Pace
from engine.session.rank_process import Exited, RankProcess
from engine.session.shift import Phase, Shift
from engine.session.starter import RankStarter
from engine.session.terms import Terms

SAVE_PAUSED_S = 2.0


class Run:
    """The state machine of one run. Its verbs are the intents; `heard` and `tick` move it along."""

    def __init__(
        self,
        spec: RunSpec,
        starter: RankStarter,
        directory: Path,
        outbox: Outbox,
        mailbox: Mailbox,
        *,
        next_segment: int,
        resume_step: int | None,
        is_evaluated: bool,
    ) -> None:
        """`resume_step`: the run goes on from a saved state, before that step; None: it is a new one.

        `is_evaluated`: an evaluator computes validation and pictures beside it.
        """
        self._outbox = outbox
        self._mailbox = mailbox
        self._ledger = Ledger(outbox, resume_step or 0)
        self._pace = Pace(spec.steps)
        self.evaluation = Evaluation(spec, starter, outbox, mailbox, is_on=is_evaluated)
        self.crews = Crews(
            parse_mode(spec.mode),
            Terms(spec, starter, self._deliver, directory, outbox.origin_s, self.evaluation),
            outbox,
            self._ledger,
            self._pace,
            next_segment=next_segment,
            resumes=resume_step is not None,
        )
        self._saved_since_s = -1.0  # for which pause a state was asked for
        self._ending = Ending(self.crews, self._ledger, self._pace, outbox, self.evaluation, directory)

    # What the user wants ---------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Go on, or start, or recover from the last state."""
        self._pace.then_steps = 0
        self._go(None)

    def run_until(self, step: int) -> None:
        """Go on, and pause before `step`."""
        self._pace.then_steps = 0
        self._go(step)

    def make_steps(self, count: int) -> None:
        """Exactly `count` steps from the boundary where the run stands, or will stand."""
        crews, pace = self.crews, self._pace
        if crews.crew is not None and not pace.is_paused:
            pace.then_steps += count
            crews.pause()
        elif crews.crew is None and crews.shift is not None and pace.until is not None:
            self._go(pace.until + count)
        else:
            self._go(self.step + count)

    def pause(self) -> None:
        """Pause before the next step; nothing is lost."""
        self.crews.pause()

    def change(self, lr: float | None, batch_size: int | None) -> None:
        """Other hyper-parameters from the next boundary on; None: as they are."""
        self.crews.change(Change(lr=lr, batch_size=batch_size))

    def slow_down(self, order: SlowDown) -> None:
        """Make a rank or the link slow on purpose. It ends with the segment: new ranks are as fast as they are."""
        self.crews.send(order)

    def break_rank(self, rank: int, how: str) -> None:
        """Let one rank fail as faults would have it ("kill", "freeze", "exception"), for the class to see."""
        self.crews.break_rank(rank, how)

    def cancel_shift(self) -> None:
        """Give up the shift under way. A start that is given up leaves the run as it was before it."""
        is_start = self.crews.crew is None
        if not self._ending.has_begun and self.crews.cancel() and is_start:
            self.evaluation.void()
            self._pace.stand()
            self._pace.then_steps = 0
            self._ledger.show("paused", "")

    def shift_to(self, mode: ComputeMode, asked_s: float) -> None:
        """Compute in `mode` from the next boundary on; it was asked for at `asked_s`, since the run began."""
        if not self._ending.has_begun:
            self.crews.shift_to(mode, asked_s)

    def evaluate(self, *, on: bool) -> None:
        """Compute validation and pictures from now on, or no more."""
        self.evaluation.switch(on=on)

    def finish(self) -> None:
        """End in good order: last validation, last state, ranks gone."""
        self._ending.finish()

    def go_back(self, step: int) -> None:
        """End the ranks, and let `play` go on from the state before `step`; what was made since is given up."""
        if not self._ending.has_begun:
            self._ending.go_back(step)

    def restart_from(self, step: int) -> None:
        """The next crew takes up the last saved state, which is the one before `step`."""
        self._ledger.restart_from(step)
        self.evaluation.restart_from(step)
        self.crews.resumes = True

    def abort(self) -> None:
        """End the processes of all ranks now; nothing is saved."""
        self.crews.kill()
        self.evaluation.close()

    # What can be asked -----------------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """The next step to be made."""
        return self._ledger.step

    @property
    def mode(self) -> ComputeMode:
        """The mode in force; a shift under way does not count yet."""
        return self.crews.mode

    def usages(self) -> list[ProcessUsage]:
        """What the processes of all its ranks and its evaluator take, since this was last asked."""
        return self.crews.usages() + self.evaluation.usages()

    @property
    def is_computing(self) -> bool:
        """Whether there is a crew that has begun, though it may pause."""
        return self.crews.crew is not None

    @property
    def is_shifting(self) -> bool:
        """A crew is on its way, the first one included."""
        return self.crews.shift is not None

    @property
    def is_at_rest(self) -> bool:
        """Whether there are no ranks, nor any to come, though there can be."""
        return self.crews.are_none and self._ledger.status in ("paused", "failed")

    # What the ranks say ----------------------------------------------------------------------------------------------

    def _deliver(self, process: RankProcess, report: AnyReport | Exited) -> None:
        self._mailbox.put(lambda: self.heard(process, report))

    def heard(self, process: RankProcess, report: AnyReport | Exited) -> None:
        """Take in a report from a process, or its end."""
        shift, crew = self.crews.shift, self.crews.heard(process, report)
        if crew is not None:
            self.evaluation.heard_rank(crew, report)
        if shift is not None and crew is shift.crew:
            if crew.pause is not None:
                self.crews.commit(shift, crew.read())
                self._on_paused(crew.pause)
            else:
                if shift.old is None and shift.phase == Phase.PREPARING and crew.is_ready and not self.step:
                    self.evaluation.take(crew)  # of a fresh model: the boundary before its first step is the next
                self.crews.advance(shift)
        elif crew is not None:
            if isinstance(report, Paused) and crew.pause is not None:
                self._on_paused(crew.pause)
            elif crew.has_ended:
                self._ending.ranks_gone()
            elif shift is not None and shift.phase == Phase.GATHERING:
                self._on_handed_over(crew, shift)

    def _on_handed_over(self, crew: Crew, shift: Shift) -> None:
        if problem := next((answer.problem for answer in crew.handed_over if answer.problem), ""):
            self.crews.give_up(shift, problem)
        elif crew.is_handed_over:
            self._ledger.step = crew.handed_over[-1].step
            self.crews.advance(shift)

    def tick(self) -> None:
        """Read records, look after those who say nothing, and do what is due. Called every few milliseconds."""
        now_s, crews = perf_counter(), self.crews
        crews.read()
        if (shift := crews.shift) is not None and (steps := shift.read()) is not None:
            crews.commit(shift, steps)
        if (shift := crews.shift) is not None:
            crews.tell(shift.look(now_s))
            if shift.crew.is_lost(now_s):
                self._on_lost(shift)
        if self._ending.are_ranks_gone:
            self._ending.tick(now_s)
        elif crews.crew is not None:
            self._look_after(crews.crew, now_s)
        if not crews.are_none:
            self.evaluation.tick(self._can_copy(), self.step, now_s)
        if crews.crew is not None and crews.shift is None and self._pace.is_paused:
            self._save_in_a_pause(crews.crew, now_s)

    def _can_copy(self) -> Crew | None:
        """The crew that could take a snapshot for the evaluator: it trains or pauses, and is not asked for more."""
        crew, shift = self.crews.crew, self.crews.shift
        if crew is None or crew.is_finishing or (shift is not None and shift.phase > Phase.PREPARING):
            return None
        return crew

    def _look_after(self, crew: Crew, now_s: float) -> None:
        phase = self.crews.shift.phase if self.crews.shift is not None else None
        if phase is not None and phase >= Phase.LOADING:  # what becomes of it shows when the shift is made, or dropped
            crew.progressed()
            return
        if self._pace.is_paused and not crew.is_finishing and phase != Phase.GATHERING:
            crew.progressed()  # it owes nothing
        else:
            self.crews.tell(crew.look(now_s))
        if crew.is_lost(now_s):
            self._ending.fail(crew)

    def _save_in_a_pause(self, crew: Crew, now_s: float) -> None:
        """Once in each, when it has lasted, and where there is something new to save."""
        paused_s = self._pace.paused_s
        is_known = self.crews.reports.saved_step == self.step or self._ledger.has_diverged
        if now_s - paused_s > SAVE_PAUSED_S and self._saved_since_s != paused_s and not is_known:
            self._saved_since_s = paused_s
            crew.send(Save())

    # How the run moves -----------------------------------------------------------------------------------------------

    def _go(self, until: int | None) -> None:
        if self._ending.has_begun:
            return
        crews = self.crews
        self._pace.go(until)
        self._ledger.has_diverged = False
        if crews.crew is not None:
            crews.crew.progressed()
        told = crews.send(GoOn(until=self._pace.until))
        if told is None:
            crews.prepare(crews.mode, self._outbox.now_s)
            return
        if told is crews.crew:
            self._pace.is_paused = False
        crews.show()

    def _on_paused(self, paused: Paused) -> None:
        pace, ledger = self._pace, self._ledger
        self.crews.read()
        ledger.step = paused.step
        pace.stand()
        if pace.is_over(self.step) and not paused.diverged:
            self.finish()
        elif pace.then_steps:
            count, pace.then_steps = pace.then_steps, 0
            self._go(self.step + count)
        else:
            self.crews.show("the loss is no longer a number" if ledger.has_diverged or paused.diverged else "")

    def _on_lost(self, shift: Shift) -> None:
        evidence = shift.crew.evidence
        if shift.can_go_back:
            self.crews.give_up(shift, evidence.cause().sentence(), evidence.details())
        else:
            self._ending.fail(shift.crew)
