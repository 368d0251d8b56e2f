"""The table of rules: what is said of the mode in force, in order of priority. The first rule that knows speaks.

The order is part of what they say: first what was done on purpose, then what disturbs measuring, then what is wrong
with the crew, then what the mode is good for. Each rule is a pure function of `Facts` with a condition in words, which
the window's "Why?" shows and docs/verdicts.md lists. A rule that does not know says nothing. A new rule is a line here
and an entry in a file of its kind, or in one of its own.

    A sentence before it tells what other programs take, where that matters and is too little to void the figures.
"""

import msgspec

from engine.errors import Sentence
from engine.explain.rules import (
    machine,
    messages,
    on_purpose,
    pipelines,
    plain,
    plain_code,
    slow_ranks,
    threads,
    trades,
)
from engine.explain.rules.comparing import in_short
from engine.explain.rules.facts import Facts
from engine.explain.rules.verdict import Rule, Verdict

RULES: tuple[Rule, ...] = (
    on_purpose.SLOWED_DOWN,
    on_purpose.HELD,
    slow_ranks.SLOW_RANK,
    machine.OTHER_PROGRAMS,
    slow_ranks.NO_CORE,
    trades.INEXACT,
    pipelines.CROWDED_STAGES,
    machine.CROWDED,
    pipelines.UNEQUAL_STAGES,
    pipelines.SHORT_MICRO_BATCHES,
    pipelines.BUBBLE_BESIDE_OTHERS,
    machine.UNLIKE_MACHINE,
    pipelines.AS_IN_THEORY,
    pipelines.MORE_THAN_THEORY,
    trades.PRECISION,
    plain_code.CODE,
    threads.THREADS,
    threads.FEWER_THREADS,
    trades.SAVES_MEMORY,
    messages.SENDS,
    plain.PLAIN,
    plain.BASELINE,
)


def judge(facts: Facts, *, is_settled: bool = True) -> Verdict | None:
    """What the first rule says that knows; before the rate has settled, only what needs no measuring."""
    found = (said(rule, facts) for rule in RULES if is_settled or rule.is_told_at_once)
    return next((verdict for verdict in found if verdict is not None), None)


def said(rule: Rule, facts: Facts) -> Verdict | None:
    """What one rule says, at which batch size where there were several, and what other programs take, if it matters."""
    verdict = rule.judge(facts)
    if verdict is None or rule.is_told_at_once:
        return verdict
    measured = in_short(facts.now, verdict.then or facts.baseline, facts.unit)
    verdict = msgspec.structs.replace(verdict, measured=measured)
    verdict = machine.with_other_programs(rule, verdict, facts)
    if not facts.names_batch or facts.now.batch_size is None:
        return verdict
    return msgspec.structs.replace(verdict, text=at_batch(verdict.text, facts.now.batch_size))


def at_batch(text: Sentence, batch_size: int) -> Sentence:
    """A sentence with the batch size that its figures are of, for a run that had several."""
    return Sentence("Batch {size} · {text}", size=f"{batch_size:,}", text=text)
