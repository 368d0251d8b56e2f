"""What the person at the window wants. Panels, menus and keys emit intents; `gui.app` alone acts on them."""

import msgspec

from engine.config.spec import RunSpec
from engine.explain.rules.facts import Link
from engine.metrics.mode_measure import Key
from engine.pictures import AnyGiven


class Play(msgspec.Struct, frozen=True):
    """Start the run that is set up, or go on with the one that is shown: paused, failed, stopped or recorded."""


class Pause(msgspec.Struct, frozen=True):
    """Pause at the next step boundary."""


class Step(msgspec.Struct, frozen=True):
    """Make exactly `count` steps, then pause."""

    count: int = 1


class Shift(msgspec.Struct, frozen=True):
    """Compute in another mode from the next step boundary on; while nothing computes: as soon as Play is pressed."""

    mode: str


class Change(msgspec.Struct, frozen=True):
    """Change hyper-parameters at the next step boundary; while nothing computes: as soon as Play is pressed."""

    lr: float | None = None
    batch_size: int | None = None


LIVE = ("batch_size", "lr")
"""What can change from one step of a run to the next, and so what a run that goes on takes from the form too."""


class Evaluate(msgspec.Struct, frozen=True):
    """Have validation and pictures computed beside training, or not: now, and in runs to come."""

    on: bool


class SetUp(msgspec.Struct, frozen=True):
    """Let the next new run be as `spec` says."""

    spec: RunSpec


class Mistaken(msgspec.Struct, frozen=True):
    """By field or knob of the set-up, a sentence on why what stands there cannot be: Play refuses with it."""

    problems: dict[str, str] = {}


class Reset(msgspec.Struct, frozen=True):
    """End this run (its record is kept) and make the one that is set up ready, paused at step 0."""


class Stop(msgspec.Struct, frozen=True):
    """End this run: its state is saved, its ranks end."""


class NewSetUp(msgspec.Struct, frozen=True):
    """The workload's own defaults again, for the next run."""


class OpenRecord(msgspec.Struct, frozen=True):
    """Show a recorded run, to look at or to go on with."""

    directory: str


class LayBeside(msgspec.Struct, frozen=True):
    """Draw a recorded run in the same plots as the one that is shown."""

    directory: str


class TakeAway(msgspec.Struct, frozen=True):
    """Draw no run any more beside the one that is shown."""


class OpenSpec(msgspec.Struct, frozen=True):
    """Take the set-up from a TOML file."""

    path: str


class OpenExample(msgspec.Struct, frozen=True):
    """End this run (its record is kept) and set up the example of that name; "": put its words away."""

    name: str


class KeepLinks(msgspec.Struct, frozen=True):
    """How fast the links between ranks of this machine are, by transport, as measured just now."""

    links: dict[str, Link]


class LookForPacks(msgspec.Struct, frozen=True):
    """Find out anew which data packs are here: one was fetched or removed, or may have been elsewhere."""


class SaveSpec(msgspec.Struct, frozen=True):
    """Write the set-up to a TOML file."""

    path: str


class ExportCurves(msgspec.Struct, frozen=True):
    """Write loss and time of every step to a CSV file."""

    path: str


class SlowDown(msgspec.Struct, frozen=True):
    """Make a rank, or every message between ranks, slow on purpose; with the defaults, nothing any more."""

    rank: int = 0
    phase: str = "compute"
    factor: float = 1.0
    delay_s: float = 0.0


class BreakRank(msgspec.Struct, frozen=True):
    """Let one rank fail: "kill", "freeze" or "exception"."""

    rank: int
    how: str = "kill"


class PlayReplay(msgspec.Struct, frozen=True):
    """Let the replay of a recorded run go on, or stand; at its end it begins anew."""

    is_playing: bool


class Wind(msgspec.Struct, frozen=True):
    """Show a recorded run as it was `at_s` seconds after it had begun."""

    at_s: float


class ReplaySpeed(msgspec.Struct, frozen=True):
    """Replay `factor` times as fast as it was."""

    factor: float


class SetPace(msgspec.Struct, frozen=True):
    """Make at most so many steps a second, in this run and in those to come; None: as many as there can be."""

    steps_per_s: float | None


class WatchLook(msgspec.Struct, frozen=True):
    """Have a look of the workload drawn while it trains, as `chosen` among its choices; "": none any more."""

    look: str
    chosen: tuple[int, ...] = ()


class TryOut(msgspec.Struct, frozen=True):
    """Have the model answer what is given it, as answer `number`; what it was answering ends, with "" for good."""

    number: int
    name: str
    given: AnyGiven | None = None


class CancelShift(msgspec.Struct, frozen=True):
    """Give up the shift, or the start, that is under way: the run is as before."""


class EndSilent(msgspec.Struct, frozen=True):
    """Wait no longer for ranks that give no sign of life: the run stops, and can go on from its last state."""


class GoBack(msgspec.Struct, frozen=True):
    """Give up what was made since the saved state before `step`, and go on from there, at the learning rate `lr`."""

    step: int
    lr: float | None = None


class ExportTrace(msgspec.Struct, frozen=True):
    """Write the steps taken apart as Chrome trace JSON."""

    path: str


class ChooseBaseline(msgspec.Struct, frozen=True):
    """Compare all rows of the board of modes that have its batch size to the row of this key."""

    key: Key


class SortBoard(msgspec.Struct, frozen=True):
    """Show the fastest mode first on the board, or the modes in the order of first visit."""

    by_speed: bool


class ClearBoard(msgspec.Struct, frozen=True):
    """Take off the board all modes but the one in force."""


class ShowWholeBoard(msgspec.Struct, frozen=True):
    """Put back on the board all modes that were taken off it."""


class SaveBytes(msgspec.Struct, frozen=True):
    """Write what a panel has drawn up, a picture or a table, to a file."""

    path: str
    content: bytes


Intent = (
    Play
    | Pause
    | Step
    | Shift
    | Change
    | SetUp
    | Mistaken
    | Reset
    | Stop
    | NewSetUp
    | OpenRecord
    | LayBeside
    | TakeAway
    | OpenSpec
    | OpenExample
    | KeepLinks
    | LookForPacks
    | SaveSpec
    | ExportCurves
    | ExportTrace
    | ChooseBaseline
    | SortBoard
    | ClearBoard
    | ShowWholeBoard
    | SaveBytes
    | SlowDown
    | BreakRank
    | EndSilent
    | GoBack
    | CancelShift
    | SetPace
    | WatchLook
    | TryOut
    | PlayReplay
    | Wind
    | ReplaySpeed
)
