"""Whether two modes clearly differ in how fast they are, and what of a small model speaks against sharing it.

no clear difference : |speed - 1| at most 5 %, or what the two rates may be off together, whichever is more
                      (`engine/metrics/spread.py`); once that is said, until it is a quarter more
too short to share  : forward and backward / operations of torch in them     below 50 µs each, on average
"""

from engine.errors import Sentence
from engine.explain.rules.comparing import compared
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.verdict import Figure, seconds
from engine.metrics.mode_measure import factor
from engine.metrics.spread import clear_from
from engine.rows import PHASES

EVEN = "even"
"""By this word a verdict knows that it says so."""
STILL = 1.25
VARIES, WIDELY = 0.05, 1.0
"""By less than that, as a part of the median, steps are not said to vary; from so much on, the number says nothing."""
SHORT_OPERATION_S = 50e-6
PASSES = tuple(map(PHASES.index, ("forward", "backward")))


def is_even(facts: Facts, then: ModeFacts) -> bool:
    """Whether the mode in force is neither clearly faster nor clearly slower than another one."""
    limit = clear_from(facts.now.off, then.off) * (STILL if EVEN in facts.told else 1.0)
    return abs(compared(facts.now, then) - 1) <= limit


def no_difference(now: ModeFacts, then: ModeFacts) -> Sentence:
    """Say in words that two modes do not clearly differ, and that steps vary, where they do."""
    values = {"mode": now.name, "then": then.name, "speed": factor(compared(now, then))}
    varies = variation(now.vary)
    if varies is None:
        return Sentence("{mode}: no clear difference from {then} (×{speed}).", **values)
    return Sentence("{mode}: no clear difference from {then} (×{speed}; {varies}).", **values, varies=varies)


def variation(vary: float | None) -> Sentence | None:
    """By how much steps of a mode vary, in words, as every panel has them; None where they hardly do."""
    if vary is None or vary < VARIES:
        return None
    if vary >= WIDELY:
        return Sentence("steps vary widely")
    return Sentence("steps vary by ±{vary:.0%}", vary=vary)


def doubts(*modes: ModeFacts) -> tuple[Figure, ...]:
    """By how much steps of each mode vary, and its rate may be off, as figures."""
    return tuple(
        Figure(name=Sentence(name, mode=mode.name), value=value, unit="share")
        for mode in modes
        for name, value in (("steps vary, {mode}", mode.vary), ("the rate may be off, {mode}", mode.off))
        if value is not None and value >= 0.005
    )


def operation_s(mode: ModeFacts) -> float | None:
    """What an operation of torch takes on average in forward and backward; None where that was not measured."""
    if not mode.operations or not mode.phase_s:
        return None
    return sum(mode.phase_s[phase] for phase in PASSES) / mode.operations


def too_short(few: ModeFacts) -> tuple[Sentence, tuple[Figure, ...]] | None:
    """Say in words that operations are too short to share, where those of the mode with fewer threads or ranks are."""
    each_s = operation_s(few)
    if each_s is None or each_s >= SHORT_OPERATION_S:
        return None
    text = Sentence("Its operations are too short to share: {each} each on average.", each=seconds(each_s))
    return text, (
        Figure(name="operations in forward and backward", value=few.operations or 0),
        Figure(name=Sentence("an operation, {mode}", mode=few.name), value=each_s, unit="s"),
    )
