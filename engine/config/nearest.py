"""What is left of a mode for another workload: the mode without what that one cannot be computed in."""

from itertools import combinations

import msgspec

from engine.config.fits import WorkloadFacts, why_not
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.technique_card import TechniqueCard
from engine.errors import RequestError


def nearest(mode: ComputeMode, workload: WorkloadFacts, batch_size: int) -> ComputeMode:
    """The mode without the fewest of its techniques that the workload, in such batches, cannot be computed in.

    Device, precision and threads stay; it is `mode` itself where nothing speaks against it.
    """
    for count in range(len(mode.cards) + 1):
        for dropped in combinations(mode.cards, count):
            left = _without(mode, dropped)
            if left is not None and not why_not(left, workload, batch_size=batch_size):
                return left
    return ComputeMode(device=mode.device)


def _without(mode: ComputeMode, dropped: tuple[TechniqueCard, ...]) -> ComputeMode | None:
    """The mode without these techniques and their options; None where the others cannot be without them."""
    kept = {option.key for card in mode.cards if card not in dropped for option in card.options}
    gone = {card.key for card in dropped} | {option.key for card in dropped for option in card.options} - kept
    left = msgspec.structs.replace(
        mode,
        degrees=tuple(pair for pair in mode.degrees if pair[0] not in gone),
        options=tuple(pair for pair in mode.options if pair[0] not in gone),
    )
    try:
        return parse_mode(left.text)
    except RequestError:
        return None
