"""The longer messages of a run's course, put together from what crews and shifts know of themselves."""

from engine.errors import Sentence
from engine.events import RankFailed, Rows, SegmentStarted, Shifted, ShiftSplit
from engine.metrics.summary import WARMUP_STEPS
from engine.session.crew import Crew
from engine.session.failure import Evidence
from engine.session.rank_process import exit_words
from engine.session.shift import Shift


def segment_started(crew: Crew, *, step: int, at_s: float) -> SegmentStarted:
    """A crew computes from `step` on."""
    return SegmentStarted(
        at_s=at_s,
        segment=crew.segment,
        step=step,
        mode=crew.mode.text,
        words=crew.mode.words,
        ranks=tuple(crew.infos[rank] for rank in sorted(crew.infos)),
        warmup_steps=WARMUP_STEPS,
    )


def shifted(shift: Shift, old: Crew, steps: Rows | None, *, origin_s: float, now_s: float) -> Shifted:
    """What the shift cost. `steps` are the new crew's first; None for a shift made while paused.

    seam = gather + start + load: from the end of the old crew's last step, on the rank that was last with it, to the
    begin of the new one's first, on the rank that is first with it. How long the others still load is in that step.
    """
    loads_s = shift.crew.loaded_s.values()
    begin_s = max(old.last_end_s, shift.gather_sent_s - origin_s)  # a pause before it is no part of the seam
    if steps is None:
        at_s, first_step_s = now_s, None
        seam_s, load_s = now_s - begin_s, max(loads_s)
    else:
        at_s, first_step_s = float(steps["at_s"][0]), float(steps["seconds"][0])
        seam_s, load_s = at_s - first_step_s - begin_s, min(loads_s)
    gather_s = shift.gathered_s - origin_s - begin_s
    return Shifted(
        at_s=at_s,
        segment=shift.crew.segment,
        step=shift.step,
        from_mode=old.mode.text,
        to_mode=shift.mode.text,
        requested_s=shift.requested_s - origin_s,
        seconds=seam_s,
        split=ShiftSplit(
            prepare_s=shift.ready_s - shift.requested_s,
            gather_s=gather_s,
            start_s=seam_s - gather_s - load_s,
            load_s=load_s,
            first_step_s=first_step_s,
        ),
    )


def rank_failed(evidence: Evidence, *, resume_step: int, at_s: float) -> RankFailed:
    """Which rank it was, why, and where the run can go on."""
    cause = evidence.cause()
    status = cause.exited.exit_status if cause.exited else None
    return RankFailed(
        at_s=at_s,
        rank=cause.rank,
        pid=cause.pid,
        exit_status=status,
        signal=exit_words(status)[0] if status is not None else "",
        reason=Sentence("{cause} The run can go on from step {step:,}.", cause=cause.sentence(), step=resume_step),
        details=evidence.details(),
        resume_step=resume_step,
    )
