"""What a mode gives for its speed, or gets for being slow: digits, the same mathematics, memory."""

from math import hypot

from engine.config import roles
from engine.errors import Sentence
from engine.explain.rules.comparing import FASTER, SLOWER, compared, joined, like, plainly, rates
from engine.explain.rules.facts import Facts
from engine.explain.rules.machine import crowd_figures, is_crowded
from engine.explain.rules.verdict import Figure, Rule, Verdict
from engine.metrics.losses import MeanLoss
from engine.metrics.mode_measure import factor
from engine.sizes import size

SAVED = 0.9
"""Of what is held otherwise, at most what a mode holds that is said to save memory."""
RAISED, SURE = 0.05, 3.0
"""Of the loss before a shift, by how much it is at least higher where that is said; and by how many standard errors."""
_LOSS = "loss"


def _precision(facts: Facts) -> Verdict | None:
    """Another precision is slower, or faster, than fp32 in the same mode."""
    now, name = facts.now, facts.now.mode.precision
    then = next((other for other in like(facts, "precision") if other.mode.precision == "fp32"), None)
    if then is None:
        return None
    speed = compared(now, then)
    if SLOWER < speed < FASTER:
        return None
    figures = rates(now, then)
    if speed >= FASTER:
        text = Sentence("{name} is faster here: ×{speed} of fp32.", name=name, speed=factor(speed))
        if name in ("bf16", "fp16") and name in (facts.number_formats or ()):
            text = Sentence(
                "{name} is faster here, ×{speed} of fp32: this CPU has {name} units, and a number takes half the "
                "bytes.",
                name=name,
                speed=factor(speed),
            )
    elif name in ("bf16", "fp16") and facts.number_formats is not None and name not in facts.number_formats:
        text = Sentence(
            "{name} is slower here: this CPU has no {name} units, and a step takes {factor:.1f} times as long.",
            name=name,
            factor=1 / speed,
        )
    else:
        text = Sentence(
            "{name} is slower here: a step takes {factor:.1f} times as long as in fp32.", name=name, factor=1 / speed
        )
    return Verdict(rule="precision", text=text, figures=figures, then=then)


PRECISION = Rule(
    key="precision",
    condition="The same mode was measured in fp32, and this one is not within 3 % of it.",
    judge=_precision,
)


def _is_raised(loss: MeanLoss | None, facts: Facts) -> bool:
    """Whether a loss is clearly higher than that before the shift, in a mode whose mathematics was that of all."""
    before = facts.loss_before
    if loss is None or before is None or not roles.is_exact(before.mode):
        return False
    kinder = 2.0 if _LOSS in facts.told else 1.0
    raised, error = loss.value - before.value, hypot(loss.error, before.error)
    return raised > 0 and kinder * raised >= max(RAISED * abs(before.value), SURE * error)


def _loss_figures(facts: Facts) -> tuple[Figure, ...]:
    return tuple(
        Figure(name=Sentence(name, steps=loss.steps, mode=loss.mode.name), value=float(f"{loss.value:.4g}"))
        for name, loss in (
            ("loss with {mode}, mean of its last {steps} steps", facts.loss_before),
            ("loss with {mode}, mean of the first {steps} steps", facts.loss_after),
            ("loss with {mode}, mean of the last {steps} steps", facts.loss),
        )
        if loss is not None
    )


def _inexact(facts: Facts) -> Verdict | None:
    """A mode whose mathematics is another one: what it has made of the loss, and then what it lacks of cores."""
    now, base, before = facts.now, facts.baseline, facts.loss_before
    card = next((card for card in now.mode.cards if not card.exact), None)
    if card is None or base is None or not roles.is_exact(base.mode):
        return None
    raised = next((loss for loss in (facts.loss_after, facts.loss) if _is_raised(loss, facts)), None)
    values: dict[str, object] = {"mode": now.name, "differs": Sentence(card.differs)}
    if raised is not None and before is not None:
        text = Sentence(
            "{mode}: the loss went from {before} to {loss}, for it is not the same mathematics. {differs}",
            before=f"{before.value:.3g}",
            loss=f"{raised.value:.3g}",
            **values,
        )
    else:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}, but not the same mathematics: the loss drifts from it. {differs}",
            speed=factor(compared(now, base)),
            baseline=base.name,
            **values,
        )
    if now.crowd is not None and is_crowded(now):
        text = joined(text, Sentence("{ranks} ranks share {cores} cores.", ranks=now.crowd[1], cores=now.crowd[2]))
    return Verdict(
        rule="inexact",
        text=text,
        figures=(*(_loss_figures(facts) if raised is not None else ()), *rates(now, base), *crowd_figures(now)),
        example="hogwild-drifts",
        tells=frozenset({_LOSS} if raised is not None else ()),
    )


INEXACT = Rule(
    key="inexact",
    condition="The mathematics of the mode is another one than that of the mode compared with. Where its loss rose at "
    "the shift, or is higher since, by at least 5 % and 3 standard errors, that is said first.",
    judge=_inexact,
    is_of_both_modes=True,
)


def _saves_memory(facts: Facts) -> Verdict | None:
    """A sharded mode holds less a rank than the same ranks unsharded, or than the mode compared with."""
    now = facts.now
    if not any(roles.shards(now.mode, card) for card in now.mode.cards) or now.held_bytes is None:
        return None
    whole = [other for other in facts.others if not any(roles.shards(other.mode, card) for card in other.mode.cards)]
    same = [other for other in whole if other.mode.world_size == now.mode.world_size]
    then = next(iter(same), facts.baseline)
    if then is None or then.held_bytes is None or now.held_bytes > SAVED * then.held_bytes:
        return None
    template = (
        "Sharding saves memory and costs time: a rank holds {held}, not {whole}."
        if compared(now, then) <= SLOWER
        else "Sharding saves memory, and costs no time here: a rank holds {held}, not {whole}."
    )
    text = Sentence(template, held=size(now.held_bytes), whole=size(then.held_bytes))
    return Verdict(
        rule="saves-memory",
        text=joined(text, plainly(now, then)),
        figures=(
            Figure(name=Sentence("memory a rank, {mode}", mode=now.name), value=now.held_bytes, unit="B"),
            Figure(name=Sentence("memory a rank, {mode}", mode=then.name), value=then.held_bytes, unit="B"),
            *rates(now, then),
        ),
        example="data-parallel-wins",
        then=then,
    )


SAVES_MEMORY = Rule(
    key="saves-memory",
    condition="A sharded mode holds at most 90 % a rank of what as many ranks held unsharded, or else of what the "
    "mode compared with held.",
    judge=_saves_memory,
)
