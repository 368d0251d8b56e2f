"""Named files out of an archive, and nothing else of it: no link is followed, nothing is executed, all is bounded.

    zip    the directory at its end says where the file lies
    tar    members are passed one after the other; no more is unpacked than `MOST_UNPACKED`

The archive is the one whose SHA-256 the pack's card says; what is checked here holds for any.
"""

import gzip
import hashlib
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import IO, TypeVar

from engine.errors import RequestError
from engine.packs.pack import PackCard, PackFile

T = TypeVar("T")
MOST_UNPACKED = 512 * 1024 * 1024
BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError)
"""What the standard library raises where an archive is not what it should be."""


def take_out(archive: bytes, card: PackCard) -> dict[str, bytes]:
    """What the pack's files hold, by the names they have here.

    Raises:
        RequestError: one is not in the archive, or is no plain file, or not of the size and the SHA-256 that the card
            says; or the archive is damaged.
    """
    wanted = {file.member: name for name, file in card.files.items()}
    for member in wanted:
        _refuse_climbing(member)
    read = _from_zip if card.archive.endswith((".whl", ".zip")) else _from_tar
    found: dict[str, bytes] = {}
    try:
        for member, content in read(archive, {file.member: file for file in card.files.values()}):
            found[wanted[member]] = content
    except BROKEN as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError("The archive {archive} is damaged: {error}.", archive=card.archive, error=error) from error
    for name, file in card.files.items():
        if name not in found:
            raise RequestError("The archive {archive} has no {member}.", archive=card.archive, member=file.member)
        if hashlib.sha256(found[name]).hexdigest() != file.sha256:
            raise RequestError(
                "{member} in the archive {archive} is not what it should be: its SHA-256 is another.",
                member=file.member,
                archive=card.archive,
            )
    return found


def _refuse_climbing(member: str) -> None:
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts or "\\" in member or ":" in member or "\0" in member:
        raise RequestError("{member} is not taken out of an archive: its name leads out of it.", member=member)


def _from_zip(archive: bytes, wanted: dict[str, PackFile]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        for info in _once(file.infolist(), lambda info: info.filename, wanted):
            mode = info.external_attr >> 16  # as Unix has it; 0 where it was packed elsewhere
            is_plain = not info.is_dir() and stat.S_IFMT(mode) in (0, stat.S_IFREG)
            name = info.filename
            yield name, _whole(name, wanted[name], is_plain, info.file_size, partial(file.open, info))


def _from_tar(archive: bytes, wanted: dict[str, PackFile]) -> Iterator[tuple[str, bytes]]:
    with gzip.GzipFile(fileobj=io.BytesIO(archive)) as unpacked:
        with tarfile.open(fileobj=_Bounded(unpacked), mode="r|") as file:
            for info in _once(file, lambda info: info.name, wanted):
                yield info.name, _whole(info.name, wanted[info.name], info.isreg(), info.size, partial(_of, file, info))


def _of(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = file.extractfile(info)
    assert content is not None, "only plain files are asked for"
    return content


def _once(members: Iterable[T], name_of: Callable[[T], str], wanted: Container[str]) -> Iterator[T]:
    """Those that are wanted.

    Raises:
        RequestError: a name is there twice: which of the two is meant?
    """
    seen = set()
    for member in members:
        name = name_of(member)
        if name not in wanted:
            continue
        if name in seen:
            raise RequestError("The archive has {member} twice.", member=name)
        seen.add(name)
        yield member


def _whole(name: str, file: PackFile, is_plain: bool, said: int, open_it: Callable[[], IO[bytes]]) -> bytes:
    """A member's content.

    Raises:
        RequestError: it is a link, a directory or a device, or not as large as the card says.
    """
    if not is_plain:
        raise RequestError("{member} is a link or no file at all, and nothing else is taken out.", member=name)
    content = b""
    if said == file.size:
        with open_it() as opened:
            content = opened.read(file.size + 1)
    if len(content) != file.size:
        raise RequestError(
            "{member} should have {wanted:,} bytes, and has {size:,}.",
            member=name,
            wanted=file.size,
            size=said if said != file.size else len(content),
        )
    return content


class _Bounded(io.RawIOBase):
    """Reads on from a stream until it has given more than an honest archive has."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream, self._left = stream, MOST_UNPACKED

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise RequestError("The archive unpacks to more than {limit:,} bytes.", limit=MOST_UNPACKED)
        return content
