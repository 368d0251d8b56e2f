"""One mode beside another: how fast it is, in which figures and words.

speed    = rate now / rate of the mode compared with            slower: below 0.97        faster: 1.03 and above
"""

from engine.config.mode import ComputeMode
from engine.errors import Sentence
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.verdict import Figure, seconds
from engine.metrics.mode_measure import factor

SLOWER, FASTER = 0.97, 1.03


def compared(now: ModeFacts, then: ModeFacts) -> float:
    """How fast one mode is, of another."""
    return now.units_per_s / then.units_per_s


def rates(*modes: ModeFacts) -> tuple[Figure, ...]:
    """Rate and time a step of each mode, as figures."""
    return tuple(
        figure
        for facts in modes
        for figure in (
            Figure(name=Sentence("rate, {mode}", mode=facts.name), value=facts.units_per_s, unit="/s"),
            Figure(name=Sentence("time a step, {mode}", mode=facts.name), value=facts.step_s, unit="s"),
        )
    )


def in_short(now: ModeFacts, then: ModeFacts | None, unit: str) -> Sentence | None:
    """What a step takes, and what is trained a second, beside the mode compared with; None where there was no step.

    `unit` is what is counted of that, in the plural.
    """
    if not now.units_per_s:
        return None
    values: dict[str, object] = {
        "mode": now.name,
        "step": seconds(now.step_s),
        "rate": f"{now.units_per_s:,.0f}",
        "unit": Sentence(unit),
    }
    if then is None or not then.units_per_s:
        return Sentence("With {mode} a step takes {step}, and {rate} {unit} a second are trained.", **values)
    return Sentence(
        "With {mode} a step takes {step}, and {rate} {unit} a second are trained; with {then} it is {before}, and "
        "{other} {unit} a second.",
        **values,
        then=then.name,
        before=seconds(then.step_s),
        other=f"{then.units_per_s:,.0f}",
    )


def like(facts: Facts, but: str) -> list[ModeFacts]:
    """Other modes that differ from the one in force in `but` ("threads", "precision", "options"), and in that alone."""
    return [
        other
        for other in facts.others
        if {name for name, is_same in _same(facts.now.mode, other.mode).items() if not is_same} == {but}
    ]


def _same(one: ComputeMode, other: ComputeMode) -> dict[str, bool]:
    return {
        "threads": one.threads_per_rank == other.threads_per_rank,
        "precision": one.precision == other.precision,
        "degrees": one.degrees == other.degrees,
        "options": one.options == other.options,
        "device": one.device == other.device,
    }


def plainly(now: ModeFacts, base: ModeFacts) -> Sentence:
    """How fast a mode is, of the one compared with, and nothing else."""
    return Sentence(
        "{mode}: ×{speed} of {baseline}.", mode=now.name, speed=factor(compared(now, base)), baseline=base.name
    )


def joined(first: Sentence, then: Sentence | None) -> Sentence:
    """Two sentences as one; the first alone where there is no second."""
    return first if then is None else Sentence("{first} {then}", first=first, then=then)
