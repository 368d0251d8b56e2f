"""How an evaluator ends when something raises on one of its threads: as it would on the main thread, with a report."""

import os
import traceback
from collections.abc import Callable

from engine.ipc.control import Control
from engine.ipc.reports import Crashed

FAILED = 3


def or_end(control: Control, act: Callable[[], None]) -> None:
    """Do it; an error ends the process."""
    try:
        act()
    except BaseException as error:
        reason = f"{type(error).__name__}: {error}".strip()
        control.report(Crashed(step=-1, reason=reason, details=traceback.format_exc()))
        control.flush()
        os._exit(FAILED)
