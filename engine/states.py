"""Saved states on disk: published whole or not at all, found again, and checked before anyone trusts them.

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

KEEP = 2


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
    """
    name = state_name(step)
    manifest = Manifest(step=step, name=name, state_bytes=temporary.stat().st_size, sha256=sha256)
    draft = directory / f"{name}.manifest.partial"
    draft.write_bytes(msgspec.json.encode(manifest))
    for path in (temporary, draft):
        _sync(path)
    (directory / name).with_suffix(".json").unlink(missing_ok=True)  # no manifest may stand beside a changing file
    temporary.replace(directory / name)
    draft.replace((directory / name).with_suffix(".json"))
    _sync(directory)
    _drop_old(directory, keep=manifest)
    return manifest


def saved_states(directory: Path) -> list[Manifest]:
    """All states that a manifest vouches for by size, oldest first. Broken ones are passed over."""
    found = []
    for path in directory.glob("state-*.json"):
        with contextlib.suppress(OSError, msgspec.DecodeError):
            manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
            # The name is rebuilt, not believed: a manifest cannot point outside its directory.
            if manifest.name == state_name(manifest.step) and _size(directory / manifest.name) == manifest.state_bytes:
                found.append(manifest)
    return sorted(found, key=lambda manifest: manifest.step)


def last_state(directory: Path) -> Manifest | None:
    """The newest state whose content is what its manifest says."""
    for manifest in reversed(saved_states(directory)):
        with contextlib.suppress(OSError):
            if _sha256(directory / manifest.name) == manifest.sha256:
                return manifest
    return None


def _drop_old(directory: Path, keep: Manifest) -> None:
    older = [manifest for manifest in saved_states(directory) if manifest.step <= keep.step]
    kept = {keep.name} | {manifest.name for manifest in older[-KEEP:]}
    for path in [*directory.glob("state-*"), *directory.glob("*.partial")]:
        if path.with_suffix(".safetensors").name not in kept:
            path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle to a directory that could be synced
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
