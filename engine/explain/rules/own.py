"""What Gearshift itself takes of the machine beside its ranks: window and evaluator. Where it matters, that is said.

cores left to a mode = those of the machine - those that window and evaluator take          (at most what it wants)
slowed               = cores that it wants / cores left to it
explained            = (slowed - 1) / (ideal / speed - 1)         of what is missing to the ideal, by the time of a step

That is the most that is left: a thread without its core keeps the others waiting, too. So what of a step does not split
is, reckoned with it, an upper bound.
"""

import msgspec

from engine.errors import Sentence
from engine.explain.rules.comparing import compared, joined
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.verdict import Figure, Verdict

OWN_CORES = 0.1
"""From so much on, all together, it counts."""
EXPLAINED, STILL_EXPLAINED = 1 / 3, 1 / 4
"""Of what is missing to the ideal, what it explains where it is said; and until when, once it is."""
OWN = "own"
"""By this word a verdict knows that it says so."""
NAMED_CORES, SHOWN_CORES = 0.03, 0.005
"""A process that takes less is not named in the sentence; not among its figures."""
WINDOW, EVALUATOR, SESSION = "window", "evaluator", "session"
TAKES = {
    (WINDOW, EVALUATOR): "The window and the evaluator take {own:.1f} of {cores} cores.",
    (WINDOW,): "The window takes {own:.1f} of {cores} cores.",
    (EVALUATOR,): "The evaluator takes {own:.1f} of {cores} cores.",
}
TOOK = {
    (WINDOW, EVALUATOR): "While {mode} ran, the window and the evaluator took {own:.1f} of {cores} cores.",
    (WINDOW,): "While {mode} ran, the window took {own:.1f} of {cores} cores.",
    (EVALUATOR,): "While {mode} ran, the evaluator took {own:.1f} of {cores} cores.",
}
ELSE_TAKES = "Gearshift itself takes {own:.1f} of {cores} cores."
ELSE_TOOK = "While {mode} ran, Gearshift itself took {own:.1f} of {cores} cores."


def own_cores(mode: ModeFacts) -> float:
    """Cores that Gearshift's processes took beside the ranks of a mode."""
    return sum(mode.own_cores.values())


def is_short(mode: ModeFacts, cores: int | None) -> bool:
    """Whether window and evaluator took cores that the ranks wanted: enough to count."""
    if cores is None or mode.mode.device != "cpu":
        return False
    own, wanted = own_cores(mode), min(_wanted(mode), cores)
    return own >= OWN_CORES and wanted + own > cores


def cores_left(mode: ModeFacts, cores: int) -> float:
    """What window and evaluator leave of the cores that a mode wants, at most; `cores` are those of the machine."""
    return min(float(_wanted(mode)), cores - own_cores(mode))


def slowed(mode: ModeFacts, cores: int) -> float:
    """How many times as long a mode takes at least, for the cores that window and evaluator leave."""
    return min(_wanted(mode), cores) / max(1e-9, cores_left(mode, cores))


def is_much(mode: ModeFacts, facts: Facts, speed: float, ideal: float) -> bool:
    """Whether what they took of a mode's cores explains much of why it is `speed` times as fast, not `ideal` times."""
    cores = facts.cores
    if cores is None or not is_short(mode, cores) or speed >= ideal:
        return False
    least = STILL_EXPLAINED if OWN in facts.told else EXPLAINED
    return slowed(mode, cores) - 1 >= least * (ideal / speed - 1)


def takes(mode: ModeFacts, cores: int) -> Sentence:
    """What window and evaluator take beside the mode in force, in a short sentence."""
    return Sentence(TAKES.get(_named(mode), ELSE_TAKES), own=own_cores(mode), cores=cores)


def took(then: ModeFacts, cores: int) -> Sentence:
    """What window and evaluator took beside an earlier mode, in a short sentence."""
    return Sentence(TOOK.get(_named(then), ELSE_TOOK), mode=then.name, own=own_cores(then), cores=cores)


def own_figures(mode: ModeFacts, cores: int) -> tuple[Figure, ...]:
    """What each process of Gearshift took beside the ranks, measured, and what that leaves to them, if too little."""
    taken = (
        Figure(name=Sentence("{process}, of one core", process=Sentence(label)), value=share, unit="share")
        for label, share in mode.own_cores.items()
        if share >= SHOWN_CORES
    )
    if not is_short(mode, cores):
        return (*taken,)
    name, left = Sentence("cores left to {mode}, at most", mode=mode.name), round(cores_left(mode, cores), 2)
    return (*taken, Figure(name=name, value=left, is_measured=False))


def with_own(verdict: Verdict, facts: Facts) -> Verdict:
    """What a rule says, and what window and evaluator take where the mode compared with lost no cores to them.

    In words, before it, where that explains much of why the mode is not as fast as its cores could be; else in figures.
    """
    now, base, cores = facts.now, facts.baseline, facts.cores
    if cores is None or base is None or not is_short(now, cores) or is_short(base, cores):
        return verdict
    verdict = msgspec.structs.replace(verdict, figures=(*verdict.figures, *own_figures(now, cores)))
    if not is_much(now, facts, compared(now, base), _worth(now, cores) / _worth(base, cores)):
        return verdict
    text = joined(takes(now, cores), verdict.text)
    return msgspec.structs.replace(verdict, text=text, tells=verdict.tells | {OWN})


def _worth(mode: ModeFacts, cores: int) -> float:
    """The cores that a mode keeps busy at best: of a pipeline, without the bubble of theory."""
    busy = 1.0 if mode.bubble is None else 1.0 - mode.bubble[1]
    return min(_wanted(mode), cores) * busy


def _wanted(mode: ModeFacts) -> int:
    return mode.mode.world_size * mode.mode.threads_per_rank


def _named(mode: ModeFacts) -> tuple[str, ...]:
    return tuple(label for label in (WINDOW, EVALUATOR, SESSION) if mode.own_cores.get(label, 0.0) >= NAMED_CORES)
