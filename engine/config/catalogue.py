"""Every mode that the techniques found in `engine/rank/modes/` allow with so many ranks, alone and combined.

Lists, tests and benchmarks take modes from here, so a new technique is in all of them.
"""

from collections.abc import Iterator
from math import prod

from engine.config.cards import TechniqueCard, techniques
from engine.config.fits import Knobs, why_unfit_spec
from engine.config.mode import ComputeMode, make_mode
from engine.errors import RequestError


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
    return [mode for mode in found if not why_unfit_spec(workload, knobs, mode)]


def is_exact(mode: ComputeMode) -> bool:
    """Its mathematics is that of the single process (Hogwild's is not)."""
    return all(techniques()[key].exact for key in mode.keys)


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
