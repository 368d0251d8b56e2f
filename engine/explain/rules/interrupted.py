"""Where some steps of a mode with more threads are interrupted: its typical step beside its average one.

on average  = rate with more threads / with fewer              typical = median step with fewer threads / with more
interrupted : steps vary by 20 % and more, and typical is at least 1.15 times what it is on average, and at least 1.2

Then no law on how a step splits is told by averages: they hold what came between. Once that is said its limits are a
fifth kinder. By how much steps vary is among the figures: it is another percent every second, which no class can hold
on to. Who interrupts is said where it was measured: processes of Gearshift, or others, that took cores which the
threads wanted.
"""

from engine.errors import Sentence
from engine.explain.rules.comparing import compared, joined, rates
from engine.explain.rules.even import doubts
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.machine import is_contended
from engine.explain.rules.own import OWN_CORES, is_short, own_cores, own_figures, takes, took
from engine.explain.rules.verdict import Figure, Verdict
from engine.metrics.mode_measure import factor

INTERRUPTED, WANDERING = "interrupted", "wandering"
"""By these words a verdict knows that it says so; and that it reckons with steps that vary by much."""
WANDERS, CLEARLY, LEAST = 0.2, 0.15, 0.2
"""From so much on steps vary by much; typical is clearly more than on average; and it is clearly faster at all."""
STILL = 0.8


def _kinder(word: str, facts: Facts) -> float:
    return STILL if word in facts.told else 1.0


def wanders(few: ModeFacts, more: ModeFacts, facts: Facts) -> bool:
    """Whether steps of one of two modes vary so much that a mean of few of them is no figure to reckon with."""
    return max(few.vary or 0.0, more.vary or 0.0) >= WANDERS * _kinder(WANDERING, facts)


def typical(few: ModeFacts, more: ModeFacts) -> float | None:
    """How fast a typical step is with more threads, of one with fewer; None where that was not measured."""
    return few.median_s / more.median_s if few.median_s and more.median_s else None


def is_interrupted(few: ModeFacts, more: ModeFacts, facts: Facts) -> bool:
    """Whether the steps with more threads are so unlike that their average says nothing of how a step splits."""
    speed, kinder = typical(few, more), _kinder(INTERRUPTED, facts)
    if speed is None or (more.vary or 0.0) < WANDERS * kinder:
        return False
    return speed >= max((1 + CLEARLY * kinder) * compared(more, few), 1 + LEAST * kinder)


def _is_known_by_whom(more: ModeFacts, cores: int | None) -> bool:
    """Whether it was measured that somebody took cores which the threads wanted."""
    taken, wanted = own_cores(more) + (more.other_cores or 0.0), more.mode.threads_per_rank
    return cores is not None and taken >= OWN_CORES and wanted + taken > cores


def told(rule: str, few: ModeFacts, more: ModeFacts, facts: Facts) -> Verdict:
    """Say of the mode in force, one of the two, what more threads make of a step, and what took their cores."""
    is_more = more is facts.now
    now, then = (more, few) if is_more else (few, more)
    text = (_of_more if is_more else _of_fewer)(few, more, facts)
    if is_short(more, facts.cores) and not is_contended(more, facts.cores):
        text = joined(text, (takes if is_more else took)(more, facts.cores or 0))
    figures = (*rates(now, then), *doubts(now, then), *step_figures(few, more), *_taken(more, facts))
    tells = frozenset({INTERRUPTED, WANDERING})
    return Verdict(rule=rule, text=text, figures=figures, then=then, tells=tells)


def _of_more(few: ModeFacts, more: ModeFacts, facts: Facts) -> Sentence:
    values = _values(few, more) | {"mode": more.name, "then": few.name, "speed": factor(compared(more, few))}
    template = (
        "{mode}: ×{speed} of {then} on average; half of its steps are ×{typical} and more, the others are interrupted."
        if _is_known_by_whom(more, facts.cores)
        else "{mode}: ×{speed} of {then} on average; half of its steps are ×{typical} and more, the others take longer."
    )
    return Sentence(template, **values)


def _of_fewer(few: ModeFacts, more: ModeFacts, facts: Facts) -> Sentence:
    values = _values(few, more) | {"mode": few.name, "then": more.name, "speed": factor(compared(few, more))}
    template = (
        "{mode}: ×{speed} of {then} on average. With {then} half of the steps were ×{typical} as fast and more, the "
        "others were interrupted."
        if _is_known_by_whom(more, facts.cores)
        else "{mode}: ×{speed} of {then} on average. With {then} half of the steps were ×{typical} as fast and more, "
        "the others took longer."
    )
    return Sentence(template, **values)


def _values(few: ModeFacts, more: ModeFacts) -> dict[str, object]:
    return {"typical": factor(typical(few, more) or 0.0)}


def step_figures(few: ModeFacts, more: ModeFacts) -> tuple[Figure, ...]:
    """How fast steps are with more threads on average and typically, and a typical step of each mode."""
    speed = typical(few, more)
    if speed is None:
        return ()
    return (
        Figure(name=Sentence("{mode}, on average", mode=more.name), value=compared(more, few), unit="times"),
        Figure(name=Sentence("{mode}, a typical step", mode=more.name), value=speed, unit="times"),
        *(
            Figure(name=Sentence("a typical step, {mode}", mode=each.name), value=each.median_s or 0.0, unit="s")
            for each in (more, few)
        ),
    )


def _taken(more: ModeFacts, facts: Facts) -> tuple[Figure, ...]:
    """What took the cores meanwhile, as far as it was measured, and is not told by the sentence before all else."""
    figures = own_figures(more, facts.cores or 0)
    if more.other_cores is None or (more is facts.now and is_contended(more, facts.cores)):
        return figures
    name = Sentence("other programs beside {mode}", mode=more.name)
    return (*figures, Figure(name=name, value=more.other_cores, unit="cores"))
