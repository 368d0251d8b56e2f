"""Whether all steps are made that a run was to make: as its last line says, or as its steps and its set-up show.

A record of before the line said so lacks the flag; the steps it was to make stand in its set-up.
"""

from collections.abc import Iterable

import msgspec

from engine.config.untrusted import parse_toml
from engine.errors import RequestError
from engine.events.message import AnyEvent
from engine.events.run import RunFinished, RunStarted


def with_completion(events: Iterable[AnyEvent], steps: int | None) -> list[AnyEvent]:
    """The events, in their order; each end of a run is complete that came after all steps it was to make.

    `steps` are those of its first set-up (None: until stopped). A run that goes on tells anew how many it is to make.
    """
    told, wanted = [], steps
    for event in events:
        if isinstance(event, RunStarted) and event.spec:
            wanted = _steps_of(event.spec)
        is_over = isinstance(event, RunFinished) and wanted is not None and event.step >= wanted
        told.append(msgspec.structs.replace(event, is_complete=True) if is_over else event)
    return told


def _steps_of(spec: str) -> int | None:
    """How many steps a set-up in TOML asks for; None where it asks for no number, or is damaged."""
    try:
        steps = parse_toml(spec, "the set-up of the run").get("steps")
    except RequestError:
        return None
    return steps if isinstance(steps, int) and steps > 0 else None
