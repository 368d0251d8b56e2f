"""A pack fetched: found by the index, downloaded, checked, taken out, and only then written, whole or not at all.

    index (JSON) -> address -> bytes in memory -> SHA-256 -> named files, checked each -> a new directory -> renamed

Until the last two nothing touches the disk, so whatever breaks off before leaves nothing behind.
"""

import contextlib
import errno
import hashlib
import http.client
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.config.untrusted import read_plain
from engine.errors import RequestError, Sentence
from engine.fetch.index import address_of
from engine.fetch.pip_settings import PipSettings, pip_settings, without_password
from engine.fetch.unpack import take_out
from engine.fetch.web import Web, why
from engine.packs.pack import NOTE, PackCard
from engine.packs.presence import place_of
from engine.record.lock import RunLock
from engine.record.whole_file import whole_file
from engine.sizes import size

CHUNK_BYTES = 64 * 1024
DRAFT = ".partial"
Tell = Callable[[int, int], None]
"""How many bytes are here, and of how many."""


def get(card: PackCard, tell: Tell, *, archive: Path | None = None, settings: PipSettings | None = None) -> Path:
    """Fetch a pack, or take it from an `archive` that is here already; returns its directory.

    A pack that is here is replaced. `settings` are pip's where none are given.

    Raises:
        RequestError: it cannot be had, is not what it should be, or cannot be written; the sentence says why.
    """
    content = _downloaded(card, settings or pip_settings(), tell) if archive is None else _read(card, archive)
    found = hashlib.sha256(content).hexdigest()
    if found != card.sha256:
        raise RequestError(
            "{archive} is not the file that was asked for, and is not opened: its SHA-256 is {found}, not {wanted}.",
            archive=archive or card.archive,
            found=found,
            wanted=card.sha256,
        )
    files = take_out(content, card)
    try:
        with _held(card):
            return _written(card, {**files, NOTE: card.note.encode()})
    except OSError as error:
        raise _unwritten(card, error) from error


def remove(card: PackCard) -> bool:
    """Remove a pack, also one of which only a part is here; False if nothing of it is.

    Raises:
        RequestError: it cannot be removed.
    """
    place = place_of(card.name)
    if not place.exists() and not place.is_symlink():
        return False
    try:
        with _held(card):
            _put_away(place)
    except OSError as error:
        raise RequestError(
            "{path} cannot be removed: {strerror}.", path=error.filename or place, strerror=error.strerror
        ) from error
    return True


def _downloaded(card: PackCard, settings: PipSettings, tell: Tell) -> bytes:
    web = Web(settings)
    tell(0, card.archive_size)
    address = address_of(card, settings, web)
    content = bytearray()
    try:
        with web.open(address) as answer:
            while chunk := answer.read(CHUNK_BYTES):
                content += chunk
                if len(content) > card.archive_size:
                    break
                tell(len(content), card.archive_size)
    except RequestError as error:
        raise RequestError(
            "{title} was found, but is not to be had: {why} Get the file {archive} elsewhere, then type: gearshift "
            "data get {name} --archive FILE",
            title=Sentence(card.title),
            why=error.sentence,
            archive=card.archive,
            name=card.name,
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _broken_off(card, address, len(content), why(error)) from error
    if len(content) > card.archive_size:
        raise RequestError(
            "{address} is not the file that was asked for: it has more than {size:,} bytes.",
            address=without_password(address),
            size=card.archive_size,
        )
    if len(content) < card.archive_size:
        raise _broken_off(card, address, len(content), Sentence("the connection was closed"))
    return bytes(content)


def _broken_off(card: PackCard, address: str, got: int, reason: str) -> RequestError:
    return RequestError(
        "{address} broke off after {got} of {size}: {why}. Nothing was changed; try again.",
        address=without_password(address),
        got=size(got),
        size=size(card.archive_size),
        why=reason,
    )


def _read(card: PackCard, archive: Path) -> bytes:
    try:
        return read_plain(archive, card.archive_size)
    except OSError as error:
        raise RequestError("{path} cannot be read: {strerror}.", path=archive, strerror=error.strerror) from error


@contextlib.contextmanager
def _held(card: PackCard) -> Iterator[None]:
    """Nobody else changes the packs meanwhile, and what one who was killed left of this pack is gone."""
    directory = place_of(card.name).parent
    directory.mkdir(parents=True, exist_ok=True)
    try:
        lock = RunLock(directory)
    except RequestError as error:
        raise RequestError(
            "Another process is writing data packs into {directory} just now. Try again when it has ended.",
            directory=directory,
        ) from error
    try:
        for left in directory.glob(f".*{DRAFT}"):
            _clear(left)
        yield
    finally:
        lock.release()


def _written(card: PackCard, files: dict[str, bytes]) -> Path:
    """All files in a directory that gets its name when they are safely on the disk."""
    place = place_of(card.name)
    draft = place.with_name(f".{card.name}.{os.urandom(6).hex()}{DRAFT}")
    try:
        draft.mkdir()
        for name, content in files.items():
            with whole_file(draft / name) as file:
                file.write(content)
        _put_away(place)
        draft.rename(place)
    finally:
        _clear(draft)
    return place


def _put_away(place: Path) -> None:
    """Nothing of that name any more. It goes at once and whole; what a link leads to stays."""
    if place.is_symlink() or place.exists():
        away = place.with_name(f".{place.name}.{os.urandom(6).hex()}{DRAFT}")
        place.rename(away)
        _clear(away)


def _clear(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def _unwritten(card: PackCard, error: OSError) -> RequestError:
    place = place_of(card.name).parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RequestError(
            "The disk is full: {title} needs {size} in {directory}. Nothing was changed. Make room, or set "
            "GEARSHIFT_PACKS to another directory.",
            title=Sentence(card.title),
            size=size(card.size),
            directory=place,
        )
    return RequestError(
        "{title} cannot be written into {directory}: {strerror}. Nothing was changed. Have that directory made "
        "writable, or set GEARSHIFT_PACKS to another one.",
        title=Sentence(card.title),
        directory=place,
        strerror=error.strerror,
    )
