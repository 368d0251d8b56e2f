"""What ranks say, and what becomes of crews, told on to those who watch. Nothing here moves the run along.

a rank's report, what its crew has made of it  --Reports-->  outbox
a crew, a shift, the signs of a failure        -->  SegmentStarted, Shifted, RankFailed
"""

from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.events.message import Message
from engine.events.ranks import RankFailed, SlowedDown
from engine.events.run import Changed, Notice, Paced, RankBroken, SegmentStarted
from engine.events.shift import Shifted, ShiftSplit
from engine.events.states import SaveProgress, StateSaved
from engine.ipc.orders import Change
from engine.ipc.reports import AnyReport, Applied, PaceKept, Planned, Saved, Saving, Slowed
from engine.metrics.summary import WARMUP_STEPS
from engine.rows import Rows
from engine.session.crew import Crew
from engine.session.failure import Evidence
from engine.session.outbox import Outbox
from engine.session.rank_process import Exited, exit_words

LARGE_BYTES = 2**30
"""A crew that takes less memory than that goes without a word."""
BROKEN = {
    "kill": "ON PURPOSE: rank {rank} is killed (SIGKILL).",
    "freeze": "ON PURPOSE: rank {rank} is frozen (SIGSTOP).",
}
"""What is told of a rank that was made to fail. One made to raise tells of itself, at the step in which it does."""


class Reports:
    """Tells on what ranks say, whichever crew they are of. Keeps only what was last told.

    `known`: the learning rate and batch size that those who watch know of from elsewhere.
    """

    def __init__(self, outbox: Outbox, *, known: tuple[float, int] | None) -> None:
        self.saved_step = -1
        """The step whose state was last saved, or could not be."""
        self.batch_size = None if known is None else known[1]
        """The one last asked for, or told; None until one is known."""
        self._outbox = outbox
        self._known = known
        self._known_pace: float | None = None
        self._slowed: Crew | None = None
        """The crew in which something is slow on purpose, as far as was told."""

    def asked(self, change: Change, why_no_batch: Sentence | None) -> Change:
        """What of a change that is asked for can be: not a batch size that something speaks against, which is told."""
        if why_no_batch:
            self._outbox.tell(Notice(at_s=self._outbox.now_s, level="warning", text=why_no_batch))
            return Change(lr=change.lr, batch_size=None)
        self.batch_size = change.batch_size or self.batch_size
        return change

    def tell_pace(self, step: int, steps_per_s: float | None, *, anew: bool = False) -> None:
        """Tell the pace from `step` on, if it is another one than was told; `anew`: than full speed."""
        known, self._known_pace = None if anew else self._known_pace, steps_per_s
        if steps_per_s != known:
            self._outbox.tell(Paced(at_s=self._outbox.now_s, step=step, steps_per_s=steps_per_s))

    def tell_new_ranks(self, crew: Crew) -> None:
        """Tell that what was slow on purpose is so no more, if anything was: this other crew computes from now on."""
        if self._slowed not in (None, crew):
            self._slowed = None
            text = Sentence("The slowdown has ended with its ranks: new ones are as fast as they are.")
            self._outbox.tell(Notice(at_s=self._outbox.now_s, level="info", text=text))

    def tell_broken(self, step: int, rank: int, how: str) -> None:
        """Tell that a rank was just made to fail on purpose, before `step`."""
        if how in BROKEN:
            text, at_s = Sentence(BROKEN[how], rank=rank), self._outbox.now_s
            self._outbox.tell(RankBroken(at_s=at_s, level="warning", text=text, step=step, rank=rank, how=how))

    def tell(self, crew: Crew, report: AnyReport | Exited, whole: list[Message]) -> None:
        """Tell a report of a rank of `crew`, and what is `whole` through it."""
        for message in whole:
            self._outbox.tell(message)
        at_s = self._outbox.now_s
        match report:
            case Applied(step=step, lr=lr, batch_size=batch_size):
                if self._known != (lr, batch_size):
                    self._known, self.batch_size = (lr, batch_size), batch_size
                    self._outbox.tell(Changed(at_s=at_s, step=step, lr=lr, batch_size=batch_size))
            case PaceKept(step=step, steps_per_s=steps_per_s):
                self.tell_pace(step, steps_per_s)
            case Slowed(order=order):
                if order.phase != "raise":  # an error that was asked for
                    self._slowed = crew if order.factor > 1 or order.delay_s > 0 else None
                self._outbox.tell(_slowed_down(report, at_s))
            case Planned() if report.needed_bytes > LARGE_BYTES:
                self._outbox.tell(_planned(crew.mode, report, at_s))
            case Saving(step=step, saved_bytes=saved_bytes, total_bytes=total_bytes):
                progress = SaveProgress(at_s=at_s, step=step, saved_bytes=saved_bytes, total_bytes=total_bytes)
                self._outbox.tell(progress)
            case Saved(step=step):
                self.saved_step = step
                self._outbox.tell(_saved(report, at_s))
            case _:
                pass  # it is of the crew's own affairs


def _planned(mode: ComputeMode, planned: Planned, at_s: float) -> Notice:
    text = Sentence(
        "{mode} takes up to {needed:.1f} GiB of memory; {free:.1f} GiB are free.",
        mode=mode.words,
        needed=planned.needed_bytes / 2**30,
        free=planned.free_bytes / 2**30,
    )
    return Notice(at_s=at_s, level="info", text=text)


def _saved(saved: Saved, at_s: float) -> Notice | StateSaved:
    if saved.problem:
        template = "The state before step {step:,} could not be saved: {error}"
        text = Sentence(template, step=saved.step, error=saved.problem)
        return Notice(at_s=at_s, level="warning", text=text)
    return StateSaved(
        at_s=at_s,
        step=saved.step,
        name=saved.name,
        state_bytes=saved.state_bytes,
        seconds=saved.seconds,
        work_s=saved.work_s,
        every_s=saved.every_s,
    )


def _slowed_down(report: Slowed, at_s: float) -> SlowedDown:
    order = report.order
    return SlowedDown(
        at_s=at_s,
        step=report.step,
        rank=order.rank,
        phase=order.phase,
        factor=order.factor,
        delay_s=order.delay_s,
    )


def segment_started(crew: Crew, *, step: int, at_s: float) -> SegmentStarted:
    """The event that tells that a crew computes from `step` on."""
    return SegmentStarted(
        at_s=at_s,
        segment=crew.segment,
        step=step,
        mode=crew.mode.text,
        words=crew.mode.words,
        ranks=crew.infos,
        warmup_steps=WARMUP_STEPS,
    )


def shifted(
    crew: Crew, old: Crew, steps: Rows | None, *, asked_s: float, ready_s: float, gather_sent_s: float, now_s: float
) -> Shifted:
    """What the shift from `old` to `crew` cost, all times since the run began.

    `steps` are the new crew's first; None for a shift made while paused.

    seam = gather + start + load: from the end of the old crew's last step, on the rank that was last with it, to the
    begin of the new one's first, on the rank that is first with it. How long the others still load is in that step.
    """
    loads_s = [report.seconds for report in crew.loaded]
    begin_s = max(old.last_end_s, gather_sent_s)  # a pause before it is no part of the seam
    if steps is None:
        at_s, first_step_s = now_s, None
        seam_s, load_s = now_s - begin_s, max(loads_s)
    else:
        at_s, first_step_s = float(steps["at_s"][0]), float(steps["seconds"][0])
        seam_s, load_s = at_s - first_step_s - begin_s, min(loads_s)
    gather_s = old.gathered_s - begin_s
    return Shifted(
        at_s=at_s,
        segment=crew.segment,
        step=crew.loaded[-1].step,
        from_mode=old.mode.text,
        to_mode=crew.mode.text,
        requested_s=asked_s,
        seconds=seam_s,
        split=ShiftSplit(
            prepare_s=ready_s - asked_s,
            gather_s=gather_s,
            start_s=seam_s - gather_s - load_s,
            load_s=load_s,
            first_step_s=first_step_s,
        ),
    )


def no_ranks(mode: ComputeMode, error: OSError | RuntimeError) -> Sentence:
    """The system does not give what the ranks of a mode need."""
    return Sentence(
        "The ranks of {mode} could not be started: {error}. Close what else runs here, or ask for fewer ranks.",
        mode=mode.words,
        error=getattr(error, "strerror", None) or str(error),
    )


def rank_failed(
    evidence: Evidence, *, next_step: int, resume_step: int | None, problem: str, mode: str, at_s: float
) -> RankFailed:
    """Which rank it was, why, and where the run can go on: before `resume_step`; None: not known, by a `problem`.

    `mode` is the one in which it goes on, `next_step` the one that was to be made.
    """
    cause = evidence.cause()
    status = cause.exited.exit_status if cause.exited else None
    words = cause.sentence()
    if resume_step is not None:
        reason = Sentence("{cause} The run can go on from step {step:,}.", cause=words, step=resume_step)
    else:
        template = "{cause} From where the run can go on is not known, for its states cannot be read now ({problem})."
        reason = Sentence(template, cause=words, problem=problem)
    return RankFailed(
        at_s=at_s,
        rank=cause.rank,
        pid=cause.pid,
        exit_status=status,
        signal=exit_words(status)[0] if status is not None else "",
        reason=reason,
        details=evidence.details(),
        resume_step=resume_step,
        mode=mode,
        next_step=next_step,
    )
