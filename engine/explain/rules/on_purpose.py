"""What was made slow on purpose: it is told before anything that was measured."""

from engine.errors import Sentence, counted
from engine.explain.rules.facts import Facts
from engine.explain.rules.verdict import Figure, Rule, Verdict, seconds


def _slowed_down(facts: Facts) -> Verdict | None:
    """Something is slow on purpose."""
    slow = facts.slowdown
    if slow is None or slow.phase == "raise" or (slow.factor <= 1 and not slow.delay_s):
        return None
    values = {"rank": slow.rank, "factor": f"{slow.factor:.3g}", "delay": seconds(slow.delay_s)}
    if slow.factor > 1 and slow.delay_s:
        text = Sentence(
            "SLOWDOWN on purpose: rank {rank} computes {factor} times as long, and messages come {delay} later.",
            **values,
        )
    elif slow.delay_s:
        text = Sentence("SLOWDOWN on purpose: every message comes {delay} later.", **values)
    elif slow.phase == "forward":
        text = Sentence(
            "SLOWDOWN on purpose: rank {rank}'s forward takes {factor} times as long; all wait for it.", **values
        )
    elif slow.phase == "backward":
        text = Sentence(
            "SLOWDOWN on purpose: rank {rank}'s backward takes {factor} times as long; all wait for it.", **values
        )
    else:
        text = Sentence("SLOWDOWN on purpose: rank {rank} computes {factor} times as long; all wait for it.", **values)
    return Verdict(rule="on-purpose", text=text, figures=_computing(facts))


def _computing(facts: Facts) -> tuple[Figure, ...]:
    """How long each rank computes now, as far as that was measured."""
    return tuple(
        Figure(name=Sentence("computing of rank {rank} in a step", rank=rank), value=work, unit="s")
        for rank, work in enumerate(facts.now.work_s)
    )


SLOWED_DOWN = Rule(
    key="on-purpose",
    condition="A rank or the link was made slow on purpose (Tools), and still is.",
    judge=_slowed_down,
    is_told_at_once=True,
)


def _held(facts: Facts) -> Verdict | None:
    """The run is held at a pace."""
    if facts.held_at_per_s is None:
        return None
    text = counted(
        "Held at one step a second on purpose: rates are of computing time, and a step after a wait takes longer.",
        "Held at {n:g} steps a second on purpose: rates are of computing time, and a step after a wait takes longer.",
        facts.held_at_per_s,
    )
    return Verdict(rule="held", text=text)


HELD = Rule(
    key="held",
    condition="Steps are shorter than the pace allows, and held back on purpose.",
    judge=_held,
    is_told_at_once=True,
)
