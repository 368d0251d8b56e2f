"""What is said where no other rule knows: how fast the mode is, beside the one that others are compared with."""

from engine.errors import Sentence
from engine.explain.rules.comparing import compared, joined, plainly, rates
from engine.explain.rules.facts import Facts
from engine.explain.rules.machine import is_contended, uses
from engine.explain.rules.own import own_figures
from engine.explain.rules.verdict import Figure, Rule, Verdict
from engine.metrics.mode_measure import factor


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
    is_slowed_by_us=True,
)


def _baseline(facts: Facts) -> Verdict | None:
    """The mode that others are compared with, itself."""
    if facts.baseline is not None:
        return None
    now, former = facts.now, facts.former
    template = (
        "{mode}: this is what other modes at this batch size are compared with."
        if facts.names_batch
        else "{mode}: this is what the run's other modes are compared with."
    )
    text, figures = joined(Sentence(template, mode=now.name), uses(facts)), rates(now)
    if facts.cores is not None and now.mode.device == "cpu":
        figures += own_figures(now, facts.cores)
    if former is not None and not is_contended(former, facts.cores) and not is_contended(facts.now, facts.cores):
        size, speed = f"{former.batch_size:,}", compared(now, former)
        text = joined(text, Sentence("Its rate is ×{speed} of that at batch {size}.", speed=factor(speed), size=size))
        figures += (Figure(name=Sentence("rate at batch {size}", size=size), value=former.units_per_s, unit="/s"),)
    return Verdict(rule="baseline", text=text, figures=figures)


BASELINE = Rule(
    key="baseline",
    condition="No other rule knows, and the mode is the one that others are compared with.",
    judge=_baseline,
)
