"""What of a run's record no longer holds once it went on from a saved state: a RunStarted says from which step.

Steps, segments, shifts and changes from that step on were made, but the run's course is another one now. What is only
told (a failure, a notice, a shift that could not be) stays: it did happen.
"""

from collections.abc import Iterable

from engine.events.evaluator import Surface, TextSample, Validated
from engine.events.message import AnyEvent, Message
from engine.events.ranks import SlowedDown, SlowRank, StepAnatomy
from engine.events.run import Changed, Diverged, Paced, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Preparing, Shifted
from engine.events.states import StateSaved
from engine.rows import Rows

_FROM_THE_STEP_ON = SegmentStarted | Preparing | Shifted | StepAnatomy | SlowedDown | SlowRank | Paced | Diverged
"""They speak of making the step they name."""
_BEFORE_THE_STEP = Changed | Validated | Surface | TextSample | StateSaved | RunFinished | StatusChanged
"""They speak of what the run was before the step they name, as the saved state has it."""


def is_superseded(event: Message, step: int) -> bool:
    """Whether `event`, told before the run went on anew from `step`, speaks of what is no part of the run any more."""
    if isinstance(event, _FROM_THE_STEP_ON):
        return event.step >= step
    return isinstance(event, _BEFORE_THE_STEP) and event.step > step


def standing_events(events: Iterable[AnyEvent]) -> list[AnyEvent]:
    """The events that still hold at the end, of those told, in their order."""
    standing: list[AnyEvent] = []
    for event in events:
        if isinstance(event, RunStarted):
            standing = [earlier for earlier in standing if not is_superseded(earlier, event.step)]
        standing.append(event)
    return standing


def standing_rows(rows: Rows, events: Iterable[AnyEvent]) -> Rows:
    """The steps (STEP_ROW) that no later RunStarted among `events` supersedes."""
    for start in events:
        if isinstance(start, RunStarted) and not (start.step == 0 and start.at_s < 1e-3):
            old = (rows["step"] >= start.step) & (rows["at_s"] < start.at_s)
            rows = rows[~old] if old.any() else rows
    return rows
