"""A rank that its peers wait for: because it computes longer, or because it does not get its core."""

from statistics import median

from engine.config.cards import techniques
from engine.errors import Sentence
from engine.explain.rules.facts import Facts
from engine.explain.rules.machine import is_contended
from engine.explain.rules.verdict import Figure, Rule, Verdict

SLOW_WORK = 1.4


def _slow(facts: Facts, *, has_run_longer: bool) -> Verdict | None:
    even = all(techniques()[key].even and techniques()[key].splits != "layers" for key in facts.now.mode.keys)
    work = facts.now.work_s
    for slow in sorted(facts.slow, key=lambda found: -found.factor):
        others = [taken for rank, taken in enumerate(work) if rank != slow.rank]
        known = even and others and slow.rank < len(work) and median(others) > 0
        ratio = work[slow.rank] / median(others) if known else None
        if ratio is not None and (ratio >= SLOW_WORK) is not has_run_longer:
            continue
        if ratio is None and (not has_run_longer or is_contended(facts.now, facts.cores)):
            continue  # a stage beside others is told by what it took at best, when it may have had a core to itself
        figures = [
            Figure(
                name=Sentence("{phase} of rank {rank}, of its peers'", phase=slow.phase, rank=slow.rank),
                value=slow.factor,
                unit="times",
            )
        ]
        if ratio is not None:
            figures.append(
                Figure(
                    name=Sentence("computing of rank {rank}, of its peers'", rank=slow.rank), value=ratio, unit="times"
                )
            )
        template = (
            "Rank {rank} is slow: its {phase} takes {factor:.1f} times as long as its peers'; all others wait for it."
            if has_run_longer
            else "Rank {rank} does not get its core: its {phase} lasts {factor:.1f} times as long as its peers'."
        )
        text = Sentence(template, rank=slow.rank, phase=slow.phase, factor=slow.factor)
        return Verdict(rule="slow-rank" if has_run_longer else "no-core", text=text, figures=tuple(figures))
    return None


def _slow_rank(facts: Facts) -> Verdict | None:
    """A rank really computes longer than its peers; stages that are unequal by nature are not meant."""
    return _slow(facts, has_run_longer=True)


SLOW_RANK = Rule(
    key="slow-rank",
    condition="A rank was found slow (1.5 times its peers, stages of a pipeline 2 times what they took at best), "
    "and where all have equal work it really computed at least 1.4 times as long as its peers; a stage is not "
    "called slow while other programs take its cores.",
    judge=_slow_rank,
    is_urgent=True,
)


def _no_core(facts: Facts) -> Verdict | None:
    """A rank computes no longer than its peers, but by the clock it lasts longer."""
    return _slow(facts, has_run_longer=False)


NO_CORE = Rule(
    key="no-core",
    condition="A rank was found slow by the clock, though it computed no longer than its peers.",
    judge=_no_core,
    is_urgent=True,
)
