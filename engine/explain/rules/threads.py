"""What more threads, or fewer, make of the same mode, and in which phases of a step the rest is.

Amdahl   : 1 / speed = f + (1 - f) / n,   f = (n / speed - 1) / (n - 1) of the step does not split
a phase  : speed = its seconds with fewer threads / with more,   rest = its seconds with more - with fewer / n

What a phase loses on memory that its threads share, and what on waiting for each other, no clock here tells apart.
"""

from engine.errors import Sentence
from engine.explain.rules.comparing import FASTER, SLOWER, compared, joined, like, rates, times
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.machine import is_contended, uses, while_it_ran
from engine.explain.rules.verdict import Figure, Rule, Verdict, seconds
from engine.rows import PHASES

SHORT_STEP_S = 5e-3
NAMED, NAMED_SHARE = 2, 0.1
"""At most so many phases are named, each of which has at least that share of the rest."""
UNKNOWN = Sentence("Threads wait there for memory or for each other; no clock tells which.")


def _whole(speed: float, ideal: float) -> float:
    """Of a step, what does not split, by Amdahl's law, where `ideal` times the threads are `speed` times as fast."""
    return min(1.0, max(0.0, (ideal / speed - 1) / (ideal - 1)))


def _rest(few: ModeFacts, more: ModeFacts, ideal: float) -> tuple[Sentence, tuple[Figure, ...]] | None:
    """The phases that have most of the rest, by how much faster each became, and their figures; None: not measured."""
    if not few.phase_s or not more.phase_s:
        return None
    rest = [after - before / ideal for before, after in zip(few.phase_s, more.phase_s, strict=True)]
    least = max(1e-9, NAMED_SHARE * sum(seconds for seconds in rest if seconds > 0))
    order = sorted(range(len(rest)), key=lambda phase: -rest[phase])
    named = [phase for phase in order if rest[phase] >= least and few.phase_s[phase] > 0]
    said: list[Sentence] = []
    figures: list[Figure] = []
    for phase in named[:NAMED]:
        name, speed = Sentence(PHASES[phase]), few.phase_s[phase] / more.phase_s[phase]
        said.append(Sentence("{phase} ×{speed}", phase=name, speed=times(speed)))
        figures.append(Figure(name=Sentence("{phase}, by more threads", phase=name), value=speed, unit="times"))
        figures.append(Figure(name=Sentence("{phase}, beyond its part", phase=name), value=rest[phase], unit="s"))
    if not said:
        return None
    return said[0] if len(said) == 1 else Sentence("{first}, {then}", first=said[0], then=said[1]), tuple(figures)


def _threads(facts: Facts) -> Verdict | None:
    """More threads than in the same mode before: by Amdahl's law, what of the step does not split."""
    now, count = facts.now, facts.now.mode.threads_per_rank
    fewer = [other for other in like(facts, "threads") if other.mode.threads_per_rank < count]
    if not fewer or now.mode.device != "cpu":
        return None
    then = facts.baseline if facts.baseline in fewer else min(fewer, key=lambda other: other.mode.threads_per_rank)
    ideal, speed = count / then.mode.threads_per_rank, compared(now, then)
    whole = _whole(speed, ideal)
    figures = rates(now, then)
    values = {"mode": now.name, "speed": times(speed), "then": then.name, "times": f"{ideal:g}", "whole": whole}
    if is_contended(now, facts.cores):  # what does not split, and what slows down, may be their doing
        text = Sentence("{mode}: ×{speed} of {then}.", **values)
        if (rest := _rest(then, now, ideal)) is not None:
            figures += rest[1]
            text = Sentence("{mode}: ×{speed} of {then} ({phases}).", phases=rest[0], **values)
    elif speed > SLOWER:
        figures += (Figure(name="does not split, by Amdahl's law", value=whole, unit="share", is_measured=False),)
        text = Sentence("{mode}: ×{speed} of {then}, not ×{times}: {whole:.0%} of the step does not split.", **values)
        if speed >= 0.95 * ideal:
            text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
        elif (rest := _rest(then, now, ideal)) is not None:
            figures += rest[1]
            text = Sentence(
                "{mode}: ×{speed} of {then}, not ×{times}: {whole:.0%} of the step does not split ({phases}).",
                phases=rest[0],
                **values,
            )
            text = joined(text, UNKNOWN)
    elif now.step_s < SHORT_STEP_S:
        text = Sentence(
            "{mode} are slower here, ×{speed} of {then}: a step of {step} is too short to share.",
            step=seconds(then.step_s),
            **values,
        )
    elif (rest := _rest(then, now, ideal)) is not None:
        figures += rest[1]
        text = Sentence("{mode} are slower here, ×{speed} of {then} ({phases}).", phases=rest[0], **values)
        text = joined(text, UNKNOWN)
    else:
        return None
    return Verdict(rule="threads", text=text, figures=figures)


THREADS = Rule(
    key="threads",
    condition="The same mode was measured with fewer threads; where more are slower, the step is below 5 ms, its "
    "phases are known in both, or other programs take cores that it wants.",
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
    whole, figures = _whole(1 / speed, ideal), rates(now, then)
    values = {"mode": now.name, "speed": times(speed), "then": then.name, "ideal": times(1 / ideal), "whole": whole}
    if speed >= FASTER:
        text = Sentence("{mode}: ×{speed} of {then}: to share a step costs more here than it saves.", **values)
        if is_contended(then, facts.cores):  # then sharing may have cost nothing
            text = joined(while_it_ran(then), Sentence("{mode}: ×{speed} of {then}.", **values))
        return Verdict(rule="fewer-threads", text=text, figures=figures)
    figures += (Figure(name="does not split, by Amdahl's law", value=whole, unit="share", is_measured=False),)
    text = Sentence("{mode}: ×{speed} of {then}, not ×{ideal}: {whole:.0%} of the step does not split.", **values)
    if 1 / speed >= 0.95 * ideal:
        text = Sentence("{mode}: ×{speed} of {then}: nearly all of the step splits.", **values)
    elif (rest := _rest(now, then, ideal)) is not None:
        figures += rest[1]
        text = Sentence(
            "{mode}: ×{speed} of {then}, not ×{ideal}: {whole:.0%} of the step does not split ({phases}).",
            phases=rest[0],
            **values,
        )
    return Verdict(rule="fewer-threads", text=joined(text, uses(facts)), figures=figures)


FEWER_THREADS = Rule(
    key="fewer-threads",
    condition="The same mode was measured with more threads, and not with fewer.",
    judge=_fewer_threads,
)
