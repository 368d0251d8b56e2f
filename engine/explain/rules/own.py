"""What Gearshift itself takes of the machine beside its ranks: window and evaluator. Where it matters, that is said.

cores left to a mode = those of the machine - those that window and evaluator take          (at most what it wants)

That is the most that is left: a thread without its core keeps the others waiting, too. So what of a step does not split
is, reckoned with it, an upper bound.
"""

from engine.errors import Sentence
from engine.explain.rules.facts import Facts, ModeFacts
from engine.explain.rules.verdict import Figure

OWN_CORES = 0.1
"""From so much on, all together, it is said."""
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
USES = {
    (WINDOW, EVALUATOR): "It uses {used} of {cores} cores; of the rest the window and the evaluator take {own:.1f}.",
    (WINDOW,): "It uses {used} of {cores} cores; of the rest the window takes {own:.1f}.",
    (EVALUATOR,): "It uses {used} of {cores} cores; of the rest the evaluator takes {own:.1f}.",
}
ELSE_TAKES = "Gearshift itself takes {own:.1f} of {cores} cores."
ELSE_TOOK = "While {mode} ran, Gearshift itself took {own:.1f} of {cores} cores."
ELSE_USES = "It uses {used} of {cores} cores; of the rest Gearshift itself takes {own:.1f}."


def own_cores(mode: ModeFacts) -> float:
    """Cores that Gearshift's processes took beside the ranks of a mode."""
    return sum(mode.own_cores.values())


def is_short(mode: ModeFacts, cores: int | None) -> bool:
    """Whether window and evaluator took cores that the ranks wanted: enough to say so."""
    if cores is None or mode.mode.device != "cpu":
        return False
    own, wanted = own_cores(mode), min(_wanted(mode), cores)
    return own >= OWN_CORES and wanted + own > cores


def cores_left(mode: ModeFacts, cores: int) -> float:
    """What window and evaluator leave of the cores that a mode wants, at most; `cores` are those of the machine."""
    return min(float(_wanted(mode)), cores - own_cores(mode))


def takes(mode: ModeFacts, cores: int) -> Sentence:
    """What window and evaluator take beside the mode in force, in a short sentence."""
    return Sentence(TAKES.get(_named(mode), ELSE_TAKES), own=own_cores(mode), cores=cores)


def took(then: ModeFacts, cores: int) -> Sentence:
    """What window and evaluator took beside an earlier mode, in a short sentence."""
    return Sentence(TOOK.get(_named(then), ELSE_TOOK), mode=then.name, own=own_cores(then), cores=cores)


def uses_beside(mode: ModeFacts, cores: int) -> Sentence:
    """Which part of the cores a mode uses, and what window and evaluator take of the rest."""
    return Sentence(USES.get(_named(mode), ELSE_USES), used=_wanted(mode), cores=cores, own=own_cores(mode))


def own_figures(mode: ModeFacts, cores: int) -> tuple[Figure, ...]:
    """What each process of Gearshift took beside the ranks, measured, and what that leaves at most."""
    return (
        *(
            Figure(name=Sentence("{process}, of one core", process=Sentence(label)), value=taken, unit="share")
            for label, taken in mode.own_cores.items()
            if taken >= SHOWN_CORES
        ),
        Figure(
            name=Sentence("cores left to {mode}, at most", mode=mode.name),
            value=round(cores_left(mode, cores), 2),
            is_measured=False,
        ),
    )


def matters(facts: Facts) -> bool:
    """Whether window and evaluator take cores from the mode in force, and took none from the one compared with."""
    base = facts.baseline
    return is_short(facts.now, facts.cores) and base is not None and not is_short(base, facts.cores)


def _wanted(mode: ModeFacts) -> int:
    return mode.mode.world_size * mode.mode.threads_per_rank


def _named(mode: ModeFacts) -> tuple[str, ...]:
    return tuple(label for label in (WINDOW, EVALUATOR, SESSION) if mode.own_cores.get(label, 0.0) >= NAMED_CORES)
