"""Saved states on disk: published whole or not at all, found again, and checked before anyone trusts them.

Whatever is wrong with a state or its manifest, the next older one is taken, and a sentence says so.

    state-000000001234.safetensors     the tensors
    state-000000001234.json            step, size and SHA-256 of that file; a state without it does not exist

Order of writing: temporary file, fsync, rename, fsync of the directory; then the same for the manifest. A kill at any
moment leaves at worst a file nobody refers to, which the next save removes. The last two states are kept.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec

from engine.config.untrusted import open_plain, read_plain
from engine.errors import RequestError, Sentence
from engine.record.whole_file import whole_file

KEEP = 2
MANIFEST_BYTES = 4_096


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a state file must be."""

    step: int
    name: str
    state_bytes: int
    sha256: str


def state_name(step: int) -> str:
    """The file name of the state before `step`."""
    return f"state-{step:012d}.safetensors"


def publish(directory: Path, temporary: Path, step: int, sha256: str) -> Manifest:
    """Make a written temporary file in `directory` the state before `step`, then drop all but the last two.

    `sha256` is of what was written, so a disk that keeps something else is found out.

    Raises:
        OSError, RequestError: it could not be; the states that were there are as they were.
    """
    name = state_name(step)
    manifest = Manifest(step=step, name=name, state_bytes=temporary.stat().st_size, sha256=sha256)
    temporary.chmod(0o600)
    _sync(temporary)
    vouched = (directory / name).with_suffix(".json")
    with whole_file(vouched, private=True) as file:
        file.write(msgspec.json.encode(manifest))
        file.flush()  # a full disk tells here, before anything has changed
        vouched.unlink(missing_ok=True)  # no manifest may stand beside a changing file
        temporary.replace(directory / name)
    _sync(directory)
    _drop_old(directory, keep=manifest)
    return manifest


def saved_states(directory: Path) -> list[Manifest]:
    """All states that a manifest vouches for by size, oldest first; damaged ones are passed over."""
    found = []
    for path in _manifests(directory):
        with contextlib.suppress(RequestError):
            found.append(_read_manifest(path))
    return found


def has_states(directory: Path) -> bool:
    """Whether states were saved in `directory`, damaged ones too."""
    return bool(_manifests(directory))


def last_state(directory: Path, passed_over: list[str] | None = None) -> Manifest | None:
    """The newest state whose content is what its manifest says.

    What is damaged and newer than that is passed over; with a list, `passed_over` then has a sentence for each.
    """
    passed_over = [] if passed_over is None else passed_over
    for path in reversed(_manifests(directory)):
        try:
            manifest = _read_manifest(path)
        except RequestError as error:
            passed_over.append(error.sentence)
            continue
        state = directory / manifest.name
        try:
            if _sha256(state) == manifest.sha256:
                return manifest
            passed_over.append(Sentence("{path} is not what was saved; an older state is used.", path=state))
        except (OSError, RequestError) as error:
            template = "{path} cannot be read ({error}); an older state is used."
            passed_over.append(Sentence(template, path=state, error=error))
    return None


def _manifests(directory: Path) -> list[Path]:
    """Where the manifests of all states are, or should be, oldest first: their names are of one length."""
    states = {
        path.with_suffix(".json") for path in directory.glob("state-*") if path.suffix in (".json", ".safetensors")
    }
    return sorted(states)


def drop_states(directory: Path, after: int) -> None:
    """Remove the states of later steps than `after`: what led to them is given up. Nobody may be writing one now.

    Raises:
        OSError: one cannot be removed.
    """
    for path in directory.glob("state-*"):
        if path.stem > Path(state_name(after)).stem:  # they are of one length
            path.unlink(missing_ok=True)


def drop_drafts(directory: Path) -> None:
    """Remove what a rank that was killed had not written to its end; nobody may be writing now.

    Raises:
        OSError: one cannot be removed.
    """
    for path in directory.glob("*.partial"):
        path.unlink(missing_ok=True)


def _read_manifest(path: Path) -> Manifest:
    """What a manifest says, if it can be and the file it speaks of is there in that size; else a RequestError."""
    try:
        manifest = msgspec.json.decode(read_plain(path, MANIFEST_BYTES), type=Manifest)
    except FileNotFoundError as error:
        template = (
            "{name} has no manifest ({path}): it was not saved to its end, or that is lost; an older state is used."
        )
        raise RequestError(template, name=path.with_suffix(".safetensors"), path=path.name) from error
    except (OSError, RequestError, ValueError, RecursionError) as error:
        raise RequestError("{path} is damaged ({error}); an older state is used.", path=path, error=error) from error
    # The name is rebuilt, not believed: a manifest cannot point outside its directory.
    if not 0 <= manifest.step < 10**12 or not manifest.name == state_name(manifest.step) == f"{path.stem}.safetensors":
        raise RequestError("{path} is of another state than its name says; an older state is used.", path=path)
    size = _size(path.with_suffix(".safetensors"))
    if size != manifest.state_bytes:
        raise RequestError(
            "{name} has {size:,} bytes where {expected:,} were saved; an older state is used.",
            name=path.with_suffix(".safetensors"),
            size=max(0, size),
            expected=manifest.state_bytes,
        )
    return manifest


def _drop_old(directory: Path, keep: Manifest) -> None:
    older = [manifest for manifest in saved_states(directory) if manifest.step <= keep.step]
    kept = {keep.name} | {manifest.name for manifest in older[-KEEP:]}
    for path in directory.glob("state-*"):  # their drafts too; that of another file may be under way just now
        if path.with_suffix(".safetensors").name not in kept:
            with contextlib.suppress(OSError):  # the new state is safe; what cannot go now goes the next time
                path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _sha256(path: Path) -> str:
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle to a directory that could be synced
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)  # Windows syncs what it may write
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
