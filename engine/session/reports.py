"""What ranks say at any time, told further to those who watch. None of it moves the run along (that is `run.py`)."""

from collections.abc import Callable
from time import perf_counter

from engine.errors import Sentence
from engine.events import Changed, Hindered, Message, Notice, SaveProgress, StateSaved, Validated
from engine.ipc.wire import (
    AnyReport,
    Applied,
    Crashed,
    Detail,
    IsHindered,
    Picture,
    Planned,
    Saved,
    Saving,
    ValidationShare,
)
from engine.session.crew import Crew
from engine.session.rank_process import Exited

LARGE_BYTES = 2**30
"""A crew that takes less memory than that goes without a word."""


class News:
    """Turns reports into messages. Keeps only what was last told.

    `told`: the learning rate and batch size that those who watch know of from elsewhere.
    """

    def __init__(self, emit: Callable[[Message], None], *, told: tuple[float, int] | None) -> None:
        self.validated: Validated | None = None
        """The last validation that all ranks of a crew have had a share in."""
        self.saved_step = -1
        """The step whose state was last saved, or could not be."""
        self._emit = emit
        self._applied = told

    def tell(self, crew: Crew, rank: int, report: AnyReport | Exited, at_s: float) -> None:
        """Tell a report of a rank of `crew`, whichever crew that is: the one that computes, or the next."""
        match report:
            case Applied(step=step, lr=lr, batch_size=batch_size):
                crew.applied(step, batch_size)
                if self._applied != (lr, batch_size):
                    self._applied = (lr, batch_size)
                    self._emit(Changed(at_s=at_s, step=step, lr=lr, batch_size=batch_size))
            case ValidationShare():
                whole = crew.validation.add(report, world_size=len(crew.processes), at_s=at_s)
                if whole is not None:
                    self.validated = whole
                    self._emit(whole)
            case Picture(event=event):
                self._emit(event)
            case Detail():
                self._tell_detail(crew, report, at_s)
            case IsHindered():
                self._emit(_hindered(report, at_s))
            case Planned():
                self._tell_planned(crew, report, at_s)
            case Saving(step=step, saved_bytes=saved_bytes, total_bytes=total_bytes):
                self._emit(SaveProgress(at_s=at_s, step=step, saved_bytes=saved_bytes, total_bytes=total_bytes))
            case Saved():
                self._tell_saved(report, at_s)
            case Crashed() | Exited():
                crew.evidence.add(rank, crew.processes[rank].pid, now_s=perf_counter(), sign=report)

    def _tell_detail(self, crew: Crew, detail: Detail, at_s: float) -> None:
        anatomy = crew.detail(detail, at_s)
        if anatomy is not None:
            self._emit(anatomy)
            for slow in crew.stragglers.look(anatomy) if crew.stragglers else ():
                self._emit(slow)

    def _tell_planned(self, crew: Crew, planned: Planned, at_s: float) -> None:
        if planned.needed_bytes > LARGE_BYTES:
            text = Sentence(
                "{mode} takes up to {needed:.1f} GiB of memory; {free:.1f} GiB are free.",
                mode=crew.mode.words,
                needed=planned.needed_bytes / 2**30,
                free=planned.free_bytes / 2**30,
            )
            self._emit(Notice(at_s=at_s, level="info", text=text))

    def _tell_saved(self, saved: Saved, at_s: float) -> None:
        self.saved_step = saved.step
        if saved.problem:
            self._emit(Notice(at_s=at_s, level="warning", text=saved.problem))
        else:
            self._emit(
                StateSaved(
                    at_s=at_s,
                    step=saved.step,
                    name=saved.name,
                    state_bytes=saved.state_bytes,
                    seconds=saved.seconds,
                    work_s=saved.work_s,
                    every_s=saved.every_s,
                )
            )


def _hindered(report: IsHindered, at_s: float) -> Hindered:
    order = report.order
    return Hindered(
        at_s=at_s,
        step=report.step,
        rank=order.rank,
        phase=order.phase,
        factor=order.factor,
        delay_s=order.delay_s,
    )
