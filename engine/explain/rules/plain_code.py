"""What the same model in another code makes of a step: Python's numbers, numpy's matrices, torch's operations.

What a step of torch spends on calls alone is seen by leaving out the work: one sample goes through the same operations.

    forward and backward:   on a batch  b_s      on one sample  1_s      1_s near b_s: what takes time are the calls
"""

from engine.config import roles
from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.explain.rules.comparing import FASTER, SLOWER, compared, joined, rates
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.verdict import Figure, Rule, Verdict
from engine.metrics.mode_measure import factor

MANY_CALLS = 1 / 3
"""Of what forward and backward take, what they take on one sample, from which on that is said."""
BY_NUMBER = "python"
"""The code that makes an object of every number."""


def _in_other_codes(facts: Facts) -> list[ModeFacts]:
    def but_for_code(mode: ComputeMode) -> tuple[object, ...]:
        options = tuple(pair for pair in mode.options if pair[0] not in roles.languages())
        return mode.device, mode.threads_per_rank, mode.precision, mode.degrees, options

    now = facts.now.mode
    return [
        other
        for other in facts.others
        if roles.language(other.mode) != roles.language(now) and but_for_code(other.mode) == but_for_code(now)
    ]


def _why_slow(slow: ModeFacts) -> tuple[Sentence, tuple[Figure, ...]] | None:
    """What a slow code spends its time on, where that is known."""
    code = roles.language(slow.mode)
    if code == BY_NUMBER:
        return Sentence("Python makes an object of every number."), ()
    calls = slow.calls
    if calls is None and code == roles.language(ComputeMode()):
        return Sentence("How much of the time in {code} goes into calling operations was not measured.", code=code), ()
    if calls is None or not calls.operations or slow.batch_size is None or calls.sample_s < MANY_CALLS * calls.batch_s:
        return None
    each_s = calls.sample_s / calls.operations
    text = Sentence(
        "In {code} about {share:.0%} of the time goes into calling operations: one sample alone takes that much of "
        "the time of all {count}.",
        code=code,
        share=calls.sample_s / calls.batch_s,
        count=slow.batch_size,
    )
    return text, (
        Figure(name=Sentence("operations on one sample, {code}", code=code), value=calls.operations),
        Figure(name=Sentence("an operation on one sample, {code}", code=code), value=each_s, unit="s"),
    )


def _passes(*modes: ModeFacts) -> tuple[Figure, ...]:
    """What forward and backward take in each code, on the batch and on one sample, where that was timed."""
    return tuple(
        figure
        for mode in modes
        if mode.calls is not None
        for figure in (
            Figure(
                name=Sentence("forward and backward, {code}", code=roles.language(mode.mode)),
                value=mode.calls.batch_s,
                unit="s",
            ),
            Figure(
                name=Sentence("the same on one sample, {code}", code=roles.language(mode.mode)),
                value=mode.calls.sample_s,
                unit="s",
            ),
        )
    )


def _in_another_code(facts: Facts) -> Verdict | None:
    """The same model in another code: beside the one compared with, and beside the fastest other."""
    now, others = facts.now, _in_other_codes(facts)
    if not others:
        return None
    fastest = max(others, key=lambda other: other.units_per_s)
    speed = compared(now, fastest)
    values = {"mode": now.name, "speed": factor(speed), "then": roles.language(fastest.mode)}
    beside: tuple[ModeFacts, ...] = (fastest,)
    text = Sentence("{mode}: ×{speed} of {then}.", **values)
    if facts.baseline in others and facts.baseline != fastest:
        assert facts.baseline is not None
        beside = (facts.baseline, fastest)
        first = {
            "first": factor(compared(now, facts.baseline)),
            "baseline": roles.language(facts.baseline.mode),
        }
        template = (
            "{mode}: ×{first} of {baseline}, but ×{speed} of {then}."
            if speed <= SLOWER
            else "{mode}: ×{first} of {baseline}, and ×{speed} of {then}."
        )
        text = Sentence(template, **values, **first)
    figures = (*rates(now, *beside), *_passes(now, *beside))
    if not SLOWER < speed < FASTER and (why := _why_slow(now if speed <= SLOWER else fastest)) is not None:
        text, figures = joined(text, why[0]), figures + why[1]
    return Verdict(rule="another-code", text=text, figures=figures, then=beside[0])


CODE = Rule(
    key="another-code",
    condition="The same mode was measured in another code of the same model. What calls take is said of torch, where "
    "it is the slower one, and forward and backward on one sample take at least a third of what they take on all; or "
    "that it was not measured.",
    judge=_in_another_code,
    is_of_both_modes=True,
)
