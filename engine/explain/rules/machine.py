"""What the machine has for a mode: cores that other programs take, and more ranks than there are cores.

What other programs take is said before all else, where it is enough to matter and too little to void the figures.
"""

import msgspec

from engine.errors import Sentence
from engine.explain.rules.comparing import joined, rates
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.own import OWN_CORES, own_cores, with_own
from engine.explain.rules.verdict import Figure, Rule, Verdict

OTHER_CORES, OVER_CORES, OVER_SHARE = 0.25, 0.15, 0.1
SWAMPED = 0.6
"""Of the machine's cores, what other programs take where the figures of a mode say little of it."""
STILL_SWAMPED = 0.5
"""That is said until they take less than so much of them."""
CHANGED_CORES = 0.4
WITHOUT_CORE = 0.10
"""Share of the time in which a rank is ready and has no core, from which on the machine is crowded."""


def is_contended(mode: ModeFacts, cores: int | None) -> bool:
    """Whether other programs take cores that the ranks wanted."""
    if mode.other_cores is None or cores is None or mode.mode.device != "cpu":
        return False
    wanted = min(mode.mode.world_size * mode.mode.threads_per_rank, cores)
    return mode.other_cores >= OTHER_CORES and wanted + mode.other_cores > cores + max(OVER_CORES, OVER_SHARE * wanted)


def is_spoilt(mode: ModeFacts, cores: int | None, share: float = SWAMPED) -> bool:
    """Whether other programs take so many of its cores that the figures of a mode say little of it."""
    return is_contended(mode, cores) and (mode.other_cores or 0.0) >= share * (cores or 0)


def _beside(facts: Facts) -> tuple[Sentence, tuple[Figure, ...]]:
    """What other programs take, in a short sentence and its figures."""
    taken, cores = facts.now.other_cores or 0.0, facts.cores or 0
    wanted = facts.now.mode.world_size * facts.now.mode.threads_per_rank
    return Sentence("Other programs take {taken:.1f} of {cores} cores.", taken=taken, cores=cores), (
        Figure(name="cores that other programs take", value=taken, unit="cores"),
        Figure(name="cores that the ranks want", value=wanted, unit="cores"),
        Figure(name="cores of the machine", value=cores, unit="cores"),
    )


def uses(facts: Facts) -> Sentence | None:
    """Which part of the machine's cores the mode uses; None where it is all of them, or not known."""
    used, cores, other = facts.now.mode.world_size * facts.now.mode.threads_per_rank, facts.cores, facts.now.other_cores
    if cores is None or facts.now.mode.device != "cpu" or used >= cores:
        return None
    if other is not None and other < OTHER_CORES and own_cores(facts.now) < OWN_CORES:
        return Sentence("It uses {used} of {cores} cores; the rest is idle.", used=used, cores=cores)
    return Sentence("It uses {used} of {cores} cores.", used=used, cores=cores)


def _was_disturbed(facts: Facts) -> bool:
    """Other programs took cores from the mode compared with, and take fewer now."""
    base, taken = facts.baseline, facts.now.other_cores
    if base is None or taken is None or base.other_cores is None or not is_contended(base, facts.cores):
        return False
    return base.other_cores - taken >= CHANGED_CORES


def while_it_ran(then: ModeFacts) -> Sentence:
    """What other programs took beside an earlier mode, in a short sentence."""
    taken = then.other_cores or 0.0
    return Sentence("While {then} ran, other programs took {taken:.1f} cores.", then=then.name, taken=taken)


def with_other_programs(rule: Rule, verdict: Verdict, facts: Facts) -> Verdict:
    """What a rule says, and before it what other programs take or took, where that matters: a cause comes first.

    Of a run that is over the mode comes first, and after it what they took. Where they take nothing, it is what
    Gearshift itself takes: in words where that explains much, else in figures.
    """
    base = facts.baseline
    if rule.tells_of_other_programs:
        return verdict
    if rule.is_of_both_modes and base is not None and _was_disturbed(facts):
        return msgspec.structs.replace(verdict, text=joined(while_it_ran(base), verdict.text))
    if not is_contended(facts.now, facts.cores):
        return with_own(verdict, facts) if rule.is_slowed_by_us else verdict
    sentence, figures = _beside(facts)
    text = joined(verdict.text, while_it_ran(facts.now)) if facts.has_ended else joined(sentence, verdict.text)
    return msgspec.structs.replace(verdict, text=text, figures=(*verdict.figures, *figures))


def _other_programs(facts: Facts) -> Verdict | None:
    """Other programs take so much of the machine that figures say little of the mode."""
    now, cores = facts.now, facts.cores
    if not is_spoilt(now, cores, STILL_SWAMPED if facts.said == "other-programs" else SWAMPED):
        return None
    text = Sentence(
        "Other programs take {taken:.1f} of {cores} cores; this mode wants {wanted}: its figures say little now.",
        taken=now.other_cores,
        cores=cores,
        wanted=now.mode.world_size * now.mode.threads_per_rank,
    )
    modes = (now,) if facts.baseline is None else (now, facts.baseline)
    return Verdict(rule="other-programs", text=text, figures=(*_beside(facts)[1], *rates(*modes)))


OTHER_PROGRAMS = Rule(
    key="other-programs",
    condition="Other programs take at least 60 % of the machine's cores, and with what the ranks want that is more "
    "than it has by at least 0.15 cores and a tenth of that.",
    judge=_other_programs,
    tells_of_other_programs=True,
    is_urgent=True,
)


def _unlike_machine(facts: Facts) -> Verdict | None:
    """The mode compared with was disturbed by other programs, and this one is not."""
    base, now = facts.baseline, facts.now
    if not _was_disturbed(facts) or base is None or base.other_cores is None or now.other_cores is None:
        return None
    if not is_spoilt(base, facts.cores) or now.units_per_s < base.units_per_s:
        return None  # what is slower than a mode that was disturbed is slower all the more
    return Verdict(
        rule="unlike-machine",
        text=Sentence(
            "While {baseline} ran, other programs took {taken:.1f} cores: choose it again, and it is measured anew.",
            baseline=base.name,
            taken=base.other_cores,
        ),
        figures=(
            Figure(name=Sentence("other programs beside {mode}", mode=base.name), value=base.other_cores, unit="cores"),
            Figure(name=Sentence("other programs beside {mode}", mode=now.name), value=now.other_cores, unit="cores"),
        ),
    )


UNLIKE_MACHINE = Rule(
    key="unlike-machine",
    condition="Other programs took at least 60 % of the machine's cores from the mode compared with, and take at "
    "least 0.4 cores less now, in a mode that is faster.",
    judge=_unlike_machine,
    is_urgent=True,
)


def is_crowded(mode: ModeFacts) -> bool:
    """Whether there are more ranks than cores for them, so that it matters."""
    return mode.crowd is not None and mode.crowd[0] >= WITHOUT_CORE


def crowd_figures(mode: ModeFacts) -> tuple[Figure, ...]:
    """How many ranks share how many cores, and for how long one is without."""
    if mode.crowd is None:
        return ()
    share, ranks, cores = mode.crowd
    return (
        Figure(name="ready, without a core", value=share, unit="share"),
        Figure(name="ranks", value=ranks),
        Figure(name="cores they may use", value=cores, unit="cores"),
    )


def _crowded(facts: Facts) -> Verdict | None:
    """There are more ranks than cores for them."""
    if facts.now.crowd is None or not is_crowded(facts.now):
        return None
    share, ranks, cores = facts.now.crowd
    return Verdict(
        rule="crowded",
        text=Sentence(
            "{ranks} ranks share {cores} cores: for {share:.0%} of the time a rank is ready to compute and has no "
            "core.",
            ranks=ranks,
            cores=cores,
            share=share,
        ),
        figures=crowd_figures(facts.now),
    )


CROWDED = Rule(
    key="crowded",
    condition="There are more ranks than cores, and for at least 10 % of the time a rank is ready and has no core.",
    judge=_crowded,
    is_urgent=True,
)
