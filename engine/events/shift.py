"""What a shift of the mode tells: that it is prepared, made, given up, or could not be made."""

import msgspec

from engine.events.event import Event


class ShiftSplit(msgspec.Struct, frozen=True, kw_only=True):
    """What a shift cost. `prepare_s` runs beside the old mode's training; the others are the seam itself.

    `first_step_s` is None for a shift made while paused: no step was made.
    """

    prepare_s: float
    gather_s: float
    start_s: float
    load_s: float
    first_step_s: float | None


class Preparing(Event, frozen=True, kw_only=True):
    """From before `step` on, ranks of `mode` are built and warm up beside the training of those in force.

    It ends with the segment, as the shift is made; or (`is_over`) before `step`, for the shift was given up.
    """

    step: int
    mode: str
    is_over: bool = False


class Shifted(Event, frozen=True, kw_only=True):
    """A shift is complete: `seconds` is from the last old step's end to the first new step's begin.

    `requested_s` is when it was asked for, `at_s` when the first step in the new mode was finished.
    """

    segment: int
    step: int
    from_mode: str
    to_mode: str
    requested_s: float
    seconds: float
    split: ShiftSplit


class ShiftFailed(Event, frozen=True, kw_only=True):
    """A shift could not be made; the run goes on in `mode`. `reason` is a sentence, `details` a traceback or ""."""

    mode: str
    to_mode: str
    reason: str
    details: str = ""


class ShiftCancelled(Event, frozen=True, kw_only=True):
    """A shift was given up because somebody wished it, `seconds` after it was asked for; the run goes on in `mode`.

    Without a `mode` it was the start, or a recovery: nothing computes now.
    """

    mode: str
    to_mode: str
    seconds: float
