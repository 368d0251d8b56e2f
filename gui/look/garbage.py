"""No garbage is collected while Qt goes through all widgets."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage_collected() -> Iterator[None]:
    """Collect garbage before, and none within, on any thread.

    Qt goes through a list of all widgets when it styles them, and calls our `changeEvent` of each. A collection just
    then deletes widgets that nobody holds any more (a closed dialog) out of that list, and the process crashes.
    """
    was_enabled = gc.isenabled()
    if was_enabled:
        gc.collect()
        gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
