"""Every mode that the techniques found in `engine/rank/modes/` allow with so many ranks, alone and combined.

Lists, tests and benchmarks take modes from here, so a new technique is in all of them.
"""

from collections.abc import Iterator
from math import prod

import msgspec

from engine.config.cards import techniques
from engine.config.fits import Knobs, facts_of, why_not
from engine.config.hardware import HardwareReport
from engine.config.mode import PRECISIONS, ComputeMode, make_mode, owners_of
from engine.config.technique_card import OptionCard, TechniqueCard
from engine.errors import RequestError


class ModeOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A mode for a menu: its text, its words, and why not, where it cannot be had ("" where it can)."""

    mode: str
    words: str
    reason: str
    remark: str = ""


def every_mode(ranks: int, device: str = "cpu", precision: str = "fp32") -> list[ComputeMode]:
    """Each way to make `ranks` of techniques that go together, with each choice of each option, and beside it each
    technique that has no ranks of its own (of one that takes a number: the first that a menu offers)."""
    found: dict[str, ComputeMode] = {}
    joining = [card for card in techniques().values() if ranks == 1 or not card.alone]
    beside = [{card.key: value} for card in joining for value in _other_values(card.option)]
    for degrees in _ways(_with_ranks(), ranks) if ranks > 1 else iter([{}]):
        options = [option for key in degrees for option in techniques()[key].options if option.choices]
        settings: list[dict[str, int | str]] = [{}]
        settings += [{option.key: choice} for option in options for choice in option.choices]
        for given in (*settings, *beside):
            try:
                mode = make_mode(device, degrees, given, None, precision)
            except RequestError:
                continue
            found[mode.text] = mode
    return list(found.values())


def _other_values(option: OptionCard | None) -> tuple[int | str, ...]:
    """Values that put a technique in force; of numbers, the first that is offered."""
    if option is None:
        return ()
    values = tuple(value for value in option.values if value != option.default)
    return values if option.choices else values[:1]


def first_degrees(card: TechniqueCard) -> dict[str, int]:
    """The ranks with which a technique is tried first: as many as it offers first, or as fit what it needs."""
    if card.option is None:
        return {card.key: next(iter(card.offered), card.minimum)} if card.key else {}
    owner = next((techniques()[key] for key in owners_of(card.key)), None)
    return first_degrees(owner) if owner is not None else {}


def first_mode(card: TechniqueCard) -> ComputeMode | None:
    """The mode in which a technique is shown first; None where its card offers none."""
    if card.option is None:
        return make_mode("cpu", first_degrees(card), {}) if card.offered or not card.key else None
    value = next(iter(_other_values(card.option)), None)
    return make_mode("cpu", first_degrees(card), {card.key: value}) if value is not None else None


def modes_that_fit(workload: str, knobs: Knobs, *ranks: int, precision: str) -> list[ComputeMode]:
    """Every mode on so many ranks that the workload's model allows."""
    found = [mode for count in ranks for mode in every_mode(count, precision=precision)]
    facts = facts_of(workload, knobs)
    return [mode for mode in found if not why_not(mode, facts)]


def offered_modes(hardware: HardwareReport) -> tuple[ModeOffer, ...]:
    """What `gearshift modes` lists: threads, devices, techniques, precisions, each with its reason if absent."""
    modes = [ComputeMode(threads=count) for count in range(1, hardware.usable_cores + 1)]
    for device in hardware.devices:
        if device.device != "cpu":
            modes.append(ComputeMode(device=device.device))
    for card in techniques().values():
        modes += [ComputeMode(degrees=((card.key, degree),)) for degree in card.offered if card.key]
        settings: list[tuple[str, int | str]] = []
        settings += [(option.key, choice) for option in card.options for choice in option.choices]
        if card.option is not None:
            settings += [(card.key, value) for value in card.option.values if value != card.option.default]
        modes += [make_mode("cpu", first_degrees(card), {key: value}) for key, value in settings]
    modes += [ComputeMode(threads=1, precision=precision) for precision in PRECISIONS if precision != "fp32"]
    offers = []
    for mode in dict.fromkeys(modes):
        crowded = mode.device == "cpu" and mode.world_size > hardware.usable_cores
        remarks = [f"not exact: {card.differs}" for card in mode.cards if card.differs]
        remarks += [f"{mode.world_size} ranks share {hardware.usable_cores} cores"] if crowded else []
        reason = why_not(mode, hardware=hardware) or ""
        offers.append(ModeOffer(mode=mode.text, words=mode.words, reason=reason, remark="; ".join(remarks)))
    return tuple(offers)


def combinations() -> list[dict[str, int]]:
    """Techniques that go together, two ranks of each, outermost first: all pairs, then all of three, and so on."""
    found: list[dict[str, int]] = []
    ranks = 4
    while more := [way for way in _ways(_with_ranks(), ranks) if 2 ** len(way) == ranks and _goes(way)]:
        found += [dict(make_mode("cpu", way, {}).degrees) for way in more]
        ranks *= 2
    return found


def _goes(degrees: dict[str, int]) -> bool:
    try:
        make_mode("cpu", degrees, {})
    except RequestError:
        return False
    return True


def _with_ranks() -> list[TechniqueCard]:
    """Techniques that have ranks of their own."""
    return [card for card in techniques().values() if card.key and card.option is None]


def _ways(cards: list[TechniqueCard], ranks: int) -> Iterator[dict[str, int]]:
    """Choices of techniques and degrees, each at least 2, whose product is `ranks`."""
    for index, card in enumerate(cards):
        for degree in range(2, ranks + 1):
            if ranks % degree or degree > card.maximum:
                continue
            if degree == ranks:
                yield {card.key: degree}
                continue
            for rest in _ways(cards[index + 1 :], ranks // degree):
                if prod(rest.values()) * degree == ranks:
                    yield {card.key: degree, **rest}
