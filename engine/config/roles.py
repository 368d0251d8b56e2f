"""What the techniques of a mode do, by the roles on their cards: so nothing else needs to know which they are."""

from math import prod

from engine.config.cards import techniques
from engine.config.mode import ComputeMode
from engine.config.technique_card import OptionCard, ScheduleCard, TechniqueCard

CUTS_THE_MODEL = ("layers", "matrices")
"""What a technique may split so that every rank has a part of the weights alone."""
CUTS_A_SLICE = ("microbatches", "pieces")
"""What an option may be of a technique that takes a rank's samples one part after the other."""


def is_exact(mode: ComputeMode) -> bool:
    """The mathematics is that of the single process, to rounding."""
    return all(card.exact for card in mode.cards)


def stages_axis(mode: ComputeMode) -> str:
    """The technique in force that splits layers into stages; "" if there is none."""
    return next((card.key for card in mode.cards if card.splits == "layers"), "")


def option_with(mode: ComputeMode, role: str) -> OptionCard | None:
    """The option of the techniques in force that has this role."""
    options = (option for key in mode.keys for option in techniques()[key].options)
    return next((option for option in options if option.role == role), None)


def microbatches(mode: ComputeMode) -> int:
    """Pieces that a batch is cut into on its way through stages; 1 where there is no such choice."""
    option = option_with(mode, "microbatches")
    return int(mode.option(option.key)) if option is not None else 1


def pieces(mode: ComputeMode) -> dict[str, int]:
    """By the key that says so, into how many pieces a mode cuts a batch; all together their product."""
    found = {key: mode.degree(key) for key in data_axes(mode)}
    for card in mode.cards:
        for option in card.options if card.option is None else (card.option, *card.options):
            if option.role in CUTS_A_SLICE:
                found[option.key] = int(mode.option(option.key))
    return {key: count for key, count in found.items() if count > 1}


def languages() -> tuple[str, ...]:
    """Options that say by what code the model is computed."""
    found = (card.option for card in techniques().values())
    return tuple(option.key for option in found if option is not None and option.role == "language")


def language(mode: ComputeMode) -> str:
    """The code that computes the model, as that option has it; "" where no technique has such an option."""
    return next((str(mode.option(key)) for key in languages()), "")


def schedule_name(mode: ComputeMode) -> str:
    """The order in which stages take their passes, as in the mode's text; "" where there is no such choice."""
    option = option_with(mode, "schedule")
    return str(mode.option(option.key)) if option is not None else ""


def schedule(mode: ComputeMode) -> ScheduleCard:
    """What is to be known of that order. Of one whose card says nothing: the ordinary."""
    option = option_with(mode, "schedule")
    found = option.schedules.get(schedule_name(mode)) if option is not None else None
    return found or ScheduleCard()


def data_axes(mode: ComputeMode) -> tuple[str, ...]:
    """The axes along which ranks take different samples, outermost first."""
    return tuple(key for key in mode.keys if techniques()[key].samples)


def data_size(mode: ComputeMode) -> int:
    """Into how many slices a batch is cut."""
    return prod(mode.degree(key) for key in data_axes(mode))


def parts(mode: ComputeMode, what: str) -> int:
    """Into how many parts the ranks cut the "weights", "gradients" or "optimizer" state of a model, one each.

    A model's layers or matrices cut are all three of them cut. A technique without ranks of its own that shards does so
    over the replicas.
    """
    found = 1
    for card in mode.cards:
        if card.splits in CUTS_THE_MODEL or what in shards(mode, card):
            found *= mode.degree(card.key if card.option is None else replicas_axis(mode))
    return found


def shards(mode: ComputeMode, card: TechniqueCard) -> tuple[str, ...]:
    """What a technique in force leaves each rank an n-th of: some of "weights", "gradients" and "optimizer"."""
    options = card.options if card.option is None else (card.option, *card.options)
    more = [what for option in options for what in option.shards.get(str(mode.option(option.key)), ())]
    return (*card.shards, *more)


def shares_weights(mode: ComputeMode) -> bool:
    """Whether all ranks have the weights as one copy, in memory that they share."""
    return any("weights" in card.shares for card in mode.cards)


def senders(mode: ComputeMode) -> tuple[TechniqueCard, ...]:
    """The techniques in force whose messages are those of their cards: not replicas that another one joins."""
    joined = replicas_axis(mode) if any(card.needs == "replicas" for card in mode.cards) else ""
    return tuple(card for card in mode.cards if not joined or card.key != joined)


def collective(mode: ComputeMode, card: TechniqueCard, kind: str) -> str:
    """What kind of message an all-reduce of that technique is over the transport in force; other kinds are the same."""
    if kind != "all-reduce":
        return kind
    over = (option.kinds.get(str(mode.option(option.key))) for option in card.options)
    return next((own for own in over if own), kind)


def traffic(mode: ComputeMode, card: TechniqueCard) -> str:
    """The sentence on a technique's messages over the transport in force, with {size} where its bytes belong."""
    over = (option.traffic.get(str(mode.option(option.key))) for option in card.options)
    return next((own for own in over if own), card.traffic)


def replicas_axis(mode: ComputeMode) -> str:
    """The technique in force whose ranks take different samples with the same weights; "" if there is none."""
    return next((card.key for card in mode.cards if card.has_replicas), "")
