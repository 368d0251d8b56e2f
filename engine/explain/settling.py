"""What is waited for until a verdict can be told, in words: so that a line without a verdict is not an empty one."""

from engine.errors import Sentence
from engine.metrics.steadiness import Steadiness


def settling(steady: Steadiness, taken_apart: int, wanted: int, *, is_sampled: bool) -> Sentence:
    """What is missing still: steps, a steady rate, `wanted` steps taken apart, or a look at the machine."""
    if not steady.has_enough:
        return Sentence(
            "Settling: {made} of {wanted} steps.", made=f"{steady.steps:,}", wanted=f"{steady.steps_wanted:,}"
        )
    if not steady.is_settled:
        return Sentence("Settling: the rate still changes.")
    if taken_apart < wanted:
        return Sentence("Settling: {made} of {wanted} steps are taken apart.", made=taken_apart, wanted=wanted)
    return Sentence("Settling.") if is_sampled else Sentence("Settling: what other programs take is being measured.")
