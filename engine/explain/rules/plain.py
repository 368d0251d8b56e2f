"""What is said where no other rule knows: how fast the mode is, beside the one that others are compared with."""

from engine.errors import Sentence
from engine.explain.rules.comparing import joined, plainly, rates
from engine.explain.rules.facts import Facts
from engine.explain.rules.machine import uses
from engine.explain.rules.verdict import Rule, Verdict


def _plain(facts: Facts) -> Verdict | None:
    """The mode beside the one that others are compared with."""
    if facts.baseline is None:
        return None
    return Verdict(rule="plain", text=plainly(facts.now, facts.baseline), figures=rates(facts.now, facts.baseline))


PLAIN = Rule(
    key="plain",
    condition="No other rule knows, and there is a mode to compare with.",
    judge=_plain,
    is_of_both_modes=True,
)


def _baseline(facts: Facts) -> Verdict | None:
    """The mode that others are compared with, itself."""
    if facts.baseline is not None:
        return None
    now = facts.now
    text = Sentence("{mode}: this is what the run's other modes are compared with.", mode=now.name)
    return Verdict(rule="baseline", text=joined(text, uses(facts)), figures=rates(now))


BASELINE = Rule(
    key="baseline",
    condition="No other rule knows, and the mode is the one that others are compared with.",
    judge=_baseline,
)
