"""What messages between ranks take of a step, and whether another transport would be quicker."""

from engine.config import roles
from engine.errors import Sentence
from engine.explain.rules.comparing import FASTER, compared, joined, like, rates
from engine.explain.rules.even import too_short
from engine.explain.rules.facts import Facts, ModeFacts, transport_of
from engine.explain.rules.verdict import Figure, Rule, Verdict, seconds
from engine.metrics.mode_measure import factor
from engine.rows import PHASES
from engine.sizes import size

SENDS_MUCH, SENDS_SOME = 0.10, 0.03
MAIN_CAUSE = 0.5
"""Of what is missing to the ideal, the share from which on messages are the cause that is named first."""
LONGER = 1.05
COMPUTING = tuple(map(PHASES.index, ("forward", "backward")))


def _quicker_transport(facts: Facts) -> tuple[Sentence, Figure] | None:
    """A transport that would take less than two thirds of what messages take now: seen in this run, or measured."""
    now, sending_s = facts.now, facts.now.sending_s
    if not sending_s or roles.option_with(now.mode, "transport") is None:
        return None
    found: dict[str, tuple[float, bool]] = {}
    if now.all_reduced_bytes is not None:
        found = {
            name: (link.seconds(now.all_reduced_bytes), False)
            for name, link in facts.links.items()
            if link.ranks == now.mode.world_size
        }
    found |= {
        transport_of(other.mode): (other.sending_s, True)
        for other in like(facts, "options")
        if other.sending_s is not None
    }
    found.pop(transport_of(now.mode), None)
    if not found:
        return None
    name, (took_s, is_seen) = min(found.items(), key=lambda item: item[1][0])
    if took_s > sending_s * 2 / 3:
        return None
    template = (
        "By {transport} they took {time}, not {now}."
        if is_seen
        else "By {transport} they would take {time}, not {now}."
    )
    return Sentence(template, transport=name, time=seconds(took_s), now=seconds(sending_s)), Figure(
        name=Sentence("messages by {transport}", transport=name), value=took_s, unit="s", is_measured=is_seen
    )


def _longer_together(now: ModeFacts, base: ModeFacts, ideal: float) -> float | None:
    """How long all threads together compute, of what they did in the other mode; None where that is not known."""
    if not now.phase_s or not base.phase_s:
        return None
    computing_s, before_s = (sum(mode.phase_s[phase] for phase in COMPUTING) for mode in (now, base))
    return computing_s * ideal / before_s if before_s > 0 else None


def _sends(facts: Facts) -> Verdict | None:
    """Several ranks that send messages: how fast, and what of the step the messages take."""
    now, base = facts.now, facts.baseline
    if base is None or now.sending_share is None or not now.sent_bytes or now.bubble is not None:
        return None
    speed, share = compared(now, base), now.sending_share
    if speed < FASTER and share < SENDS_MUCH:
        return None  # something else costs more, and no rule knows it
    ideal = now.mode.world_size * now.mode.threads_per_rank / max(1, base.mode.world_size * base.mode.threads_per_rank)
    values = {
        "mode": now.name,
        "speed": factor(speed),
        "baseline": base.name,
        "share": share,
        "size": size(now.sent_bytes),
        "transport": transport_of(now.mode),
        "ideal": f"{ideal:g}",
    }
    longer, missing = _longer_together(now, base, ideal), 1 - speed / ideal
    is_short = speed >= FASTER and missing > 0
    is_main = share >= MAIN_CAUSE * missing
    if is_short and not is_main and longer is not None and longer >= LONGER:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}, not ×{ideal}. Its threads together spend {more:.0%} more time computing "
            "than with {baseline}. Messages of {size} by {transport} take {share:.0%} of the step.",
            **values,
            more=longer - 1,
        )
    elif is_short and share >= SENDS_SOME and is_main:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}, not ×{ideal}: messages of {size} by {transport} take {share:.0%} of the "
            "step.",
            **values,
        )
    else:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}. Messages of {size} by {transport} take {share:.0%} of the step.", **values
        )
    figures = (
        *rates(now, base),
        Figure(name="of the step, in messages", value=share, unit="share"),
        Figure(name="messages in a step", value=now.sending_s or 0.0, unit="s"),
        Figure(name="sent by a rank in a step", value=now.sent_bytes, unit="B"),
    )
    if longer is not None:
        figures = (
            *figures,
            Figure(
                name=Sentence("computing, all threads together, of that with {mode}", mode=base.name),
                value=longer,
                unit="times",
            ),
        )
    if share >= SENDS_MUCH and (quicker := _quicker_transport(facts)) is not None:
        text = joined(text, quicker[0])
        figures = (*figures, quicker[1])
    if speed < FASTER and longer is not None and longer >= LONGER:
        also = "Its threads together spend {more:.0%} more time computing than with {baseline}."
        text = joined(text, Sentence(also, more=longer - 1, baseline=base.name))
    short = too_short(base) if longer is not None and longer >= LONGER else None
    return Verdict(
        rule="sends",
        text=text,
        figures=(*figures, *(short[1] if short is not None else ())),
        why=short[0] if short is not None else None,
        example="data-parallel-loses" if speed >= FASTER else "data-parallel-wins",
    )


SENDS = Rule(
    key="sends",
    condition="Ranks send messages, and the mode is faster than the one compared with, or messages take at least "
    "10 % of the step.",
    judge=_sends,
    is_of_both_modes=True,
    is_slowed_by_us=True,
)
