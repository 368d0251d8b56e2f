"""How people look at a run's board of modes, kept beside its record: the order, the baselines, and what was cleared.

    board.json    written whole or not at all, by the window in which somebody changed the board

It is no part of what was measured: no other file says anything of it. A run whose board nobody changed has none, and
nor has one of before there was such a file; its board is as at first. What is only looked at is not written to.
"""

from pathlib import Path
from typing import Annotated

import msgspec

from engine.config.untrusted import read_plain
from engine.errors import RequestError, Sentence
from engine.record.places import RESOURCES
from engine.record.whole_file import whole_file

NAME = "board.json"
LIMIT_BYTES = 64 * 1024
"""A row takes some forty bytes."""

RowKey = tuple[Annotated[str, msgspec.Meta(max_length=200)], Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)], bool]
"""A mode's name, the batch size (samples), and whether something was slow on purpose, as `mode_measure.Key` has it."""
Segment = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class BoardChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose on the board of a run; as it is made, what a board is at first."""

    is_by_speed: bool = False
    """The fastest first, instead of in the order of first visit."""
    baselines: tuple[RowKey, ...] = ()
    """Rows that others of their batch size are compared with."""
    cleared: tuple[tuple[RowKey, Segment], ...] = ()
    """Rows that were taken off, each with the segment in which its mode was visited last by then."""


def read_board(directory: Path) -> tuple[BoardChoice, Sentence | None]:
    """What was chosen on the board of the run in `directory`; with a sentence where that cannot be read."""
    path = directory / NAME
    try:
        return msgspec.json.decode(read_plain(path, LIMIT_BYTES), type=BoardChoice), None
    except FileNotFoundError:
        return BoardChoice(), None
    except (OSError, RequestError, ValueError, RecursionError) as error:
        template = "{path} cannot be used ({error}): the board of modes is as at first."
        return BoardChoice(), Sentence(template, path=path, error=error)


def keep_board(directory: Path, choice: BoardChoice, *, is_ours: bool) -> None:
    """Keep with the run in `directory` what was chosen on its board. `is_ours`: this process trains it.

    The disk is not waited for: after a power cut there may be what was chosen before.

    Raises:
        OSError: it cannot be written.
        RequestError: the run is not ours to write to: another process trains it, or it comes with Gearshift.
    """
    from engine.record.lock import holder_of  # imported when something is changed, as no first frame does

    if directory.resolve().is_relative_to(RESOURCES.resolve()):
        template = (
            "{name} comes with Gearshift and stays as it is: what is chosen on its board holds until it is closed."
        )
        raise RequestError(template, name=directory.name)
    if not is_ours and (holder := holder_of(directory)) is not None:
        template = "Process {holder} trains {name}: what is chosen on its board here holds until it is closed."
        raise RequestError(template, holder=holder, name=directory.name)
    with whole_file(directory / NAME, durable=False, private=True) as file:
        file.write(msgspec.json.encode(choice))
