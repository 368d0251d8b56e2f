"""Which packs are here, which workloads wait for one, and the files of a pack, each checked as it is read."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from engine.config.cards import workloads
from engine.config.untrusted import open_plain, read_plain
from engine.config.workload_card import KnobCard, WorkloadCard
from engine.errors import RequestError, Sentence
from engine.packs.absence import absence, absences
from engine.packs.pack import PackCard, PackFile, pack_card, packs
from engine.record.places import packs_directory

Knobs = Mapping[str, int | float | str]


def place_of(name: str) -> Path:
    """The directory of a pack, whether it is here or not."""
    return packs_directory() / name


def is_here(card: PackCard) -> bool:
    """True where all files of a pack lie in their place and are as large as they must be; nothing is read."""
    return all(_size(place_of(card.name) / name) == file.size for name, file in card.files.items())


def is_whole(card: PackCard) -> bool:
    """True where all files of a pack are what was fetched: each is looked through."""
    try:
        for name in card.files:
            checked_file(card.name, name)
    except RequestError:
        return False
    return True


class Use(NamedTuple):
    """What a pack is for: a workload; where not all of it, those choices of a knob that want the pack."""

    workload: WorkloadCard
    knob: KnobCard | None = None
    choices: tuple[str, ...] = ()


def uses(name: str) -> tuple[Use, ...]:
    """What a pack is for, in the order of the workloads."""
    found = []
    for card in workloads().values():
        if name in card.packs:
            found.append(Use(card))
        for knob in card.knobs:
            if choices := tuple(str(choice) for choice, pack in knob.packs.items() if pack == name):
                found.append(Use(card, knob, choices))
    return tuple(found)


def serves(name: str) -> tuple[str, ...]:
    """What a pack is for, as it is typed: workloads by name, with the settings that want it where not all do."""
    found = []
    for workload, knob, choices in uses(name):
        settings = " or ".join(f'{knob.name}="{choice}"' for choice in choices) if knob is not None else ""
        found.append(f"{workload.name} with {settings}" if settings else workload.name)
    return tuple(found)


def absent_packs() -> dict[str, Sentence]:
    """By the name of each pack that is not here, a sentence on that, and how it is got."""
    return {name: reason for name in packs() if (reason := why_absent(name))}


def why_no_data(workload: str, knobs: Knobs) -> Sentence | None:
    """A sentence on the packs that a workload with these knobs lacks, and how they are got; None: it lacks nothing."""
    wanted = workloads()[workload].packs_wanted(knobs)
    lacking = [reason for name in wanted if (reason := why_absent(name))]
    return absences(lacking) if lacking else None


def require_data(workload: str, knobs: Knobs) -> None:
    """Check that the packs are here that a workload with these knobs cannot be trained without.

    Raises:
        RequestError: one is not; the sentence says how it is got.
    """
    if reason := why_no_data(workload, knobs):
        raise RequestError("{reason}", reason=reason)


def trainable() -> list[str]:
    """The workloads that lack nothing with the knobs they have at first."""
    cards = workloads().values()
    return [card.name for card in cards if not why_no_data(card.name, {k.name: k.default for k in card.knobs})]


def why_absent(name: str) -> Sentence | None:
    """A sentence on a pack that is not here, and how it is got; None where it is."""
    card = pack_card(name)
    if is_here(card):
        return None
    return absence(card.title, name)


def read_file(pack: str, name: str) -> bytes:
    """What a file of a pack holds, if that is what its card says.

    Raises:
        RequestError: the pack is not here, or the file is damaged; the sentence says what to type.
    """
    if reason := why_absent(pack):
        raise RequestError("{reason}", reason=reason)
    file, path = pack_card(pack).files[name], place_of(pack) / name
    try:
        content = read_plain(path, file.size)
    except OSError as error:
        raise RequestError("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror) from error
    _refuse_other(pack, path, hashlib.sha256(content), file)
    return content


def checked_file(pack: str, name: str) -> Path:
    """Where a file of a pack lies that is too large to be read whole: looked through, it is what its card says.

    Raises:
        RequestError: as `read_file`.
    """
    if reason := why_absent(pack):
        raise RequestError("{reason}", reason=reason)
    path = place_of(pack) / name
    try:
        with open_plain(path) as file:
            found = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise RequestError("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror) from error
    _refuse_other(pack, path, found, pack_card(pack).files[name])
    return path


def _refuse_other(pack: str, path: Path, found: "hashlib._Hash", file: PackFile) -> None:
    if found.hexdigest() != file.sha256:
        raise RequestError(
            "{path} is damaged: it is not what was fetched. Type: gearshift data remove {name}, then: gearshift data "
            "get {name}",
            path=path,
            name=pack,
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
