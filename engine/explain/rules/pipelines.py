"""What a pipeline makes of its stages: a bubble as in theory, or a larger one and, where that is known, why.

    more ranks than cores | unequal stages | equal: as in theory | more than in theory | and its messages explain that

A micro-batch in a stage is waited for by two messages, activations forward and gradients backward. What they take of
its time is reckoned, by what gloo takes for one:

    share of messages = 2 t / (computing of a micro-batch in a stage + 2 t),      t = 0.15 ms + bytes / (4 GB/s)

A figure that lies at one of these limits would go to and fro across it: to the rule that stands they are kinder.
"""

from engine.config import roles
from engine.errors import Sentence
from engine.explain.rules.comparing import joined, plainly
from engine.explain.rules.facts import Facts
from engine.explain.rules.machine import is_contended
from engine.explain.rules.verdict import Figure, Rule, Verdict
from engine.metrics.segment_sums import bubble_at, bubble_theory

EQUAL_STAGES = 0.85
BUBBLE_OFF = 0.05
MESSAGE_S, MESSAGE_BYTES_PER_S = 0.15e-3, 4e9
"""What a message from stage to stage of one machine takes by gloo: seconds = the first + bytes / the second."""
OF_MORE = 0.5
"""Of what a bubble is more than in theory, the part that messages must take to be its cause."""
MARGIN = 0.02
"""By so much a figure must have passed a limit before the rule that stands gives way to its neighbour."""
CROWDED, UNEQUAL, SHORT = "crowded-stages", "unequal-stages", "short-micro-batches"
BESIDE_OTHERS = "bubble-beside-others"
AS_TOLD, MORE = "as-in-theory", "more-than-theory"
EVERY = {CROWDED, UNEQUAL, SHORT, BESIDE_OTHERS, AS_TOLD, MORE}


def _is_over(facts: Facts, value: float, limit: float, beyond: set[str]) -> bool:
    """Whether a figure is beyond a limit, which lies further off for the rule that stands; `beyond` are those there."""
    if facts.said not in EVERY:
        return value >= limit
    return value >= limit + (-MARGIN if facts.said in beyond else MARGIN)


def _balance(facts: Facts) -> float | None:
    """Mean over greatest work of a stage: 1 where stages are equal."""
    work = facts.now.work_s
    return sum(work) / len(work) / max(work) if work and max(work) > 0 else None


def _is_equal(facts: Facts) -> bool | None:
    """Whether stages are; None where that is not known."""
    balance = _balance(facts)
    return None if balance is None else _is_over(facts, balance, EQUAL_STAGES, EVERY - {UNEQUAL})


def _is_more(facts: Facts) -> bool:
    """Whether the bubble is larger than in theory."""
    bubble = facts.now.bubble
    return bubble is not None and _is_over(facts, bubble[0] - bubble[1], BUBBLE_OFF, EVERY - {AS_TOLD})


def _bubble_figures(facts: Facts) -> tuple[Figure, ...]:
    measured, theory = facts.now.bubble or (0.0, 0.0)
    work = facts.now.work_s
    both = (
        (Figure(name="computing and waiting for stages", value=sum(work) / len(work) / (1 - measured), unit="s"),)
        if work and measured < 1
        else ()
    )
    return (
        Figure(name="bubble", value=measured, unit="share"),
        Figure(name="bubble in theory, of equal stages", value=theory, unit="share", is_measured=False),
        *(
            Figure(name=Sentence("computing of rank {rank} in a step", rank=rank), value=one, unit="s")
            for rank, one in enumerate(work)
        ),
        *both,  # of which the bubble is a part: a step by the clock is longer
    )


def _crowded_stages(facts: Facts) -> Verdict | None:
    """A bubble larger than in theory, of more ranks than there are cores: no schedule has all of them compute."""
    now, bubble = facts.now, facts.now.bubble
    ranks, cores = now.crowd[1:] if now.crowd is not None else (now.mode.world_size, facts.cores)
    if bubble is None or cores is None or ranks <= cores or now.mode.device != "cpu" or not _is_more(facts):
        return None
    least = 1 - cores / ranks
    text = Sentence(
        "Bubble {measured:.0%}, theory {theory:.0%}: {ranks} ranks share {cores} cores, so that they wait for at least "
        "{least:.0%} of the time, whatever the schedule.",
        measured=bubble[0],
        theory=bubble[1],
        ranks=ranks,
        cores=cores,
        least=least,
    )
    figures = (
        *_bubble_figures(facts),
        Figure(name="ranks", value=ranks),
        Figure(name="cores they may use", value=cores, unit="cores"),
        Figure(name="waiting, or without a core, at least", value=least, unit="share", is_measured=False),
    )
    if now.crowd is not None:
        figures += (Figure(name="ready, without a core", value=now.crowd[0], unit="share"),)
    return Verdict(rule=CROWDED, text=text, figures=figures)


CROWDED_STAGES = Rule(
    key=CROWDED,
    condition="A pipeline has more ranks than there are cores, and the bubble is at least 5 points more than in "
    "theory.",
    judge=_crowded_stages,
)


def _message_s(facts: Facts) -> float:
    """What a message of this pipeline takes, reckoned by its bytes."""
    return MESSAGE_S + (facts.now.sent_bytes or 0.0) / roles.microbatches(facts.now.mode) / MESSAGE_BYTES_PER_S


def _explains(facts: Facts, more: float, saved: float) -> bool:
    """Whether messages take what the bubble is said to save, and a good part of what it is more than in theory."""
    kinder = MARGIN if facts.said == SHORT else 0.0
    return _messages_share(facts) >= max(saved, OF_MORE * more) - kinder


def _messages_share(facts: Facts) -> float:
    """Of a piece's time, what its two messages take."""
    both_s = 2 * _message_s(facts)
    return both_s / (max(facts.now.work_s) / roles.microbatches(facts.now.mode) + both_s)


def _unequal_stages(facts: Facts) -> Verdict | None:
    """The stages of a pipeline have unequal work, and its bubble is larger than in theory."""
    bubble = facts.now.bubble
    if bubble is None or _is_equal(facts) is not False or not _is_more(facts):
        return None
    text = Sentence(
        "Bubble {measured:.0%}, theory {theory:.0%}: the stages are unequal; the largest has {most:.0%} of the work.",
        measured=bubble[0],
        theory=bubble[1],
        most=max(facts.now.work_s) / sum(facts.now.work_s),
    )
    if facts.equal_layers is not None:
        hope = Sentence("With {layers} layers they are nearly equal, and the formula holds.", layers=facts.equal_layers)
        text = joined(text, hope)
    return Verdict(rule=UNEQUAL, text=text, figures=_bubble_figures(facts), example="pipeline-as-in-theory")


UNEQUAL_STAGES = Rule(
    key=UNEQUAL,
    condition="The mean work of the stages is below 85 % of the largest, and the bubble is at least 5 points more "
    "than in theory.",
    judge=_unequal_stages,
)


def _short_microbatches(facts: Facts) -> Verdict | None:
    """Equal stages, and the bubble is larger than in theory by more than half as many micro-batches would cost."""
    bubble, mode = facts.now.bubble, facts.now.mode
    count = roles.microbatches(mode)
    if bubble is None or not _is_equal(facts) or count < 2:
        return None
    more, half = bubble[0] - bubble_theory(mode), count // 2
    saved = bubble_at(mode, half) - bubble_theory(mode)
    if not _is_over(facts, more, max(BUBBLE_OFF, saved), {SHORT}) or not _explains(facts, more, saved):
        return None
    if is_contended(facts.now, facts.cores) and more < 1 - bubble[0]:
        return None  # stages wait for their cores, too: it is messages only where a piece waits longer than it computes
    return Verdict(
        rule=SHORT,
        text=Sentence(
            "Bubble {measured:.0%}, theory {theory:.0%}: {count} micro-batches are so short that their messages take "
            "longer than they save.",
            count=count,
            measured=bubble[0],
            theory=bubble[1],
        ),
        figures=(
            *_bubble_figures(facts),
            Figure(name="more than in theory", value=more, unit="share"),
            Figure(name="one micro-batch computes in a stage", value=max(facts.now.work_s) / count, unit="s"),
            Figure(
                name="its two messages take, by what gloo takes for one",
                value=2 * _message_s(facts),
                unit="s",
                is_measured=False,
            ),
            Figure(
                name=Sentence("saved in theory, of m={count}", count=half), value=saved, unit="share", is_measured=False
            ),
        ),
        example="pipeline-as-in-theory",
    )


SHORT_MICRO_BATCHES = Rule(
    key=SHORT,
    condition="Stages are equal (85 %), and the bubble is more than in theory by at least 5 points and by at least "
    "what half as many micro-batches would cost in theory; and messages take as much of a micro-batch's time as that, "
    "and as half of the bubble beyond theory. Where other programs take cores that the ranks want, a micro-batch must "
    "wait longer beyond theory than it computes.",
    judge=_short_microbatches,
)


def _beside_others(facts: Facts) -> Verdict | None:
    """Equal stages whose bubble is larger than in theory, while other programs take their cores."""
    bubble, now = facts.now.bubble, facts.now
    if bubble is None or not _is_equal(facts) or not _is_more(facts):
        return None
    if not is_contended(now, facts.cores) or now.other_cores is None:
        return None
    text = Sentence(
        "Bubble {measured:.0%}, theory {theory:.0%}: other programs take {taken:.1f} of {cores} cores, and a stage "
        "without a core keeps the others waiting.",
        measured=bubble[0],
        theory=bubble[1],
        taken=now.other_cores,
        cores=facts.cores,
    )
    taken = Figure(name="cores that other programs take", value=now.other_cores, unit="cores")
    return Verdict(rule=BESIDE_OTHERS, text=text, figures=(*_bubble_figures(facts), taken))


BUBBLE_BESIDE_OTHERS = Rule(
    key=BESIDE_OTHERS,
    condition="Stages are equal (85 %), the bubble is at least 5 points more than in theory, and other programs take "
    "cores that the ranks want.",
    judge=_beside_others,
    tells_of_other_programs=True,
    is_urgent=True,
)


def _as_in_theory(facts: Facts) -> Verdict | None:
    """The bubble of a pipeline is that of the formula."""
    bubble = facts.now.bubble
    if bubble is None or not _is_equal(facts) or _is_more(facts):
        return None
    if not _is_over(facts, bubble[0] - bubble[1], -BUBBLE_OFF, {AS_TOLD}):
        return None  # smaller than any schedule allows
    return _beside_theory(
        AS_TOLD,
        "Bubble {measured:.0%}, theory {theory:.0%}: the stages are equal, and the formula holds.",
        facts,
    )


def _beside_theory(rule: str, words: str, facts: Facts) -> Verdict:
    measured, theory = facts.now.bubble or (0.0, 0.0)
    text = Sentence(words, measured=measured, theory=theory)
    if facts.baseline is not None:
        text = joined(text, plainly(facts.now, facts.baseline))
    return Verdict(rule=rule, text=text, figures=_bubble_figures(facts))


AS_IN_THEORY = Rule(
    key=AS_TOLD,
    condition="Stages are equal (85 %), and the bubble is within 5 points of theory.",
    judge=_as_in_theory,
    is_of_both_modes=True,
)


def _more_than_theory(facts: Facts) -> Verdict | None:
    """Equal stages, and a larger bubble that no other rule has a cause for: what the formula leaves out is said."""
    if facts.now.bubble is None or not _is_equal(facts) or not _is_more(facts):
        return None
    words = (
        "Bubble {measured:.0%}, theory {theory:.0%}: the stages are equal, but they wait for messages and for a core, "
        "too, which the formula leaves out."
    )
    return _beside_theory(MORE, words, facts)


MORE_THAN_THEORY = Rule(
    key=MORE,
    condition="Stages are equal (85 %), the bubble is at least 5 points more than in theory, and none of the causes "
    "that are looked for was found. Waiting for a message and waiting for a core look alike.",
    judge=_more_than_theory,
    is_of_both_modes=True,
    is_slowed_by_us=True,
)
