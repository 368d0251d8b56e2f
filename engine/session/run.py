"""The course of a run: which crew computes, which one comes next, and what to do when something goes wrong.

Lives on the session's thread alone, and nothing here waits. `emit` takes the messages that others see.

    start, recovery:   a new crew is prepared -> it loads the last state -> it runs
    shift:             a new crew is prepared, while the old one trains on -> the old one writes its state and holds
                       -> the new one loads it and makes a step -> only now the old one is ended
    failure of either: the old crew goes on from where it holds; without one, the run has failed and can be recovered
"""

import math
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from engine.config.fits import facts_of, why_not
from engine.config.mode import ComputeMode, parse_mode
from engine.config.spec import RunSpec
from engine.errors import Sentence
from engine.events import (
    Diverged,
    Message,
    Notice,
    Rows,
    RunFinished,
    ShiftFailed,
    StatusChanged,
    StepBatch,
)
from engine.ipc.wire import (
    AnyReport,
    Begin,
    Change,
    Finish,
    Finished,
    HandedOver,
    HandOver,
    Hinder,
    Loaded,
    Pause,
    Paused,
    Pong,
    Ready,
    Run,
    Save,
    Saving,
)
from engine.metrics.summary import Summary
from engine.record.states import last_state
from engine.session.crew import Crew
from engine.session.hang import HangWatch
from engine.session.rank_process import Deliver, Exited, RankProcess
from engine.session.reports import News
from engine.session.shift import Phase, Shift
from engine.session.starter import RankStarter
from engine.session.telling import rank_failed, segment_started, shifted

FINISH_LIMIT_S = 30.0
SAVE_PAUSED_S = 2.0


class Course:
    """The state machine of one run. Its verbs are the intents; `on_message` and `tick` move it along."""

    def __init__(
        self,
        spec: RunSpec,
        starter: RankStarter,
        directory: Path,
        *,
        emit: Callable[[Message], None],
        deliver: Deliver,
        origin_s: float,
        next_segment: int,
        resumes: bool,
    ) -> None:
        self.spec = spec
        self.mode = parse_mode(spec.mode)
        self.step = 0
        self.status = "paused"
        self.crew: Crew | None = None
        self.shift: Shift | None = None
        self._starter = starter
        self._deliver = deliver
        self._directory = directory
        self._emit = emit
        self._origin_s = origin_s
        self._next_segment = next_segment
        self._resumes = resumes
        self._words = ""
        self._playing = False  # what is wanted; `_paused` is what is
        self._paused = True
        self._paused_s = 0.0
        self._until: int | None = None
        self._then_steps = 0
        self._wanted: tuple[ComputeMode, float] | None = None
        """Asked for during a shift or a start, and when."""
        self._change = Change(lr=None, batch_size=None)  # made before there are ranks to tell
        self._save_asked = False  # since the run last paused
        self._diverged = False
        self._finishing_s = 0.0
        self._summary = Summary()
        self._news = News(emit, told=None if resumes else (spec.lr, spec.batch_size))
        self._watch = HangWatch(spec.hang_limit_s)
        self._shift_watch = HangWatch(spec.hang_limit_s)

    # What the user wants ---------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Go on, or start, or recover from the last state."""
        self._then_steps = 0
        self._go(None)

    def run_until(self, step: int) -> None:
        """Go on, and pause before `step`."""
        self._then_steps = 0
        self._go(step)

    def make_steps(self, count: int) -> None:
        """Exactly `count` steps from the boundary where the run stands, or will stand."""
        if self.crew is not None and not self._paused:
            self._then_steps += count
            self.pause()
        elif self.crew is None and self.shift is not None and self._until is not None:
            self._go(self._until + count)
        else:
            self._go(self.step + count)

    def pause(self) -> None:
        """Pause at the next boundary."""
        self._playing = False
        if (crew := self._obeying()) is not None:
            crew.send(Pause())

    def change(self, lr: float | None, batch_size: int | None) -> None:
        """Other hyper-parameters from the next boundary on."""
        order = Change(lr=lr, batch_size=batch_size)
        if (shift := self.shift) is not None and shift.phase > Phase.PREPARING:
            shift.late_lr = lr if lr is not None else shift.late_lr
            shift.late_batch_size = batch_size if batch_size is not None else shift.late_batch_size
        if (crew := self._obeying()) is not None:
            crew.send(order)
        else:
            self._change = Change(
                lr=lr if lr is not None else self._change.lr,
                batch_size=batch_size if batch_size is not None else self._change.batch_size,
            )

    def hinder(self, order: Hinder) -> None:
        """Make a rank or the link slow on purpose. It ends with the segment: new ranks are as fast as they are."""
        if (crew := self._obeying()) is not None:
            crew.send(order)

    def break_rank(self, rank: int, how: str) -> None:
        """Let one rank fail as faults would have it, for the class to see what follows."""
        if self.crew is None or not 0 <= rank < len(self.crew.processes):
            return
        if how == "exception":
            self.hinder(Hinder(rank=rank, phase="raise", factor=2.0, delay_s=0.0))
        elif how == "freeze":
            self.crew.processes[rank].freeze()
        else:
            self.crew.processes[rank].kill()

    def shift_to(self, mode: ComputeMode, asked_s: float) -> None:
        """Compute in `mode` from the next boundary on. During a shift or start the last wish wins, when it is over.

        `asked_s` is when it was asked for, on the host's clock.
        """
        if self.status in ("finishing", "finished"):
            return
        if reason := why_not(mode, facts_of(self.spec.workload, self.spec.knobs), self._starter.hardware):
            self._emit(ShiftFailed(at_s=self.now_s, mode=self.mode.text, to_mode=mode.text, reason=reason))
        elif self.shift is not None:
            self._wanted = (mode, asked_s) if mode != self.shift.mode else None
        elif self.crew is None:
            self.mode = mode
            self._tell(Sentence("will compute as {mode}", mode=mode.words))
        elif mode != self.mode:
            self._prepare(mode, asked_s)

    def finish(self) -> None:
        """End in good order: last validation, last state, ranks gone."""
        if self.status in ("finishing", "finished"):
            return
        if self.shift is not None:
            self._drop_shift()
        self._playing = False
        self._wanted = None
        if self.crew is None:
            self._conclude()
        else:
            self._finishing_s = perf_counter()
            self.crew.send(Finish())
            self._tell("last validation and state")

    def abort(self) -> None:
        """End all processes now."""
        for crew in (self.crew, self.shift.crew if self.shift else None):
            if crew is not None:
                crew.kill()
        self.crew = self.shift = None

    # What the ranks say ----------------------------------------------------------------------------------------------

    def on_message(self, process: RankProcess, message: AnyReport | Exited) -> None:
        """A report from a process, or its end."""
        if self.shift is not None and (rank := self.shift.crew.rank_of(process)) is not None:
            if not isinstance(message, Pong):  # that one rank answers does not mean that another is not frozen
                self._shift_watch.progress(perf_counter())
            self._on_new(self.shift, rank, message)
        elif self.crew is not None and (rank := self.crew.rank_of(process)) is not None:
            self._on_crew(self.crew, rank, message)

    def _on_new(self, shift: Shift, rank: int, message: AnyReport | Exited) -> None:
        crew = shift.crew
        match message:
            case Ready(info=info):
                crew.infos[rank] = info
                self._advance()
            case Loaded(step=step, seconds=seconds):
                crew.loaded_s[rank] = seconds
                shift.step = step
                self._advance()
            case Paused():
                crew.paused.add(rank)
                if crew.all_in(crew.paused):
                    self._commit(shift, crew.read())
                    self._on_crew(crew, rank, message)
            case Pong():
                self._shift_watch.answer(rank)
            case _:
                self._news.tell(crew, rank, message, self.now_s)

    def _on_crew(self, crew: Crew, rank: int, message: AnyReport | Exited) -> None:
        match message:
            case Paused(orders=orders, diverged=diverged) if orders >= crew.last_run_order:
                crew.paused.add(rank)
                if crew.all_in(crew.paused):
                    self._on_paused(message.step, diverged=diverged)
            case HandedOver():
                self._on_handed_over(crew, rank, message)
            case Finished():
                crew.finished.add(rank)
            case Exited() if rank in crew.finished:
                # It had done all it was asked to. How it then ended is no matter: a library may still abort when
                # a peer has closed its connections first.
                crew.exited.add(rank)
                if crew.all_in(crew.exited):
                    self._conclude()
            case Pong(clock_s=clock_s):
                self._watch.answer(rank)
                crew.answered(rank, clock_s)
            case Saving():
                self._watch.progress(perf_counter())
                if self._finishing_s:
                    self._finishing_s = perf_counter()
                self._news.tell(crew, rank, message, self.now_s)
            case _:
                self._news.tell(crew, rank, message, self.now_s)

    def _on_handed_over(self, crew: Crew, rank: int, message: HandedOver) -> None:
        if message.orders != crew.last_hand_over or self.shift is None:
            return  # the shift it was for has been given up
        if message.problem:
            self._give_up_shift(message.problem)
            return
        crew.handed.add(rank)
        self.shift.gathered_s = max(self.shift.gathered_s, message.at_s)
        if crew.all_in(crew.handed):
            self.step = message.step
            self._advance()

    def tick(self) -> None:
        """Read records, look after those who say nothing, and do what is due. Called every few milliseconds."""
        now_s = perf_counter()
        shift, crew = self.shift, self.crew
        if crew is not None and (steps := crew.read()) is not None:
            self._publish(steps)
        if shift is not None and shift.phase == Phase.FIRST_STEP and (steps := shift.crew.read()) is not None:
            self._commit(shift, steps)
            shift, crew = self.shift, self.crew
        if shift is not None:
            if (hang := self._shift_watch.look(shift.crew, now_s)) is not None and not self._is_idle(shift):
                shift.crew.evidence.add(hang[0], shift.crew.processes[hang[0]].pid, now_s=now_s, sign=hang[1])
            if shift.crew.evidence.settled(now_s, len(shift.crew.processes)):
                self._shift_failed(shift)
        if crew is not None and crew is self.crew:
            self._look_after(crew, now_s)
        if self._finishing_s and now_s - self._finishing_s > FINISH_LIMIT_S:
            self._fail_finish()
        saved = self._save_asked or self._news.saved_step == self.step or self._diverged
        if self._paused and self.crew and not self.shift and not saved and now_s - self._paused_s > SAVE_PAUSED_S:
            self._save_asked = True
            self.crew.send(Save())

    def _is_idle(self, shift: Shift) -> bool:
        """Its ranks are ready, and it is not their turn."""
        return shift.crew.all_in(shift.crew.infos) and shift.phase < Phase.LOADING

    def _look_after(self, crew: Crew, now_s: float) -> None:
        after_handover = self.shift is not None and self.shift.phase >= Phase.LOADING
        owes = bool(self._finishing_s) or (self.shift is not None and self.shift.phase == Phase.GATHERING)
        if (self._paused and not owes) or after_handover:
            self._watch.progress(now_s)
        elif (hang := self._watch.look(crew, now_s)) is not None:
            crew.evidence.add(hang[0], crew.processes[hang[0]].pid, now_s=now_s, sign=hang[1])
        if crew.evidence.settled(now_s, len(crew.processes)) and not after_handover:
            self._fail(crew)

    def restart_from(self, step: int) -> None:
        """The next crew takes up the last saved state, which is the one before `step`."""
        self.step = step
        self._summary.restart_from(step)
        self._resumes = True
        if self.status == "failed":
            self.status = "paused"

    # How the run moves -----------------------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """Seconds since the run began."""
        return perf_counter() - self._origin_s

    def _obeying(self) -> Crew | None:
        """The crew that orders go to: the new one as soon as the old one's state has been asked for."""
        if self.shift is not None and (self.crew is None or self.shift.phase > Phase.PREPARING):
            return self.shift.crew
        return self.crew

    def _go(self, until: int | None) -> None:
        if self.status in ("finishing", "finished"):
            return
        limit = self.spec.steps
        self._until = until if limit is None else min(limit, until if until is not None else limit)
        self._playing = True
        self._diverged = False
        self._watch.progress(perf_counter())
        if self.crew is None and self.shift is None:
            self._prepare(self.mode, perf_counter())
            return
        crew = self._obeying()
        assert crew is not None
        crew.send(Run(until=self._until))
        if crew is self.crew:
            self._paused = False
        self._tell()

    def _prepare(self, mode: ComputeMode, asked_s: float) -> None:
        try:
            crew = Crew(
                mode,
                self._starter,
                self._deliver,
                spec=self.spec,
                directory=str(self._directory),
                origin_s=self._origin_s,
                former=self.crew,
            )
        except (OSError, RuntimeError) as error:
            self._cannot_prepare(mode, error)
            return
        self.shift = Shift(crew, asked_s)
        self._shift_watch.progress(perf_counter())
        if self.crew is None:
            self._wanted = None
            if self._change.lr is not None or self._change.batch_size is not None:
                crew.send(self._change)
                self._change = Change(lr=None, batch_size=None)
        self._tell()

    def _cannot_prepare(self, mode: ComputeMode, error: OSError | RuntimeError) -> None:
        """The system does not give what ranks need. A run that goes on, goes on; one that was to start can be again."""
        reason = Sentence(
            "The ranks of {mode} could not be started: {error}. Close what else runs here, or ask for fewer ranks.",
            mode=mode.words,
            error=getattr(error, "strerror", None) or str(error),
        )
        if self.crew is not None:
            self._emit(ShiftFailed(at_s=self.now_s, mode=self.mode.text, to_mode=mode.text, reason=reason))
            return
        self._playing = False
        self._emit(Notice(at_s=self.now_s, level="error", text=reason))
        self.status, self._words = "failed", reason
        self._emit(StatusChanged(at_s=self.now_s, status="failed", step=self.step, words=reason))

    def _advance(self) -> None:
        """Take the shift one phase on, if all ranks are there."""
        shift = self.shift
        assert shift is not None
        crew = shift.crew
        if shift.phase == Phase.PREPARING and crew.all_in(crew.infos):
            shift.ready_s = perf_counter()
            if self.crew is None:
                self._load_last_state(shift)
            else:
                shift.phase = Phase.GATHERING
                shift.gather_sent_s = perf_counter()
                self._watch.progress(shift.gather_sent_s)
                self.crew.send(HandOver())
        elif shift.phase == Phase.GATHERING and self.crew is not None and self.crew.all_in(self.crew.handed):
            self._begin(shift, is_handed_over=True)
        elif shift.phase == Phase.LOADING and crew.all_in(crew.loaded_s):
            shift.phase = Phase.FIRST_STEP
            if not self._playing:
                self._commit(shift, None)
        self._tell()

    def _load_last_state(self, shift: Shift) -> None:
        state = last_state(self._directory) if self._resumes else None
        self._begin(shift, state=str(self._directory / state.name) if state else "")

    def _begin(self, shift: Shift, *, state: str = "", is_handed_over: bool = False) -> None:
        shift.phase = Phase.LOADING
        self._shift_watch.progress(perf_counter())
        order = Begin(
            state=state,
            is_handed_over=is_handed_over,
            until=self._until,
            paused=not self._playing,
            announce=not self._resumes,
        )
        shift.crew.begin(order, self._next_segment)

    def _commit(self, shift: Shift, steps: Rows | None) -> None:
        """The new crew has taken over: tell what it cost, and end the old one."""
        old, crew = self.crew, shift.crew
        if old is not None and (rest := old.read()) is not None:
            self._publish(rest)
        now_s = self.now_s
        begin_s = float(steps["at_s"][0] - steps["seconds"][0]) if steps is not None else now_s
        self.crew, self.shift, self.mode = crew, None, crew.mode
        self._watch.progress(perf_counter())
        self._paused = not self._playing
        self._paused_s = perf_counter()
        self._save_asked = False
        self.step = shift.step
        self._emit(segment_started(crew, step=shift.step, at_s=begin_s))
        self._summary.begin_segment(crew.segment, crew.mode.text)
        if old is not None:
            self._emit(shifted(shift, old, steps, origin_s=self._origin_s, now_s=now_s))
            old.kill()
        self._next_segment += 1
        self._resumes = True
        if steps is not None:
            self._publish(steps)
        self._starter.rest()
        self._tell()
        self._shift_to_wanted()

    def _shift_to_wanted(self) -> None:
        """What was asked for during a shift, now that it is over."""
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.shift_to(*wanted)

    def _publish(self, steps: Rows) -> None:
        self.step = int(steps["step"][-1]) + 1
        self._watch.progress(perf_counter())
        self._summary.add(steps)
        self._emit(StepBatch(steps))
        infinite = ~np.isfinite(steps["loss"])
        if infinite.any() and not self._diverged:
            row = steps[int(infinite.argmax())]
            self._diverged = True
            self._emit(Diverged(at_s=self.now_s, step=int(row["step"]), loss=str(float(row["loss"]))))
            self.pause()

    def _on_paused(self, step: int, *, diverged: bool) -> None:
        assert self.crew is not None
        if (steps := self.crew.read()) is not None:
            self._publish(steps)
        self.step = step
        self._playing = False
        self._paused = True
        self._paused_s = perf_counter()
        self._save_asked = False
        if self.spec.steps is not None and step >= self.spec.steps and not diverged:
            self.finish()
        elif self._then_steps:
            count, self._then_steps = self._then_steps, 0
            self._go(step + count)
        else:
            self._tell("the loss is no longer a number" if self._diverged or diverged else "")

    def _tell(self, words: str = "") -> None:
        """Emit the status if it, or its words, changed."""
        shift = self.shift
        if self._finishing_s:
            status = "finishing"
        elif shift is not None:
            status = "starting" if self.crew is None else "shifting"
            words = shift.words
        else:
            status = "paused" if self._paused else "running"
        if (status, words) != (self.status, self._words):
            self.status, self._words = status, words
            self._emit(StatusChanged(at_s=self.now_s, status=status, step=self.step, words=words))

    # How it ends -----------------------------------------------------------------------------------------------------

    def _drop_shift(self) -> None:
        """Give up a shift; the old crew, if it was asked for its state, gets what it missed."""
        shift = self.shift
        assert shift is not None
        self.shift = None
        shift.crew.kill()
        if self.crew is not None and shift.phase > Phase.PREPARING:
            if shift.late_lr is not None or shift.late_batch_size is not None:
                self.crew.send(Change(lr=shift.late_lr, batch_size=shift.late_batch_size))
            if self._playing and not self._finishing_s:
                self._watch.progress(perf_counter())
                self.crew.send(Run(until=self._until))
        self._starter.rest()

    def _shift_failed(self, shift: Shift) -> None:
        cause = shift.crew.evidence.cause()
        details = shift.crew.evidence.details()
        old = self.crew
        if old is None or (shift.phase > Phase.GATHERING and old.evidence.signs):
            self._fail(shift.crew)
            return
        self._give_up_shift(cause.sentence(), details)

    def _give_up_shift(self, reason: str, details: str = "") -> None:
        """The old crew goes on; what was asked for meanwhile is tried next."""
        assert self.shift is not None
        mode = self.shift.mode
        self._drop_shift()
        self._emit(
            ShiftFailed(
                at_s=self.now_s,
                mode=self.mode.text,
                to_mode=mode.text,
                reason=Sentence("{reason} The run goes on as before: {mode}.", reason=reason, mode=self.mode.words),
                details=details,
            )
        )
        self._tell()
        self._shift_to_wanted()

    def _fail(self, crew: Crew) -> None:
        """The run stops in good order: what was finished is kept, and playing again goes on from the last state."""
        if self.crew is not None and (steps := self.crew.read()) is not None:
            self._publish(steps)
        self.mode = self._wanted[0] if self._wanted else self.mode
        self.abort()
        state = last_state(self._directory)
        failed = rank_failed(crew.evidence, resume_step=state.step if state else 0, at_s=self.now_s)
        self._playing, self._paused, self._wanted, self._finishing_s = False, True, None, 0.0
        self._then_steps = 0
        self._emit(failed)
        self.status, self._words = "failed", crew.evidence.cause().sentence()
        self._emit(StatusChanged(at_s=self.now_s, status="failed", step=self.step, words=self._words))
        self._starter.rest()

    def _fail_finish(self) -> None:
        assert self.crew is not None
        late = [rank for rank in range(len(self.crew.processes)) if rank not in self.crew.exited]
        words = Sentence("did not end within {limit_s:.0f} s.", limit_s=FINISH_LIMIT_S)
        self.crew.evidence.add(late[0], self.crew.processes[late[0]].pid, now_s=perf_counter(), sign=words)

    def _conclude(self) -> None:
        started = self.crew is not None or self._next_segment > 0
        if self.crew is not None and (steps := self.crew.read()) is not None:
            self._publish(steps)
        self.abort()
        self._finishing_s = 0.0
        self._paused = True
        if started:
            last = self._news.validated
            final_loss = self._summary.final_loss
            self._emit(
                RunFinished(
                    at_s=self.now_s,
                    step=self.step,
                    segments=self._summary.segments(),
                    final_loss=final_loss if final_loss is not None and math.isfinite(final_loss) else None,
                    validation_loss=last.loss if last else None,
                    validation_accuracy=last.accuracy if last else None,
                )
            )
        self.status, self._words = "finished", ""
        self._emit(StatusChanged(at_s=self.now_s, status="finished", step=self.step))
        self._starter.rest()
