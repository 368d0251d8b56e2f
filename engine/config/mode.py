"""ComputeMode: how a run is computed, as one line of text that is the same in menus, files and on the command line.

`cpu,threads=2` · `dp=2` · `cuda:0,precision=bf16` · `cpu,pp=4,microbatches=8,schedule=1f1b` · `dp=2,tp=2`

A bare word is the device; `KEY=VALUE` pairs are threads a rank, precision, the degree of a technique whose card carries
that key, or one of that technique's options (`engine/config/cards.py`). `ranks=N` states how many processes there are,
and is checked against the product of the degrees.
"""

import math
import os
import re

import msgspec

from engine.config.cards import MAXIMUM_RANKS, OptionCard, TechniqueCard, techniques
from engine.config.untrusted import shown
from engine.errors import RequestError

PRECISIONS = ("fp64", "fp32", "bf16", "fp16")
DEVICE_PATTERN = re.compile(r"[a-z][a-z_]*(:\d{1,3})?")
MAXIMUM_CHARACTERS = 200
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
        value = given[key] if key in given else _options()[key].default
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
    return msgspec.structs.replace(plain, options=kept)


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


def _options() -> dict[str, OptionCard]:
    found = {option.key: option for card in techniques().values() for option in card.options}
    return found | {card.key: card.option for card in techniques().values() if card.option is not None}


def _whole_number(key: str, value: str, minimum: int, maximum: int, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value) or not minimum <= int(value) <= maximum:
        raise RequestError(
            "mode {text!r}: {key}={value} must be a whole number from {minimum} to {maximum}.",
            text=text,
            key=key,
            value=value,
            minimum=minimum,
            maximum=maximum,
        )
    return int(value)


def _one_of(key: str, value: str, choices: tuple[str, ...], text: str) -> str:
    if value not in choices:
        raise RequestError(
            "mode {text!r}: {key}={value} is not one of {known}.",
            text=text,
            key=key,
            value=value,
            known=", ".join(choices),
        )
    return value


def _parts(text: str) -> dict[str, str]:
    """KEY=VALUE pairs of a mode's text; a bare word is the device."""
    if len(text) > MAXIMUM_CHARACTERS:
        raise RequestError(
            "mode {text} has {count:,} characters; at most {maximum} are read.",
            text=shown(text),
            count=len(text),
            maximum=MAXIMUM_CHARACTERS,
        )
    found: dict[str, str] = {}
    for raw in text.split(","):
        part = raw.strip()
        if not part:
            raise RequestError(
                "mode {text!r} has an empty part. Write it as in 'cpu,threads=2' or 'cpu,dp=2'; `gearshift modes` "
                "lists what there is.",
                text=text,
            )
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            key, value = "device", part
        if key == "device" and key in found:
            raise RequestError(
                "mode {text!r} names two devices, {device} and {other}. Name one.",
                text=text,
                device=found[key],
                other=value,
            )
        if key in found:
            raise RequestError("mode {text!r} gives {key} twice.", text=text, key=key)
        found[key] = value
    return found


def parse_mode(text: str) -> ComputeMode:
    """Read a mode's text.

    Raises:
        RequestError: a part is unknown, given twice, or out of range; the sentence names it and what is allowed.
    """
    cards, option_cards = techniques(), _options()
    device, threads, precision, asked_ranks = "cpu", None, "fp32", None
    degrees: dict[str, int] = {}
    options: dict[str, int | str] = {}
    for key, value in _parts(text).items():
        if key == "device":
            if not DEVICE_PATTERN.fullmatch(value):
                raise RequestError(
                    "mode {text!r}: {value!r} is not a device. Write cpu, cuda:0, mps, xpu:0, ...",
                    text=text,
                    value=value,
                )
            device = value if value in ("cpu", "mps") or ":" in value else f"{value}:0"
        elif key == "threads":
            threads = _whole_number(key, value, 1, 1024, text)
        elif key == "precision":
            precision = _one_of(key, value, PRECISIONS, text)
        elif key == "ranks":
            asked_ranks = _whole_number(key, value, 1, MAXIMUM_RANKS, text)
        elif key in cards and key and key not in option_cards:
            degrees[key] = _whole_number(key, value, 1, cards[key].maximum, text)
        elif key in option_cards:
            card = option_cards[key]
            options[key] = (
                _one_of(key, value, card.choices, text)
                if card.choices
                else _whole_number(key, value, card.minimum, card.largest, text)
            )
        else:
            known = ["device", "threads", "precision", "ranks"]
            known += [key for key in cards if key and key not in option_cards] + list(option_cards)
            raise RequestError(
                "mode {text!r}: {key!r} is unknown. Known are {known}.", text=text, key=key, known=", ".join(known)
            )
    if device != "cpu" and threads is not None:
        raise RequestError(
            "mode {text!r}: threads= counts CPU threads and means nothing on {device}. Leave it out.",
            text=text,
            device=device,
        )
    for key in options:
        owners = owners_of(key)
        if owners and not any(degrees.get(owner, 1) > 1 for owner in owners):
            raise RequestError(
                "mode {text!r}: {key}= belongs to {owners}=N, which is not there. Add it, or leave {key} out.",
                text=text,
                key=key,
                owners="= or ".join(owners),
            )
    mode = make_mode(device, degrees, options, threads, precision)
    _check_ranks(mode, asked_ranks)
    return mode


def rank_sum(mode: ComputeMode) -> str:
    """How the number of ranks comes about: `dp(2) * tp(3) = 6`."""
    return " * ".join(f"{key}({degree})" for key, degree in mode.degrees) + f" = {mode.world_size}"


def _check_ranks(mode: ComputeMode, asked: int | None) -> None:
    if asked is not None and asked != mode.world_size:
        raise RequestError(
            "{sum} ranks, {asked} asked for. Make the product and ranks= agree, or leave ranks= out.",
            sum=rank_sum(mode) if mode.degrees else "single process = 1",
            asked=asked,
        )
    if mode.world_size > MAXIMUM_RANKS:
        raise RequestError("{sum} ranks; at most {maximum} are possible.", sum=rank_sum(mode), maximum=MAXIMUM_RANKS)
