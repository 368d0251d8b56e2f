"""What becomes of full states on their way to disk."""

from engine.events.event import Event


class StateSaved(Event, frozen=True, kw_only=True):
    """The full state before `step` is on disk, whole, in the run's directory under `name`.

    It took `seconds` beside training, in which a core worked for `work_s`. While training, another comes every
    `every_s`, and the last two are kept.
    """

    step: int
    name: str
    state_bytes: int
    seconds: float
    work_s: float = 0.0
    every_s: float = 0.0


class SaveProgress(Event, frozen=True, kw_only=True):
    """So many bytes of the full state before `step` are written."""

    step: int
    saved_bytes: int
    total_bytes: int
