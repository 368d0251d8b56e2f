"""What more threads, or fewer, make of the same mode, and in which phases of a step the rest is.

interrupted : some steps take much longer than a typical one (`interrupted.py`): no law is told by their average
Amdahl   : f of the step does not split (`amdahl.py`), by typical steps where they vary by much, else by rates
           where window and evaluator take cores that the threads want, n is what they leave: f is that at most
a phase  : speed = its seconds with fewer threads / with more,   rest = its seconds with more - with fewer / n

A phase is named where its rest is a tenth of all, and is no chance: at least twice its standard error, which is that of
the mean of the steps taken apart. In the sentence phases stand in the order of a step; one that is named stays so until
its rest is half as much. What a phase loses on memory that its threads share, and what on waiting for each other, no
clock here tells apart, so nothing is said of it; that operations are too short to share is (`even.py`).
"""

from collections.abc import Callable
from math import hypot
from typing import NamedTuple

from engine.errors import Sentence
from engine.explain.rules import amdahl, interrupted
from engine.explain.rules.comparing import FASTER, SLOWER, compared, joined, like, rates
from engine.explain.rules.even import EVEN, doubts, is_even, no_difference, too_short
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.interrupted import WANDERING, is_interrupted, step_figures, typical, wanders
from engine.explain.rules.machine import is_contended, uses, while_it_ran
from engine.explain.rules.own import OWN, is_much, is_short, own_figures, slowed, takes, took
from engine.explain.rules.verdict import Figure, Rule, Verdict, seconds
from engine.metrics.mode_measure import factor
from engine.rows import PHASES

SHORT_STEP_S = 5e-3
NEARLY = 0.95
LEAST_LEFT = 1.2
"""Where there are cores for fewer times the threads than that, Amdahl's law says nothing."""
NAMED, NAMED_SHARE = 2, 0.1
"""At most so many phases are named, each of which has at least that share of the rest."""
SURE, CERTAIN = 2.0, 0.05
"""Of a phase that is named: its rest, in standard errors, at least; and the error of its seconds at most, of them."""
ALIKE = 0.05
"""A phase that is no more than that faster or slower is said to be no faster."""


class _Rest(NamedTuple):
    """Phases that have most of the rest, by how much faster each became, in words, and their figures."""

    text: Sentence
    figures: tuple[Figure, ...]
    named: tuple[int, ...]


class _Split(NamedTuple):
    """What of a step does not split, in words, with its figures, the phases that it names, and the share it tells."""

    text: Sentence
    figures: tuple[Figure, ...] = ()
    named: tuple[int, ...] = ()
    share: float | None = None


def _with(text: Sentence, figures: tuple[Figure, ...], rest: _Rest) -> _Rest:
    return _Rest(joined(text, rest.text), figures + rest.figures, rest.named)


def _rest(few: ModeFacts, more: ModeFacts, ideal: float, before: tuple[int, ...]) -> _Rest | None:
    """What most of the rest is in; `before` are phases that are named already. None: not measured, or not sure."""
    if not few.phase_s or not more.phase_s:
        return None
    rest = [after - before_s / ideal for before_s, after in zip(few.phase_s, more.phase_s, strict=True)]
    least = max(1e-9, NAMED_SHARE * sum(seconds for seconds in rest if seconds > 0))
    order = sorted(range(len(rest)), key=lambda phase: (phase not in before, -rest[phase]))
    wanted = {phase: least / 2 if phase in before else least for phase in order}
    sure = [phase for phase in order if rest[phase] >= wanted[phase] and _is_sure(phase, few, more, ideal, before)]
    named = tuple(sorted(sure[:NAMED]))
    said: list[Sentence] = []
    figures: list[Figure] = []
    for phase in named:
        name, speed = Sentence(PHASES[phase]), few.phase_s[phase] / more.phase_s[phase]
        said.append(_became(name, speed))
        figures.append(Figure(name=Sentence("{phase}, by more threads", phase=name), value=speed, unit="times"))
        figures.append(Figure(name=Sentence("{phase}, beyond its part", phase=name), value=rest[phase], unit="s"))
    if not said:
        return None
    text = Sentence("With {mode} {first}.", mode=more.name, first=said[0])
    if len(said) > 1:
        text = Sentence("With {mode} {first}, and {then}.", mode=more.name, first=said[0], then=said[1])
    return _Rest(text, tuple(figures), named)


def _became(phase: Sentence, speed: float) -> Sentence:
    """What more threads made of a phase, in words that can be read aloud."""
    if speed < 1 - ALIKE:
        return Sentence("{phase} takes ×{longer} as long", phase=phase, longer=factor(1 / speed))
    if speed < 1 + ALIKE:
        return Sentence("{phase} is no faster", phase=phase)
    return Sentence("{phase} is only ×{speed} as fast", phase=phase, speed=factor(speed))


def _left(more: ModeFacts, cores: int | None, ideal: float) -> float | None:
    """How many times the threads there are cores for, where window and evaluator leave too few; None: for all."""
    if cores is None or not is_short(more, cores):
        return None
    left = ideal / slowed(more, cores)
    return left if left > LEAST_LEFT else None


def _beside_us(
    more: ModeFacts, few: ModeFacts, told: Callable[[ModeFacts, int], Sentence], speed: float, left: float, facts: Facts
) -> _Split:
    """What window and evaluator took of the cores that more threads wanted, and what of the step does not split."""
    cores = facts.cores or 0
    is_wide = wanders(few, more, facts)
    share = amdahl.told(speed, left, at_most=True, wanders=is_wide, before=facts.share)
    text, figures = told(more, cores), (*own_figures(more, cores), amdahl.figure(share, at_most=True))
    if speed >= NEARLY * left:
        return _Split(text, figures)
    rest = None if is_wide else _rest(few, more, left, facts.named)
    whole = amdahl.percent(share, at_most=True)
    text = joined(text, Sentence("Beyond that, by Amdahl's law, {whole} of the step does not split.", whole=whole))
    return _Split(text, figures, share=share) if rest is None else _Split(*_with(text, figures, rest), share)


def _by_amdahl(few: ModeFacts, more: ModeFacts, ideal: float, left: float | None, facts: Facts) -> _Split:
    """What of a step does not split, to be put behind what is said of the speed; of a typical one where they vary.

    What is typical was left its cores: then it is reckoned with all of them.
    """
    at_most, speed = left is not None, compared(more, few)
    figures = own_figures(more, facts.cores or 0) if at_most else ()
    by_steps = typical(few, more) if (is_wide := wanders(few, more, facts)) else None
    if by_steps is not None:
        figures, left, speed = (*figures, *step_figures(few, more)), None, by_steps
    share = amdahl.told(speed, left or ideal, at_most=at_most, wanders=is_wide, before=facts.share)
    template = (
        "by Amdahl's law {whole} of the step does not split."
        if by_steps is None
        else "by Amdahl's law {whole} of a typical step does not split."
    )
    text = Sentence(template, whole=amdahl.percent(share, at_most=at_most))
    return _Split(text, (*figures, amdahl.figure(share, at_most=at_most)), share=share)


def _is_sure(phase: int, few: ModeFacts, more: ModeFacts, ideal: float, before: tuple[int, ...]) -> bool:
    """Whether a phase was measured well enough for its figures to stand, and its rest is no chance."""
    if few.phase_s[phase] <= 0 or more.phase_s[phase] <= 0:
        return False
    if not few.phase_error or not more.phase_error:
        return True
    errors = few.phase_error[phase], more.phase_error[phase]
    error_s = hypot(errors[0] * few.phase_s[phase] / ideal, errors[1] * more.phase_s[phase])
    rest_s = more.phase_s[phase] - few.phase_s[phase] / ideal
    kinder = 2.0 if phase in before else 1.0
    return hypot(*errors) <= CERTAIN * kinder and rest_s >= SURE / kinder * error_s


def _threads(facts: Facts) -> Verdict | None:
    """More threads than in the same mode before: by Amdahl's law, what of the step does not split."""
    now, count = facts.now, facts.now.mode.threads_per_rank
    fewer = [other for other in like(facts, "threads") if other.mode.threads_per_rank < count]
    if not fewer or now.mode.device != "cpu":
        return None
    then = facts.baseline if facts.baseline in fewer else min(fewer, key=lambda other: other.mode.threads_per_rank)
    if is_interrupted(then, now, facts):
        return interrupted.told("threads", then, now, facts)
    ideal, speed = count / then.mode.threads_per_rank, compared(now, then)
    left = _left(now, facts.cores, ideal)
    split, figures = left or ideal, (*rates(now, then), *doubts(now, then))
    is_ours = left is not None and SLOWER < speed < NEARLY * ideal and is_much(now, facts, speed, ideal)
    is_beside, is_same = is_contended(now, facts.cores), is_even(facts, then)
    named: tuple[int, ...] = ()
    short, is_wide = too_short(then), wanders(then, now, facts)
    rest = None if is_wide else _rest(then, now, ideal if is_beside or speed <= SLOWER else split, facts.named)
    values = {"mode": now.name, "speed": factor(speed), "then": then.name, "times": f"{ideal:g}"}
    tells = frozenset({EVEN} if is_same else {OWN} if is_ours and not is_beside else ())
    tells |= {WANDERING} if is_wide else frozenset()
    share: float | None = None
    if is_same:
        text, rest = no_difference(now, then), None
        figures += own_figures(now, facts.cores or 0) if left is not None else ()
        text = joined(text, short[0] if short is not None and not is_beside else None)
    elif is_beside:  # what does not split, and what slows down, may be their doing
        text = Sentence("{mode}: ×{speed} of {then}.", **values)
    elif left is not None and is_ours:
        found = _beside_us(now, then, takes, speed, left, facts)
        text = Sentence("{mode}: ×{speed} of {then}, not ×{times}.", **values)
        text, figures, named, rest = joined(text, found.text), figures + found.figures, found.named, None
        share = found.share
    elif speed >= NEARLY * ideal:
        text, rest = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values), None
    elif speed > SLOWER:
        found = _by_amdahl(then, now, ideal, left, facts)
        text = Sentence("{mode}: ×{speed} of {then}, not ×{times}: {law}", law=found.text, **values)
        figures, share = figures + found.figures, found.share
    elif short is not None:
        text, rest = joined(Sentence("{mode} are slower here, ×{speed} of {then}.", **values), short[0]), None
    elif now.step_s < SHORT_STEP_S:
        text, rest = (
            Sentence(
                "{mode} are slower here, ×{speed} of {then}: a step of {step} is too short to share.",
                step=seconds(then.step_s),
                **values,
            ),
            None,
        )
    else:
        text = Sentence("{mode} are slower here, ×{speed} of {then}.", **values)
    if rest is not None:
        text, figures, named = joined(text, rest.text), figures + rest.figures, rest.named
    if short is not None:
        figures += short[1]
    why = short[0] if short is not None else None
    return Verdict(
        rule="threads", text=text, figures=figures, named=named, then=then, tells=tells, why=why, share=share
    )


THREADS = Rule(
    key="threads",
    condition="The same mode was measured with fewer threads.",
    judge=_threads,
)


def _fewer_threads(facts: Facts) -> Verdict | None:
    """Fewer threads than in the same mode before: what the others were good for."""
    now, count = facts.now, facts.now.mode.threads_per_rank
    more = [other for other in like(facts, "threads") if other.mode.threads_per_rank > count]
    if not more or now.mode.device != "cpu":
        return None
    then = facts.baseline if facts.baseline in more else max(more, key=lambda other: other.mode.threads_per_rank)
    assert then is not None
    if is_interrupted(now, then, facts):
        return interrupted.told("fewer-threads", now, then, facts)
    ideal, speed = then.mode.threads_per_rank / count, compared(now, then)
    left = _left(then, facts.cores, ideal)
    is_wide = wanders(now, then, facts)
    tells = frozenset({WANDERING} if is_wide else ())
    figures, short = (*rates(now, then), *doubts(now, then)), too_short(now)
    named: tuple[int, ...] = ()
    why = short[0] if short is not None else None
    values = {"mode": now.name, "speed": factor(speed), "then": then.name, "ideal": factor(1 / ideal)}
    if short is not None:
        figures += short[1]
    if is_even(facts, then):
        text, tells = joined(no_difference(now, then), why), tells | {EVEN}
        return Verdict(rule="fewer-threads", text=text, figures=figures, then=then, tells=tells, why=why)
    if speed >= FASTER:
        text = Sentence("{mode}: ×{speed} of {then}: to share a step costs more here than it saves.", **values)
        if is_contended(then, facts.cores):  # then sharing may have cost nothing
            text = joined(while_it_ran(then), Sentence("{mode}: ×{speed} of {then}.", **values))
        return Verdict(rule="fewer-threads", text=text, figures=figures, then=then, tells=tells, why=why)
    if left is not None and is_much(then, facts, 1 / speed, ideal) and 1 / speed < NEARLY * ideal:
        found = _beside_us(then, now, took, 1 / speed, left, facts)
        text = joined(Sentence("{mode}: ×{speed} of {then}, not ×{ideal}.", **values), found.text)
        figures += found.figures
        return Verdict(
            rule="fewer-threads",
            text=text,
            figures=figures,
            named=found.named,
            then=then,
            tells=tells | {OWN},
            share=found.share,
        )
    found = _by_amdahl(now, then, ideal, left, facts)
    figures += found.figures
    text = Sentence("{mode}: ×{speed} of {then}, not ×{ideal}: {law}", law=found.text, **values)
    if 1 / speed >= NEARLY * ideal:
        text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
    elif not is_wide and (rest := _rest(now, then, left or ideal, facts.named)) is not None:
        text, figures, named = _with(text, figures, rest)
    text = joined(text, uses(facts))
    return Verdict(
        rule="fewer-threads",
        text=text,
        figures=figures,
        named=named,
        then=then,
        tells=tells,
        why=why,
        share=found.share,
    )


FEWER_THREADS = Rule(
    key="fewer-threads",
    condition="The same mode was measured with more threads, and not with fewer.",
    judge=_fewer_threads,
)
