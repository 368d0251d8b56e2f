"""How a run is computed: device, threads a rank, precision, and which techniques spread it over how many ranks."""

import math
import os

import msgspec

from engine.config.cards import techniques
from engine.config.technique_card import OptionCard, TechniqueCard
from engine.errors import RequestError

PRECISIONS = ("fp64", "fp32", "bf16", "fp16")
AUTO = "auto"
"""An option's value that stands for the device's own backend: gloo on CPU, NCCL on CUDA."""


def cores() -> int:
    """Cores this process may use (its affinity mask where the system has one)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ComputeMode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One compute mode. `threads` is per rank; None means cores // ranks, at least one.

    `degrees` are (key, ranks) in the order of the techniques' axes, outermost first; `options` (key, value) as given.
    """

    device: str = "cpu"
    threads: int | None = None
    precision: str = "fp32"
    degrees: tuple[tuple[str, int], ...] = ()
    options: tuple[tuple[str, int | str], ...] = ()

    @property
    def world_size(self) -> int:
        """Number of ranks: the product of the degrees."""
        return math.prod(degree for _, degree in self.degrees)

    @property
    def keys(self) -> tuple[str, ...]:
        """The techniques that have ranks of their own, outermost first; none for the single process."""
        return tuple(key for key, _ in self.degrees)

    @property
    def cards(self) -> tuple[TechniqueCard, ...]:
        """Every technique in force, those without ranks of their own too, in the order in which they are applied."""
        known = techniques()
        found = [known[key] for key in self.keys] + [known[key] for key, _ in self.options if key in known]
        return tuple(sorted(found, key=lambda card: (card.applied, card.axis, card.key)))

    def degree(self, key: str) -> int:
        """How many ranks a technique spreads over; 1 where it is not in force."""
        return dict(self.degrees).get(key, 1)

    def option(self, key: str) -> int | str:
        """The value of a technique's option: as given, or its default."""
        given = dict(self.options)
        value = given[key] if key in given else options_by_key()[key].default
        return self.backend if value == AUTO else value

    @property
    def threads_per_rank(self) -> int:
        """Threads each rank computes with, the default worked out."""
        return self.threads or max(1, cores() // self.world_size)

    @property
    def text(self) -> str:
        """The canonical text: `parse_mode(mode.text) == mode`."""
        parts = [self.device]
        parts += [f"{key}={degree}" for key, degree in self.degrees]
        parts += [f"{key}={value}" for key, value in self.options]
        if self.threads is not None:
            parts.append(f"threads={self.threads}")
        if self.precision != "fp32":
            parts.append(f"precision={self.precision}")
        return ",".join(parts)

    @property
    def words(self) -> str:
        """The mode for people: `Data parallel ×2 · CPU · 1 thread each · gloo · fp32`."""
        cards, ranks = techniques(), self.world_size
        parts = [f"{cards[key].title} ×{degree}" for key, degree in self.degrees] or [cards[""].title]
        parts.append(self.device.upper() if ":" not in self.device else self.device)
        if self.device == "cpu":
            count = self.threads_per_rank
            parts.append(f"{count} thread{'s' if count != 1 else ''}" + (" each" if ranks > 1 else ""))
        options = [option for key in self.keys for option in cards[key].options]
        for option in options:
            value = self.option(option.key)
            parts.append(str(value) if option.choices else f"{value} {option.title.lower()}")
        for card in self.cards:
            if card.option is not None:
                parts.append(
                    card.title if card.option.choices == ("off", "on") else f"{card.title} {self.option(card.key)}"
                )
        if any(cards[key].talks for key in self.keys) and not any(option.role == "transport" for option in options):
            parts.append(self.backend)
        parts.append(self.precision)
        return " · ".join(dict.fromkeys(parts))

    @property
    def name(self) -> str:
        """The mode in a few words: `2 threads`, `Data ×2`, `Pipeline ×2 m=8`; what is as usual is left out.

        Modes that differ in more than the threads of each rank have different names.
        """
        cards = techniques()
        parts = [f"{cards[key].brief} ×{degree}" for key, degree in self.degrees]
        if self.device != "cpu":
            parts.append(self.device)
        elif not parts:
            count = self.threads_per_rank
            parts.append(f"{count} thread{'s' if count != 1 else ''}")
        for key, value in self.options:
            card = options_by_key()[key]
            if key in cards:
                parts.append(cards[key].brief if card.choices == ("off", "on") else f"{cards[key].brief} {value}")
            else:
                parts.append(str(value) if card.choices else f"{card.short or key}={value}")
        if self.threads is not None and self.degrees and self.threads_per_rank > 1:
            parts.append(f"{self.threads_per_rank} threads each")
        if self.precision != "fp32":
            parts.append(self.precision)
        return " ".join(parts)

    @property
    def backend(self) -> str:
        """The library that carries torch's messages between ranks on this device."""
        return "nccl" if self.device.startswith("cuda") else "gloo"


def make_mode(
    device: str,
    degrees: dict[str, int],
    options: dict[str, int | str],
    threads: int | None = None,
    precision: str = "fp32",
) -> ComputeMode:
    """A mode in canonical form: degrees of 1 and options that no technique in force has are left out.

    Where a technique computes on one thread alone, that is the default.

    Raises:
        RequestError: the techniques do not go together.
    """
    cards = techniques()
    spread = sorted(((k, n) for k, n in degrees.items() if n > 1), key=lambda item: (cards[item[0]].axis, item[0]))
    for index, (one, _) in enumerate(spread):
        for other, _ in spread[index + 1 :]:
            if not _together(one, other):
                raise _not_together(one, other)
    joined = [card for card in cards.values() if card.option is not None and _is_met(card, [key for key, _ in spread])]
    known = [option for key, _ in spread for option in cards[key].options]
    known += [card.option for card in joined if card.option is not None]
    plain = ComputeMode(device=device, threads=threads, precision=precision, degrees=tuple(spread))
    kept = tuple((o.key, options[o.key]) for o in known if options.get(o.key, AUTO) not in (AUTO, plain.option(o.key)))
    alone = [key for key, _ in kept if key in cards and cards[key].needs]
    if len(alone) > 1:
        raise _not_together(alone[0], alone[1])
    made = msgspec.structs.replace(plain, options=kept)
    if threads is None and any(card.alone for card in made.cards):
        return msgspec.structs.replace(made, threads=1)
    return made


def owners_of(key: str) -> tuple[str, ...]:
    """Keys of the techniques of which one must be in force for an option; none where it goes with every technique."""
    cards = techniques()
    if key in cards and not cards[key].needs:
        return ()
    if key in cards:
        return tuple(card.key for card in cards.values() if card.key and _is_met(cards[key], [card.key]))
    return tuple(card.key for card in cards.values() if any(option.key == key for option in card.options))


def _is_met(card: TechniqueCard, keys: list[str]) -> bool:
    """Among these techniques is what a technique without ranks of its own needs."""
    return card.needs != "replicas" or any(techniques()[key].has_replicas for key in keys)


def _not_together(one: str, other: str) -> RequestError:
    return RequestError(
        "{one} and {other} cannot be combined. {one} goes with: {known}.",
        one=one,
        other=other,
        known=", ".join(key for key in techniques() if key and _together(one, key)) or "nothing else",
    )


def _together(one: str, other: str) -> bool:
    """Two techniques can be in force at once."""
    first, second = techniques()[one], techniques()[other]
    if one == other or (first.needs and second.needs):
        return False
    if first.option is not None or second.option is not None:
        return _is_met(first, [other]) if first.needs else _is_met(second, [one])
    return other in first.together or one in second.together


def options_by_key() -> dict[str, OptionCard]:
    """Every option of every technique, by the key it has in a mode's text."""
    found = {option.key: option for card in techniques().values() for option in card.options}
    return found | {card.key: card.option for card in techniques().values() if card.option is not None}
