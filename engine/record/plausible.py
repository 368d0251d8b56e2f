"""Whether an event read from a file can have happened: fields of the right type may still hold what nobody could draw.

Numbers that columns cannot hold, pictures whose bytes are not as many as their sides say, phases and ranks there are
not: damage, or made up. Such an event is left out like a line that cannot be read. If only its time does not fit those
of its neighbours, it is kept.
"""

import math
from collections.abc import Sequence
from itertools import accumulate

import msgspec
import numpy as np

from engine.config.mode_text import parse_mode
from engine.config.technique_card import MAXIMUM_RANKS
from engine.errors import RequestError, Sentence
from engine.events.evaluator import Points, Surface, TextSample, Validated
from engine.events.machine import DeviceSample
from engine.events.message import AnyEvent
from engine.events.ranks import RankFailed, RankSilent, SlowedDown, SlowRank, StepAnatomy
from engine.events.run import Paced, RankBroken, RunFinished, SegmentStarted
from engine.events.shift import Preparing, ShiftCancelled, Shifted
from engine.record.rising import rising
from engine.rows import PHASES

LONGEST_S = 1e9
"""Thirty years: a clock that says more was damaged on its way."""
EARLY_S = 60.0
"""How much earlier than an event told before it an event may have been."""
MOST = 2**62
MOST_SEGMENTS = 2**31
WIDEST = 1_024
LONGEST_TEXT = 4_096


def is_plausible(event: AnyEvent) -> bool:
    """Whether everything in the event is within what can be shown."""
    step, segment, seconds = (getattr(event, name, 0) for name in ("step", "segment", "seconds"))
    is_held = 0.0 <= event.at_s <= LONGEST_S and 0 <= step < MOST and 0 <= segment < MOST_SEGMENTS
    return is_held and -LONGEST_S <= seconds <= LONGEST_S and _fits_together(event)


def in_time(events: Sequence[AnyEvent], name: str, notes: list[str]) -> list[AnyEvent]:
    """Events in the order they were told, at times that rise: one out of place has the time of the one told before it.

    `notes` is told how many there are. An event may speak of what was a little earlier (EARLY_S).
    """
    kept = rising(np.array([event.at_s for event in events]), EARLY_S).tolist()
    if all(kept):
        return list(events)
    template = "{name} has {count:,} lines whose time is out of place; they stand where they were told."
    notes.append(Sentence(template, name=name, count=kept.count(False)))
    times = accumulate((event.at_s if fits else -1.0 for event, fits in zip(events, kept, strict=True)), max)
    return [
        event if fits else msgspec.structs.replace(event, at_s=max(0.0, at_s))
        for event, fits, at_s in zip(events, kept, times, strict=True)
    ]


def _fits_together(event: AnyEvent) -> bool:  # noqa: PLR0912 - one short branch a kind
    fits = True
    match event:
        case Surface(width=width, height=height, probability=probability):
            fits = 0 < width <= WIDEST and 0 < height <= WIDEST and len(probability) == width * height
            fits &= event.x_min < event.x_max and event.y_min < event.y_max
        case TextSample(prompt=prompt, text=text):
            fits = all(len(part) <= LONGEST_TEXT and part.replace("\n", "").isprintable() for part in (prompt, text))
        case Points(x=x, y=y, label=label):
            fits = len(x) == len(y) == 4 * len(label)
        case Validated():
            fits = event.metric is None or math.isfinite(event.metric)
        case SlowedDown() | SlowRank() | RankSilent() | RankBroken():
            fits = 0 <= event.rank < MAXIMUM_RANKS
        case Paced():
            fits = event.steps_per_s is None or 0.0 < event.steps_per_s < MOST
        case SegmentStarted():
            fits = event.warmup_steps >= 0 and [info.rank for info in event.ranks] == list(range(len(event.ranks)))
            fits = fits and _are_modes(event.mode)
        case StepAnatomy():
            fits = all(
                0 <= rank.rank < MAXIMUM_RANKS and all(0 <= span.phase < len(PHASES) for span in rank.spans)
                for rank in event.ranks
            )
        case DeviceSample():
            fits = all(0 <= usage.pid < MOST for usage in event.processes)
        case Preparing():
            fits = _are_modes(event.mode)
        case RankFailed():
            fits = 0 <= (event.next_step or 0) < MOST and _are_modes(*filter(None, [event.mode]))
        case ShiftCancelled():
            fits = _are_modes(event.to_mode, *filter(None, [event.mode]))
        case Shifted():
            fits = _are_modes(event.from_mode, event.to_mode)
        case RunFinished():
            fits = _are_modes(*(row.mode for row in event.segments))
    return fits


def _are_modes(*texts: str) -> bool:
    try:
        for text in texts:
            parse_mode(text)
    except RequestError:
        return False
    return True
