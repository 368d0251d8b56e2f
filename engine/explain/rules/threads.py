"""What more threads, or fewer, make of the same mode, and in which phases of a step the rest is.

Amdahl   : 1 / speed = f + (1 - f) / n,   f = (n / speed - 1) / (n - 1) of the step does not split
           where window and evaluator take cores that the threads want, n is what they leave: f is that at most
a phase  : speed = its seconds with fewer threads / with more,   rest = its seconds with more - with fewer / n

A phase is named where its rest is a tenth of all, and is no chance: at least twice its standard error, which is that of
the mean of the steps taken apart. In the sentence phases stand in the order of a step; one that is named stays so until
its rest is half as much.
What a phase loses on memory that its threads share, and what on waiting for each other, no clock here tells apart.
"""

from collections.abc import Callable
from math import ceil, hypot
from typing import NamedTuple

from engine.errors import Sentence
from engine.explain.rules.comparing import FASTER, SLOWER, compared, joined, like, rates, times
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.machine import is_contended, uses, while_it_ran
from engine.explain.rules.own import OWN, is_much, is_short, own_figures, slowed, takes, took
from engine.explain.rules.verdict import Figure, Rule, Verdict, seconds
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
UNKNOWN = Sentence("There threads wait for memory or for each other.")


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
        said.append(Sentence("{phase} ×{speed}", phase=name, speed=times(speed)))
        figures.append(Figure(name=Sentence("{phase}, by more threads", phase=name), value=speed, unit="times"))
        figures.append(Figure(name=Sentence("{phase}, beyond its part", phase=name), value=rest[phase], unit="s"))
    if not said:
        return None
    text = said[0] if len(said) == 1 else Sentence("{first}, {then}", first=said[0], then=said[1])
    return _Rest(text, tuple(figures), named)


def _left(more: ModeFacts, cores: int | None, ideal: float) -> float | None:
    """How many times the threads there are cores for, where window and evaluator leave too few; None: for all."""
    if cores is None or not is_short(more, cores):
        return None
    left = ideal / slowed(more, cores)
    return left if left > LEAST_LEFT else None


def _percent(whole: float, speed: float, ideal: float, *, at_most: bool = False) -> Sentence:
    """What does not split, as exactly as the rates tell: to 5 points where they leave it open by half of that."""
    error = RATE_ERROR * ideal / speed / (ideal - 1)
    step = COARSE if error >= COARSE / 2 else 0.01
    if at_most:
        return Sentence("at most {whole}", whole=f"{min(1.0, ceil(whole / step - 1e-9) * step):.0%}")
    return Sentence("about {whole}", whole=f"{round(whole / step) * step:.0%}")


def _amdahl(whole: float) -> Figure:
    return Figure(name="does not split, by Amdahl's law", value=whole, unit="share", is_measured=False)


def _beside_us(
    more: ModeFacts, few: ModeFacts, told: Callable[[ModeFacts, int], Sentence], speed: float, left: float, facts: Facts
) -> _Rest:
    """What window and evaluator took of the cores that more threads wanted, and what of the step does not split."""
    cores = facts.cores or 0
    text, whole = told(more, cores), _whole(speed, left)
    figures, percent = own_figures(more, cores), _percent(whole, speed, left, at_most=True)
    if speed >= NEARLY * left:
        return _Rest(text, (*figures, _amdahl(whole)), ())
    rest = _rest(few, more, left, facts.named)
    beyond = Sentence("Beyond that, by Amdahl's law, {whole} of the step does not split.", whole=percent)
    if rest is None:
        return _Rest(joined(text, beyond), (*figures, _amdahl(whole)), ())
    beyond = Sentence(
        "Beyond that, by Amdahl's law, {whole} of the step does not split ({phases}).",
        whole=percent,
        phases=rest.text,
    )
    return _Rest(joined(text, beyond), (*figures, _amdahl(whole), *rest.figures), rest.named)


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
    split = left or ideal
    whole, figures = _whole(speed, split), rates(now, then)
    is_ours = left is not None and SLOWER < speed < NEARLY * ideal and is_much(now, facts, speed, ideal)
    named: tuple[int, ...] = ()
    values = {"mode": now.name, "speed": times(speed), "then": then.name, "times": f"{ideal:g}"}
    values |= {"whole": _percent(whole, speed, split, at_most=left is not None)}
    if is_contended(now, facts.cores):  # what does not split, and what slows down, may be their doing
        text = Sentence("{mode}: ×{speed} of {then}.", **values)
        if (rest := _rest(then, now, ideal, facts.named)) is not None:
            figures, named = figures + rest.figures, rest.named
            text = Sentence("{mode}: ×{speed} of {then} ({phases}).", phases=rest.text, **values)
    elif left is not None and is_ours:
        found = _beside_us(now, then, takes, speed, left, facts)
        text = Sentence("{mode}: ×{speed} of {then}, not ×{times}.", **values)
        text, figures, named = joined(text, found.text), figures + found.figures, found.named
    elif speed > SLOWER:
        figures += (*(own_figures(now, facts.cores or 0) if left is not None else ()), _amdahl(whole))
        text = Sentence(
            "{mode}: ×{speed} of {then}, not ×{times}: by Amdahl's law {whole} of the step does not split.",
            **values,
        )
        if speed >= NEARLY * ideal:
            text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
        elif (rest := _rest(then, now, split, facts.named)) is not None:
            figures, named = figures + rest.figures, rest.named
            text = Sentence(
                "{mode}: ×{speed} of {then}, not ×{times}: by Amdahl's law {whole} of the step does not split "
                "({phases}).",
                phases=rest.text,
                **values,
            )
            text = joined(text, UNKNOWN)
    elif now.step_s < SHORT_STEP_S:
        text = Sentence(
            "{mode} are slower here, ×{speed} of {then}: a step of {step} is too short to share.",
            step=seconds(then.step_s),
            **values,
        )
    elif (rest := _rest(then, now, ideal, facts.named)) is not None:
        figures, named = figures + rest.figures, rest.named
        text = Sentence("{mode} are slower here, ×{speed} of {then} ({phases}).", phases=rest.text, **values)
        text = joined(text, UNKNOWN)
    else:
        text = Sentence("{mode} are slower here, ×{speed} of {then}.", **values)
    tells = frozenset({OWN} if is_ours else ())
    return Verdict(rule="threads", text=text, figures=figures, named=named, then=then, tells=tells)


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
    split = left or ideal
    whole, figures = _whole(1 / speed, split), rates(now, then)
    named: tuple[int, ...] = ()
    values = {"mode": now.name, "speed": times(speed), "then": then.name, "ideal": times(1 / ideal)}
    values |= {"whole": _percent(whole, 1 / speed, split, at_most=left is not None)}
    if speed >= FASTER:
        text = Sentence("{mode}: ×{speed} of {then}: to share a step costs more here than it saves.", **values)
        if is_contended(then, facts.cores):  # then sharing may have cost nothing
            text = joined(while_it_ran(then), Sentence("{mode}: ×{speed} of {then}.", **values))
        return Verdict(rule="fewer-threads", text=text, figures=figures, then=then)
    if left is not None and is_much(then, facts, 1 / speed, ideal) and 1 / speed < NEARLY * ideal:
        found = _beside_us(then, now, took, 1 / speed, left, facts)
        text = joined(Sentence("{mode}: ×{speed} of {then}, not ×{ideal}.", **values), found.text)
        figures += found.figures
        tells = frozenset({OWN})
        return Verdict(rule="fewer-threads", text=text, figures=figures, named=found.named, then=then, tells=tells)
    figures += (*(own_figures(then, facts.cores or 0) if left is not None else ()), _amdahl(whole))
    text = Sentence(
        "{mode}: ×{speed} of {then}, not ×{ideal}: by Amdahl's law {whole} of the step does not split.", **values
    )
    if 1 / speed >= NEARLY * ideal:
        text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
    elif (rest := _rest(now, then, split, facts.named)) is not None:
        figures, named = figures + rest.figures, rest.named
        text = Sentence(
            "{mode}: ×{speed} of {then}, not ×{ideal}: by Amdahl's law {whole} of the step does not split ({phases}).",
            phases=rest.text,
            **values,
        )
    text = joined(text, uses(facts))
    return Verdict(rule="fewer-threads", text=text, figures=figures, named=named, then=then)


FEWER_THREADS = Rule(
    key="fewer-threads",
    condition="The same mode was measured with more threads, and not with fewer.",
    judge=_fewer_threads,
)
