"""Files written whole or not at all: a draft beside the file takes its place once it is safely on the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def whole_file(path: Path, *, text: bool = False, durable: bool = True) -> Iterator[IO[Any]]:
    """A file to write into. `path` is as it was until the block has ended well, and if it does not.

    Not `durable`, it does not wait for the disk: after a power cut there may be the old file, or an empty one.

    Raises:
        OSError: the draft cannot be written, or not take the place of `path`.
    """
    draft = path.with_name(path.name + ".partial")
    try:
        with draft.open("w", encoding="utf-8", newline="") if text else draft.open("wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
