"""The form of a record's files: what writer, reader and whoever follows a run agree on."""

import numpy as np

HEADER_BYTES = 64
VERSION = 1
LINE_BYTES = 8 * 2**20
"""The longest line of events that is read: a step of 64 ranks taken apart has some hundred kilobytes."""
EVENTS_BYTES = 512 * 2**20
"""The most that is written and read of one file of events."""
ROWS = 2**26
"""What is read of one file of rows; ten hours of a step a millisecond are 36 million rows (1.4 GB)."""


def header_of(kind: str, dtype: np.dtype[np.void]) -> bytes:
    """The first HEADER_BYTES of a file of rows: what they are, the version, and the bytes of one."""
    text = f"gearshift {kind} {VERSION} {dtype.itemsize}\n".encode()
    return text.ljust(HEADER_BYTES, b"\0")
