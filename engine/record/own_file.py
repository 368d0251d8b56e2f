"""Opening files of a run for writing: plain files of its own, never through a link, read by their owner alone."""

import errno
import os
import stat
from pathlib import Path

from engine.errors import RequestError

RUN_FILES = ("run.toml", "events.jsonl", "steps.bin", "board.json", "lock")


def make_private(directory: Path, *, is_new: bool = False) -> None:
    """Make a run's directory, for its owner alone; one that is there stays as it is, unless it must be new.

    Raises:
        OSError: it cannot be made, or something else has its name.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=not is_new)


def open_own(path: Path) -> int:
    """A descriptor to read and write `path`, made if it is not there.

    Raises:
        OSError: it cannot be opened.
        RequestError: it is no plain file, or a link: what it leads to is not ours to change.
    """
    flags = os.O_RDWR | os.O_CREAT
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY", "O_NONBLOCK", "O_NOINHERIT"):
        flags |= getattr(os, name, 0)
    if path.is_symlink():  # where there is no O_NOFOLLOW, this is all there is
        raise _linked(path)
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _linked(path) from error
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise RequestError("{path} is not a plain file, and nothing else is written to.", path=path)
    if status.st_nlink > 1:
        os.close(descriptor)
        raise _linked(path)
    return descriptor


def refuse_links(directory: Path) -> None:
    """Check that all that a run would write to in `directory` lies there itself.

    Raises:
        OSError: the directory cannot be read.
        RequestError: something of it is a link to somewhere else.
    """
    for path in sorted(directory.iterdir()):
        ours = path.name in RUN_FILES or path.name.startswith("state-") or path.suffix == ".partial"
        if ours and path.is_symlink():
            raise _linked(path)


def _linked(path: Path) -> RequestError:
    return RequestError(
        "{path} is a link, and a run is written into files of its own only. Put a copy in its place, or train a new "
        "run.",
        path=path,
    )
