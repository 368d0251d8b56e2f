"""Files written whole or not at all: a draft beside the file takes its place once it is safely on the disk."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def whole_file(path: Path, *, text: bool = False, durable: bool = True, private: bool = False) -> Iterator[IO[Any]]:
    """A file to write into. `path` is as it was until the block has ended well, and if it does not.

    Not `durable`, it does not wait for the disk: after a power cut there may be the old file, or an empty one.
    `private`, nobody but its owner reads it. A link at `path` is replaced, never written through.

    Raises:
        OSError: the draft cannot be written, or not take the place of `path` (which is no plain file, for example).
    """
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "there is something that is no plain file", str(path))  # /dev/null, say
    # A name that nobody can have put there before: what it might lead to is never opened, and two writers of the same
    # file cannot take each other's draft for their own.
    draft = path.with_name(f"{path.name[:200]}.{os.urandom(6).hex()}.partial")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(draft, flags, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") if text else os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
