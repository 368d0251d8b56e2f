"""The evaluator of a run, as the session sees it: when a snapshot is taken, who looks at it, what is told of it.

    tick    due, and nothing under way  --TakeSnapshot-->  every rank of the crew: copies its part, goes on
    heard   all ranks have copied       --Look-->          evaluator (engine/rank/evaluator): validation, pictures
            Wrote, Looked               --TextSample, Validated, Surface-->  outbox; the next is due a while later

Nothing waits for it: neither a rank, nor the session, nor the end of either; only a run that ends in good order gives
its last look some seconds. It is one process a run and outlives shifts. When it ends by itself it is replaced, twice.
"""

from time import perf_counter

import msgspec

from engine.config.roles import is_exact
from engine.config.spec import RunSpec
from engine.errors import Sentence
from engine.events.evaluator import EvaluatorChanged, Points, Surface, TextSample, Validated
from engine.events.machine import ProcessUsage
from engine.events.run import Notice
from engine.ipc.orders import Ask, Evaluate, Look, Ping, TakeSnapshot, Try
from engine.ipc.reports import Answered, AnyReport, Crashed, Drawn, Evaluating, Looked, SnapshotTaken, Tried, Wrote
from engine.ipc.shared_memory import SharedMemory
from engine.metrics.validation import validated
from engine.session.crew import Crew
from engine.session.hang import ANSWER_S
from engine.session.look_pace import LookPace
from engine.session.outbox import Mailbox, Outbox
from engine.session.questions import ENDED_UNANSWERED, Questions
from engine.session.rank_process import Exited, RankProcess, Ranks, exit_words
from engine.session.starter import RankStarter

MOST_DEATHS = 3
OFF = Sentence("The evaluator is switched off: no validation is computed, and no picture.")


class Evaluation:
    """At most one evaluator, at most one snapshot under way, on the session's thread. `is_on`: it is, or is to be."""

    def __init__(self, spec: RunSpec, starter: RankStarter, outbox: Outbox, mailbox: Mailbox, *, is_on: bool) -> None:
        self.is_on = is_on
        self.why_off: str = "" if is_on else OFF
        """A sentence on why it is off; "" while it is on."""
        self.validated: Validated | None = None
        """The last validation that was told."""
        self._spec, self._starter, self._outbox, self._mailbox = spec, starter, outbox, mailbox
        self._memory: SharedMemory | None = None
        self._ranks: Ranks | None = None
        self._crashed: Crashed | None = None
        self._is_built, self._has_looks, self._has_told_points = False, True, False
        self._deaths, self._is_closed = 0, False
        self._number = 0  # of the snapshot asked for last
        self._pace, self._questions = LookPace(spec.workload), Questions(outbox)
        self._copying: Crew | None = None
        self._taken: list[SnapshotTaken] = []
        self._whole: Look | None = None  # the look at what lies in the memory; whether or not it was ordered
        self._is_ordered, self._seen_step, self._is_last = False, -1, False
        self._heard_s = self._pinged_s = 0.0

    def memory(self) -> SharedMemory:
        """The snapshot, for every crew of the run; made at the first call.

        Raises:
            OSError: the system gives no descriptor or no memory.
        """
        if self._memory is None:
            self._memory = SharedMemory("snapshot", 0)
        return self._memory

    @property
    def process(self) -> RankProcess | None:
        """The evaluator, while there is one."""
        return self._ranks.processes[0] if self._ranks is not None else None

    def usages(self) -> list[ProcessUsage]:
        """What it takes, as far as can be told: a row of its own."""
        usage = self.process.usage("evaluator") if self.process is not None else None
        return [usage] if usage is not None else []

    @property
    def is_awaited(self) -> bool:
        """The last look of a run that ends is still to come."""
        return self.is_on and self._is_last and self._has_looks and (self._copying is not None or bool(self._whole))

    # What the user wants ---------------------------------------------------------------------------------------------

    def switch(self, *, on: bool) -> None:
        """Have an evaluator from now on, or none."""
        if on != self.is_on:
            self._end()
            self.is_on, self.why_off, self._deaths = on, "" if on else OFF, 0
            self.announce()

    def announce(self, level: str = "info", details: str = "") -> None:
        """Tell whether there is an evaluator, and if not, why; `level` is info where that was asked for."""
        texts = {"reason": self.why_off, "level": level, "details": details}
        self._outbox.tell(EvaluatorChanged(at_s=self._outbox.now_s, is_on=self.is_on, **texts))

    def ask(self, question: Ask | Try) -> None:
        """What does the model say of samples of the validation split, or of what is given it? Answers are events."""
        if self._is_closed:
            self._questions.refuse(question, ENDED_UNANSWERED)
        elif self.is_on:
            self._questions.wait(question)
            self._order()
        else:
            self._questions.refuse(question, self.why_off)

    def watch(self, look: str, chosen: tuple[int, ...]) -> None:
        """Have a look of the workload drawn from now on, of every snapshot; "": none. Each picture is an event."""
        self._questions.watch(look, chosen)
        self._order()

    # When there is something to look at ------------------------------------------------------------------------------

    def tick(self, crew: Crew | None, step: int, now_s: float) -> None:
        """Do what is due. `crew` is the one that could copy its weights now, before `step`; None: no one can."""
        if not self.is_on:
            return
        if self.process is None:
            self._start()
        else:
            self._look_after(self.process, now_s)
        is_free = self._copying is None and self._whole is None
        if crew is not None and is_free and self._has_looks and self._pace.is_due(now_s) and step != self._seen_step:
            self.take(crew)

    def take(self, crew: Crew) -> None:
        """Have a crew copy its weights at its next boundary. A look under way that was not told yet is given up."""
        if self.is_on:
            crew.send(TakeSnapshot(number=self._expect(crew)))

    def expect_last(self, crew: Crew, step: int | None) -> int | None:
        """The crew will be told to end: the number of the snapshot that it is to take before that.

        None: there is no evaluator, or what it has validated is the last. `step` is the one that the crew stands
        before; None: it still trains.
        """
        self._is_last = True
        is_known = self.validated is not None and self.validated.is_all_of(step) and is_exact(crew.mode)
        return self._expect(crew) if self.is_on and self._has_looks and not is_known else None

    def _expect(self, crew: Crew) -> int:
        """From now on it is the ranks' turn to copy; the number of the snapshot."""
        self.void()
        self._pace.ask(perf_counter())
        self._copying = crew
        return self._number

    def void(self) -> None:
        """What was copied, or looked at, is of no use any more: its crew is gone, or another copy takes its place."""
        self._number += 1
        self._copying, self._whole, self._is_ordered = None, None, False
        self._taken, self._seen_step = [], -1

    def restart_from(self, step: int) -> None:
        """What was found after `step` is superseded: these steps are made again."""
        if self.validated is not None and self.validated.step > step:
            self.validated = None

    def heard_rank(self, crew: Crew, report: AnyReport | Exited) -> None:
        """A rank says something; perhaps that its part of a snapshot is copied."""
        if not isinstance(report, SnapshotTaken) or crew is not self._copying or report.number != self._number:
            return
        self._taken.append(report)
        if len(self._taken) < len(crew.processes):
            return
        self._copying = None
        if (far := crew.snapshot()) is not None:
            self.memory().write(far)
        self._seen_step = report.step
        is_at_rest = crew.pause is not None or self._is_last
        due = self._pace.copied(max(taken.seconds for taken in self._taken), is_at_rest=is_at_rest)
        number, step, precision = self._number, report.step, crew.mode.precision
        self._whole = Look(number=number, step=step, precision=precision, gently=not self._is_last, **due._asdict())
        self._order()

    def _order(self) -> None:
        """Give the evaluator what there is for it; it comes to it as it can."""
        process = self.process
        if process is None or not self._is_built:
            return
        if not (self._questions.are_open or self._is_ordered):
            self._heard_s = perf_counter()
        self._questions.put_watch(process)  # before the look: it may be the last
        if self._whole is not None and not self._is_ordered:
            self._is_ordered = True
            process.send(self._whole)
        if self._copying is None:
            self._questions.put(process)
        elif self._copying.pause is None:  # the copy waits for a step's end, and whoever tries something does not
            self._questions.put(process, Try)

    # What it says ----------------------------------------------------------------------------------------------------

    def _deliver(self, process: RankProcess, report: AnyReport | Exited) -> None:
        self._mailbox.put(lambda: self._heard(process, report))

    def _heard(self, process: RankProcess, report: AnyReport | Exited) -> None:
        if process is not self.process:
            return
        self._heard_s, self._pinged_s = perf_counter(), 0.0
        match report:
            case Evaluating(has_looks=has_looks, pictures=pictures):
                self._is_built, self._has_looks = True, has_looks
                if not self._has_told_points:
                    self._has_told_points = True
                    self._tell(*pictures)
                if not has_looks:
                    self.void()
                self._order()
            case Looked() if self._whole is not None and report.number == self._whole.number:
                self._whole, self._is_ordered = None, False
                self._pace.looked(report.work_s, report.writing_s)
                # Validation that was not due will be, should the run stand at this step.
                self._seen_step = report.step if report.units or not report.held_back else -1
                if report.units:
                    self.validated = validated(report, self._outbox.now_s, self._spec.workload)
                    self._tell(self.validated)
                self._tell(*report.pictures)
            case Wrote(number=number, text=text) if self._whole is not None and number == self._whole.number:
                self._tell(text)
            case Answered() | Drawn() | Tried():
                if isinstance(report, Drawn):
                    self._pace.looked(report.work_s)
                self._questions.answered(report)
            case Crashed():
                self._crashed = report
            case Exited(exit_status=status):
                how = exit_words(status)[1]
                if self._crashed is not None:
                    how = Sentence("raised an error ({reason})", reason=self._crashed.reason)
                self._lost(how, self._crashed.details if self._crashed is not None else report.stderr)

    def _tell(self, *events: Points | Surface | TextSample | Validated) -> None:
        for event in events:
            self._outbox.tell(msgspec.structs.replace(event, at_s=self._outbox.now_s))

    # Its life --------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._heard_s, self._pinged_s = perf_counter(), 0.0
        try:
            self._ranks = self._starter.start_evaluator(self._deliver, self.memory())
        except (OSError, RuntimeError) as error:
            self._lost(Sentence("could not be started ({error})", error=getattr(error, "strerror", "") or error), "")
            return
        self._ranks.processes[0].send(Evaluate(spec=self._spec, origin_s=self._outbox.origin_s))

    def _look_after(self, process: RankProcess, now_s: float) -> None:
        """One that owes something and says nothing for very long is asked for a sign; a frozen one is replaced."""
        if self._is_built and not self._is_ordered and not self._questions.are_open:
            self._heard_s = now_s
        elif self._pinged_s and now_s - self._pinged_s > ANSWER_S:
            self._lost(Sentence("has been silent for {seconds:.0f} s: it is frozen", seconds=now_s - self._heard_s), "")
        elif not self._pinged_s and now_s - self._heard_s > self._spec.hang_limit_s:
            self._pinged_s = now_s
            process.send(Ping())

    def _lost(self, how: str, details: str) -> None:
        """It has ended, or is of no use: replace it, or after the third time, do without."""
        pid = self.process.pid if self.process is not None else None
        self._deaths += 1
        self._drop_process()
        at_s, values = self._outbox.now_s, {"pid": pid if pid is not None else "?", "how": how}
        if self._deaths < MOST_DEATHS:
            template = "The evaluator (process {pid}) {how}. Training goes on, and another one takes its place."
            self._outbox.tell(Notice(at_s=at_s, level="warning", text=Sentence(template, **values), details=details))
            return
        template = (
            "The evaluator (process {pid}) {how}, as others before it. Training goes on without validation and "
            "pictures; switched off and on again, it is tried once more."
        )
        self.is_on, self.why_off = False, Sentence(template, **values)
        self.void()
        self._questions.drop()
        self.announce("warning", details)

    def _end(self) -> None:
        self._drop_process()
        self.void()
        self._questions.drop()

    def _drop_process(self) -> None:
        ranks, self._ranks = self._ranks, None
        self._is_built, self._is_ordered, self._crashed = False, False, None
        self._heard_s = self._pinged_s = 0.0
        self._questions.drop_put()
        if ranks is not None:
            ranks.close()

    def close(self) -> None:
        """End the evaluator at once, and let go of the snapshot: the run is over."""
        self._is_closed = True
        self._end()
        if self._memory is not None:
            self._memory.close()
            self._memory = None
