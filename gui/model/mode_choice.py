"""What an entry of the menus of modes makes of the mode in force: what it says, and what of the present one it keeps.

Kept are options of techniques that stay, precision and, from one technique to another, what it computes by. What makes
the mathematics another one (Local SGD) goes with the technique that it was chosen for.
"""

from collections.abc import Callable
from functools import partial

import msgspec

from engine.config.cards import techniques
from engine.config.catalogue import first_degrees
from engine.config.mode import ComputeMode, make_mode, owners_of
from engine.config.technique_card import TechniqueCard


def same_mode(one: ComputeMode, other: ComputeMode) -> bool:
    """Equal when defaults are worked out: `cpu` on two cores is `cpu,threads=2`."""
    resolved = [
        (m.device, m.threads_per_rank if m.device == "cpu" else 0, m.precision, m.degrees, m.options)
        for m in (one, other)
    ]
    return resolved[0] == resolved[1]


def other(mode: ComputeMode, **changes: object) -> ComputeMode:
    """The mode with other fields."""
    return msgspec.structs.replace(mode, **changes)


def all_threads(mode: ComputeMode, count: int) -> ComputeMode:
    """All of so many threads: one rank has them all, several share them out."""
    return other(mode, device="cpu", threads=count if mode.world_size == 1 else None)


def spread(mode: ComputeMode, degrees: dict[str, int]) -> ComputeMode:
    """Other techniques; options of those that stay are kept. Threads are divided anew."""
    return make_mode(mode.device, degrees, _exact(mode), None, mode.precision)


def single(mode: ComputeMode, count: int | None = None) -> ComputeMode:
    """One rank, with `count` threads; None: with those that each of several had, so that ranks alone are compared."""
    each = mode.threads_per_rank if mode.device == "cpu" and mode.world_size > 1 else mode.threads
    return make_mode(mode.device, {}, _exact(mode), count if mode.device == "cpu" and count else each, mode.precision)


def with_degree(key: str, degree: int) -> Callable[[ComputeMode], ComputeMode]:
    """A technique over so many ranks, and no other."""
    return partial(spread, degrees={key: degree})


def with_option(card: TechniqueCard, key: str, value: int | str, mode: ComputeMode) -> ComputeMode:
    """Give an option another value; where the ranks it needs are not in force, these come with it."""
    degrees, options = dict(mode.degrees), dict(mode.options)
    has_owner = not (owners := owners_of(key)) or any(owner in degrees for owner in owners)
    if not has_owner and (card.option is None or value != card.option.default):
        degrees, options = first_degrees(card), _exact(mode)
    kept = {name: of for name, of in options.items() if not _rules_out(card, name)}
    threads = mode.threads if has_owner else None
    return make_mode(mode.device, degrees, kept | {key: value}, threads, mode.precision)


def kept_of(mode: ComputeMode) -> bool:
    """Whether a mode has something that its techniques and ranks do not tell: an option, or a precision of its own."""
    return bool(mode.options) or mode.precision != "fp32"


def is_code(card: TechniqueCard) -> bool:
    """Whether it says by what the model is computed, which is chosen as a device is."""
    return card.option is not None and card.option.role == "language"


def _exact(mode: ComputeMode) -> dict[str, int | str]:
    """Its options, but those of techniques that make the mathematics another one."""
    known = techniques()
    return {key: value for key, value in mode.options if key not in known or known[key].exact}


def _rules_out(card: TechniqueCard, name: str) -> bool:
    """`name` is another technique that has what this one needs for itself."""
    return bool(card.needs) and name != card.key and name in techniques() and techniques()[name].needs == card.needs
