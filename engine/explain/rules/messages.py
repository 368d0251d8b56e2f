"""What messages between ranks take of a step, and whether another transport would be quicker."""

from engine.config import roles
from engine.errors import Sentence
from engine.explain.rules.comparing import FASTER, compared, joined, like, rates, times
from engine.explain.rules.facts import Facts, transport_of
from engine.explain.rules.verdict import Figure, Rule, Verdict, seconds, size

SENDS_MUCH, SENDS_SOME = 0.10, 0.03


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
    template = "{transport} sent it in {time}." if is_seen else "{transport} would send it in {time}."
    return Sentence(template, transport=name, time=seconds(took_s)), Figure(
        name=Sentence("messages by {transport}", transport=name), value=took_s, unit="s", is_measured=is_seen
    )


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
        "speed": times(speed),
        "baseline": base.name,
        "share": share,
        "size": size(now.sent_bytes),
        "transport": transport_of(now.mode),
        "ideal": f"{ideal:g}",
    }
    if speed >= FASTER and ideal > 1 and share >= SENDS_SOME:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}, not ×{ideal}: {share:.0%} of the step sends {size} by {transport}.",
            **values,
        )
    else:
        text = Sentence(
            "{mode}: ×{speed} of {baseline}. {share:.0%} of the step sends {size} by {transport}.", **values
        )
    figures = (
        *rates(now, base),
        Figure(name="of the step, in messages", value=share, unit="share"),
        Figure(name="messages in a step", value=now.sending_s or 0.0, unit="s"),
        Figure(name="sent by a rank in a step", value=now.sent_bytes, unit="B"),
    )
    if share >= SENDS_MUCH and (quicker := _quicker_transport(facts)) is not None:
        text = joined(text, quicker[0])
        figures = (*figures, quicker[1])
    return Verdict(
        rule="sends",
        text=text,
        figures=figures,
        example="data-parallel-loses" if speed >= FASTER else "data-parallel-wins",
    )


SENDS = Rule(
    key="sends",
    condition="Ranks send messages, and the mode is faster than the one compared with, or messages take at least "
    "10 % of the step.",
    judge=_sends,
    is_of_both_modes=True,
)
