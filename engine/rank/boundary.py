"""The boundary between two steps: the only place where a run can be paused, changed, handed over, or ended.

All ranks of a crew do the same things at the same boundary: orders that the gate says are due, in the sequence they
were given, and chores (save, take a step apart) that rank 0's clock calls for.
"""

import sys
from time import perf_counter

from engine.ipc.gate import ANATOMY, PAUSE, SAVE
from engine.ipc.orders import (
    AnyOrder,
    Begin,
    Change,
    Finish,
    GoOn,
    HandOver,
    KeepPace,
    Pause,
    Save,
    SlowDown,
    TakeSnapshot,
)
from engine.ipc.reports import Applied, HandedOver, PaceKept, Paused, Slowed, SnapshotTaken
from engine.rank.pacer import Pacer
from engine.rank.rank import Rank

SAVE_EVERY_S = 5.0
COPY_SHARE = 500
"""Training stands for the copy of a state: at most a five-hundredth of the time. Hashing and writing rest."""
ANATOMY_EVERY_S = 0.25


class Boundary:
    """Counts steps and orders; `go_on` is called by the loop before every step."""

    def __init__(self, rank: Rank, begin: Begin) -> None:
        self._rank = rank
        self._applied = 0
        self._until = _limit(begin.until)
        self._paused = begin.paused
        self._finished = False
        self._was_diverged = False
        self._was_stopped = False
        self._leads = rank.rank == 0
        self._pacer = Pacer(rank.control, begin.steps_per_s, leads=self._leads)
        now_s = perf_counter()
        self._save_s = now_s + SAVE_EVERY_S / 2
        self._anatomy_s = now_s + ANATOMY_EVERY_S

    def go_on(self) -> bool:
        """True: make the step. False: the run is over for this rank."""
        rank = self._rank
        step = rank.progress.step
        self._report_seen()
        if rank.trace.diverged and not self._was_diverged:
            self._was_diverged = True
            rank.gate.alarm()
        has_waited = step < self._until and not rank.gate.alarmed and self._pacer.wait(self._applied)
        chores = self._due_chores() if self._leads else 0
        due, chores = rank.gate.pass_through(step, rank.control.received, chores)
        if due != self._applied or chores or step >= self._until or self._paused:
            self._stop_here(due, chores)
        elif not has_waited:
            self._pacer.begin()
            return True
        rank.trace.resume()
        self._pacer.begin()
        return not self._finished

    def _due_chores(self) -> int:
        chores = 0
        trace = self._rank.trace
        if self._rank.gate.alarmed and not self._was_stopped:
            self._was_stopped = True
            chores |= PAUSE
        now_s = trace.now_s
        if now_s >= self._anatomy_s:
            chores |= ANATOMY
        if now_s >= self._save_s and not self._rank.saver.busy and not self._was_stopped:
            chores |= SAVE
        return chores

    def _report_seen(self) -> None:
        if (seen := self._rank.trace.watched()) is not None:
            self._rank.anatomist.report(seen, self._rank.control)

    def _part_seen(self) -> None:
        """What follows is another thing than what is watched: several steps taken apart together end here."""
        self._rank.trace.part()
        self._report_seen()

    def _stop_here(self, due: int, chores: int) -> None:
        rank = self._rank
        control, step = rank.control, rank.progress.step
        if chores & SAVE:
            self._save(gently=True)
        if (step >= self._until and not self._paused) or chores & PAUSE:
            self._pause(diverged=bool(chores & PAUSE))
        while self._applied < due and not self._finished:
            self._apply(control.boundary.get())
        was_paused = self._paused
        while self._paused and not self._finished:
            self._apply(control.boundary.get())
        # The clock was asked before the pause; who makes single steps looks at each of them.
        if (chores & ANATOMY or was_paused) and not self._finished:
            rank.anatomist.watch(rank.progress, is_paced=self._pacer.steps_per_s is not None)
            self._report_seen()  # of free-running ranks' long steps, those that have ended
            self._anatomy_s = perf_counter() + ANATOMY_EVERY_S

    def _apply(self, order: AnyOrder) -> None:  # noqa: PLR0912 - one short branch an order
        self._applied += 1
        rank = self._rank
        match order:
            case GoOn(until=until):
                self._until, self._paused = _limit(until), False
                if rank.progress.step >= self._until:
                    self._pause(diverged=False)
            case Pause():
                self._pause(diverged=False)
            case Change(lr=lr, batch_size=batch_size):
                if lr is not None:
                    rank.set_lr(lr)
                if batch_size is not None:
                    self._part_seen()
                    rank.progress.batch_size = batch_size
                self.report_applied()
            case SlowDown():
                self._part_seen()
                rank.slow_down(order)
                if self._leads:
                    rank.control.report(Slowed(step=rank.progress.step, order=order))
            case KeepPace(steps_per_s=steps_per_s):
                self._part_seen()
                self._pacer.steps_per_s = steps_per_s
                if self._leads:
                    rank.control.report(PaceKept(step=rank.progress.step, steps_per_s=steps_per_s))
            case HandOver():
                self._hand_over()
            case Save():
                self._save_now()
            case TakeSnapshot(number=number):
                self._take_snapshot(number, is_last=False)
            case Finish(snapshot=number):
                self._finish(number)
            case _:
                raise AssertionError(f"{order} is no boundary order")

    def _pause(self, *, diverged: bool) -> None:
        self._paused = True
        self._rank.settle()  # a step on a device is known only now
        self._part_seen()
        self._rank.control.report(Paused(step=self._rank.progress.step, orders=self._applied, diverged=diverged))

    def report_applied(self) -> None:
        """Report the learning rate and batch size in force from the next step on; rank 0 does."""
        progress = self._rank.progress
        if self._leads:
            self._rank.control.report(Applied(step=progress.step, lr=progress.lr, batch_size=progress.batch_size))

    def _hand_over(self) -> None:
        self._paused = True  # hold: until the new crew has made its first step, this one can go on from here
        rank = self._rank
        rank.settle()
        self._part_seen()
        problem = ""
        try:
            if self._leads:
                rank.saver.abandon()  # the memory is wanted; the new crew will save soon enough
            rank.write_state()
        except (OSError, RuntimeError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
        step, at_s = rank.progress.step, perf_counter()
        rank.control.report(HandedOver(step=step, orders=self._applied, at_s=at_s, problem=problem))

    def _save(self, *, gently: bool) -> int:
        begin_s = perf_counter()
        rank = self._rank
        number = rank.write_state()
        if self._leads:
            now_s = perf_counter()
            every_s = max(SAVE_EVERY_S, COPY_SHARE * (now_s - begin_s))
            self._save_s = now_s + every_s
            rank.saver.save(rank.progress.step, number, every_s=every_s, gently=gently)
        return number

    def _save_now(self) -> int:
        """Even if an older state is being written: that one is finished, or given up if it is still being read.

        The number of this writing, for those who wait until every rank has done its part.
        """
        self._rank.saver.abandon()
        self._rank.saver.wait()
        return self._save(gently=False)

    def _take_snapshot(self, number: int, *, is_last: bool) -> None:
        begin_s = perf_counter()
        self._rank.take_snapshot(is_last=is_last)
        seconds = perf_counter() - begin_s
        self._rank.control.report(SnapshotTaken(number=number, step=self._rank.progress.step, seconds=seconds))

    def _finish(self, snapshot: int | None) -> None:
        self._finished = True
        rank = self._rank
        rank.settle()
        saved = None if rank.gate.alarmed else self._save_now()
        if snapshot is not None:
            self._take_snapshot(snapshot, is_last=True)
        # Nobody leaves before all have come here: a connection that closes while a peer still reads is an error to it.
        if saved is None:
            rank.state.meet()
        else:
            rank.state.await_all(saved)
            rank.saver.wait()


def _limit(until: int | None) -> int:
    """The step before which to pause; without one, none that is ever reached."""
    return sys.maxsize if until is None else until
