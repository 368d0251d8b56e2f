"""All messages of a run, from the session to whoever watches: a terminal, the window, a file.

Finished steps come as columns (`engine/rows.py`), because there can be thousands a second; all others are events.
A new one is a class in the file of who says it, and a line here.
"""

from engine.events.evaluator import (
    Answer,
    EvaluatorChanged,
    LookDrawn,
    Points,
    Surface,
    TextSample,
    TryAnswered,
    Validated,
)
from engine.events.machine import DeviceSample
from engine.events.ranks import RankFailed, RankSilent, SlowedDown, SlowRank, StepAnatomy
from engine.events.run import (
    Changed,
    Diverged,
    Notice,
    Paced,
    RankBroken,
    RunFinished,
    RunStarted,
    SegmentStarted,
    StatusChanged,
)
from engine.events.shift import Preparing, ShiftCancelled, Shifted, ShiftFailed
from engine.events.states import SaveProgress, StateSaved
from engine.rows import StepBatch

AnyEvent = (
    RunStarted
    | SegmentStarted
    | Preparing
    | Shifted
    | ShiftFailed
    | ShiftCancelled
    | StatusChanged
    | Changed
    | Validated
    | EvaluatorChanged
    | Answer
    | Points
    | Surface
    | TextSample
    | StateSaved
    | SaveProgress
    | RankFailed
    | Diverged
    | Notice
    | RankBroken
    | DeviceSample
    | StepAnatomy
    | SlowedDown
    | Paced
    | SlowRank
    | RankSilent
    | RunFinished
)

Message = StepBatch | AnyEvent | LookDrawn | TryAnswered
"""What a session tells; a record keeps nothing of the last two."""
