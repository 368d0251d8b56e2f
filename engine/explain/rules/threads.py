"""What more threads, or fewer, make of the same mode, and in which phases of a step the rest is.

Amdahl   : 1 / speed = f + (1 - f) / n,   f = (n / speed - 1) / (n - 1) of the step does not split
           where window and evaluator take cores that the threads want, n is what they leave: f is that at most
a phase  : speed = its seconds with fewer threads / with more,   rest = its seconds with more - with fewer / n

A phase is named where its rest is a tenth of all, and is no chance: at least twice its standard error, which is that of
the mean of the steps taken apart. In the sentence phases stand in the order of a step; one that is named stays so until
its rest is half as much. What a phase loses on memory that its threads share, and what on waiting for each other, no
clock here tells apart, so nothing is said of it; that operations are too short to share is (`even.py`).
"""

from collections.abc import Callable
from math import ceil, hypot
from typing import NamedTuple

from engine.errors import Sentence
from engine.explain.rules.comparing import FASTER, SLOWER, compared, joined, like, rates
from engine.explain.rules.even import EVEN, doubts, is_even, no_difference, too_short
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.machine import is_contended, uses, while_it_ran
from engine.explain.rules.own import OWN, is_much, is_short, own_figures, slowed, takes, took
from engine.explain.rules.verdict import Figure, Rule, Verdict, seconds
from engine.metrics.mode_measure import factor
from engine.rows import PHASES

SHORT_STEP_S = 5e-3
NEARLY = 0.95
LEAST_LEFT = 1.2
"""Where there are cores for fewer times the threads than that, Amdahl's law says nothing."""
RATE_ERROR, COARSE = 0.03, 0.05
"""To that part of it a rate is taken to be known; to so much what does not split is told, where it is no surer."""
NAMED, NAMED_SHARE = 2, 0.1
"""At most so many phases are named, each of which has at least that share of the rest."""
SURE, CERTAIN = 2.0, 0.05
"""Of a phase that is named: its rest, in standard errors, at least; and the error of its seconds at most, of them."""
ALIKE = 0.05
"""A phase that is no more than that faster or slower is said to be no faster."""


def _whole(speed: float, ideal: float) -> float:
    """Of a step, what does not split, by Amdahl's law, where `ideal` times the threads are `speed` times as fast."""
    return min(1.0, max(0.0, (ideal / speed - 1) / (ideal - 1)))


class _Rest(NamedTuple):
    """Phases that have most of the rest, by how much faster each became, in words, and their figures."""

    text: Sentence
    figures: tuple[Figure, ...]
    named: tuple[int, ...]


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


def _told(speed: float, ideal: float, *, at_most: bool) -> float:
    """What does not split, as exactly as the rates tell: to 5 points where they leave it open by half of that."""
    error, whole = RATE_ERROR * ideal / speed / (ideal - 1), _whole(speed, ideal)
    step = COARSE if error >= COARSE / 2 else 0.01
    return min(1.0, ceil(whole / step - 1e-9) * step) if at_most else round(whole / step) * step


def _percent(whole: float, *, at_most: bool) -> Sentence:
    return Sentence("at most {whole}" if at_most else "about {whole}", whole=f"{whole:.0%}")


def _amdahl(whole: float, *, at_most: bool) -> Figure:
    """The same number as in the sentence: whoever sees both must not ask which it is."""
    name = "does not split, by Amdahl's law, at most" if at_most else "does not split, by Amdahl's law"
    return Figure(name=name, value=whole, unit="share", is_measured=False)


def _beside_us(
    more: ModeFacts, few: ModeFacts, told: Callable[[ModeFacts, int], Sentence], speed: float, left: float, facts: Facts
) -> _Rest:
    """What window and evaluator took of the cores that more threads wanted, and what of the step does not split."""
    cores = facts.cores or 0
    text, whole = told(more, cores), _told(speed, left, at_most=True)
    figures = (*own_figures(more, cores), _amdahl(whole, at_most=True))
    if speed >= NEARLY * left:
        return _Rest(text, figures, ())
    rest, percent = _rest(few, more, left, facts.named), _percent(whole, at_most=True)
    text = joined(text, Sentence("Beyond that, by Amdahl's law, {whole} of the step does not split.", whole=percent))
    return (
        _Rest(text, figures, ()) if rest is None else _Rest(joined(text, rest.text), figures + rest.figures, rest.named)
    )


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
    ideal, speed = count / then.mode.threads_per_rank, compared(now, then)
    left = _left(now, facts.cores, ideal)
    split, figures = left or ideal, (*rates(now, then), *doubts(now, then))
    is_ours = left is not None and SLOWER < speed < NEARLY * ideal and is_much(now, facts, speed, ideal)
    is_beside, is_same = is_contended(now, facts.cores), is_even(facts, then)
    named: tuple[int, ...] = ()
    short, rest = too_short(then), _rest(then, now, ideal if is_beside or speed <= SLOWER else split, facts.named)
    values = {"mode": now.name, "speed": factor(speed), "then": then.name, "times": f"{ideal:g}"}
    tells = frozenset({EVEN} if is_same else {OWN} if is_ours and not is_beside else ())
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
    elif speed >= NEARLY * ideal:
        text, rest = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values), None
    elif speed > SLOWER:
        whole = _told(speed, split, at_most=left is not None)
        figures += (
            *(own_figures(now, facts.cores or 0) if left is not None else ()),
            _amdahl(whole, at_most=left is not None),
        )
        text = Sentence(
            "{mode}: ×{speed} of {then}, not ×{times}: by Amdahl's law {whole} of the step does not split.",
            whole=_percent(whole, at_most=left is not None),
            **values,
        )
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
    return Verdict(rule="threads", text=text, figures=figures, named=named, then=then, tells=tells, why=why)


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
    ideal, speed = then.mode.threads_per_rank / count, compared(now, then)
    left = _left(then, facts.cores, ideal)
    split, at_most = left or ideal, left is not None
    figures, short = (*rates(now, then), *doubts(now, then)), too_short(now)
    named: tuple[int, ...] = ()
    why = short[0] if short is not None else None
    values = {"mode": now.name, "speed": factor(speed), "then": then.name, "ideal": factor(1 / ideal)}
    if short is not None:
        figures += short[1]
    if is_even(facts, then):
        text = joined(no_difference(now, then), why)
        return Verdict(rule="fewer-threads", text=text, figures=figures, then=then, tells=frozenset({EVEN}), why=why)
    if speed >= FASTER:
        text = Sentence("{mode}: ×{speed} of {then}: to share a step costs more here than it saves.", **values)
        if is_contended(then, facts.cores):  # then sharing may have cost nothing
            text = joined(while_it_ran(then), Sentence("{mode}: ×{speed} of {then}.", **values))
        return Verdict(rule="fewer-threads", text=text, figures=figures, then=then, why=why)
    if left is not None and is_much(then, facts, 1 / speed, ideal) and 1 / speed < NEARLY * ideal:
        found = _beside_us(then, now, took, 1 / speed, left, facts)
        text = joined(Sentence("{mode}: ×{speed} of {then}, not ×{ideal}.", **values), found.text)
        figures += found.figures
        tells = frozenset({OWN})
        return Verdict(rule="fewer-threads", text=text, figures=figures, named=found.named, then=then, tells=tells)
    whole = _told(1 / speed, split, at_most=at_most)
    figures += (*(own_figures(then, facts.cores or 0) if at_most else ()), _amdahl(whole, at_most=at_most))
    text = Sentence(
        "{mode}: ×{speed} of {then}, not ×{ideal}: by Amdahl's law {whole} of the step does not split.",
        whole=_percent(whole, at_most=at_most),
        **values,
    )
    if 1 / speed >= NEARLY * ideal:
        text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
    elif (rest := _rest(now, then, split, facts.named)) is not None:
        text, figures, named = joined(text, rest.text), figures + rest.figures, rest.named
    text = joined(text, uses(facts))
    return Verdict(rule="fewer-threads", text=text, figures=figures, named=named, then=then, why=why)


FEWER_THREADS = Rule(
    key="fewer-threads",
    condition="The same mode was measured with more threads, and not with fewer.",
    judge=_fewer_threads,
)
