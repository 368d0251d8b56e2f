"""Every mode that the techniques found in `engine/rank/modes/` allow with so many ranks, alone and combined.

Lists, tests and benchmarks take modes from here, so a new technique is in all of them.
"""

from collections.abc import Iterator
from math import prod

import msgspec

from engine.config.cards import TechniqueCard, techniques
from engine.config.fits import Knobs, facts_of, why_not
from engine.config.hardware import HardwareReport
from engine.config.mode import PRECISIONS, ComputeMode, make_mode
from engine.errors import RequestError


class ModeOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A mode for a menu: its text, its words, and why not, where it cannot be had ("" where it can)."""

    mode: str
    words: str
    reason: str
    remark: str = ""


def every_mode(ranks: int, device: str = "cpu", precision: str = "fp32") -> list[ComputeMode]:
    """Each way to make `ranks` of techniques that go together, with each choice of each option."""
    found: dict[str, ComputeMode] = {}
    cards = [card for card in techniques().values() if card.key]
    for degrees in _ways(cards, ranks):
        options = [option for key in degrees for option in techniques()[key].options if option.choices]
        settings: list[dict[str, int | str]] = [{}]
        settings += [{option.key: choice} for option in options for choice in option.choices]
        for given in settings:
            try:
                mode = make_mode(device, degrees, given, None, precision)
            except RequestError:
                continue
            found[mode.text] = mode
    return list(found.values())


def modes_that_fit(workload: str, knobs: Knobs, *ranks: int, precision: str) -> list[ComputeMode]:
    """Every mode on so many ranks that the workload's model allows."""
    found = [mode for count in ranks for mode in every_mode(count, precision=precision)]
    facts = facts_of(workload, knobs)
    return [mode for mode in found if not why_not(mode, facts)]


def is_exact(mode: ComputeMode) -> bool:
    """Its mathematics is that of the single process (Hogwild's is not)."""
    return all(techniques()[key].exact for key in mode.keys)


def offered_modes(hardware: HardwareReport) -> tuple[ModeOffer, ...]:
    """What `gearshift modes` lists: threads, devices, techniques, precisions, each with its reason if absent."""
    modes = [ComputeMode(threads=count) for count in range(1, hardware.usable_cores + 1)]
    for device in hardware.devices:
        if device.device != "cpu":
            modes.append(ComputeMode(device=device.device))
    for card in techniques().values():
        modes += [ComputeMode(degrees=((card.key, degree),)) for degree in card.offered if card.key]
        modes += [
            make_mode("cpu", {card.key: next(iter(card.offered), card.minimum)}, {option.key: choice})
            for option in card.options
            for choice in option.choices
        ]
    modes += [ComputeMode(threads=1, precision=precision) for precision in PRECISIONS if precision != "fp32"]
    offers = []
    for mode in dict.fromkeys(modes):
        crowded = mode.device == "cpu" and mode.world_size > hardware.usable_cores
        remark = f"{mode.world_size} ranks share {hardware.usable_cores} cores" if crowded else ""
        reason = why_not(mode, hardware=hardware) or ""
        offers.append(ModeOffer(mode=mode.text, words=mode.words, reason=reason, remark=remark))
    return tuple(offers)


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
